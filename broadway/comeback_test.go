package broadway_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/stagecraft-go/stagecraft/broadway"
)

// Batches wait, the source is idle, and a processor dies. What the new processors
// ask for stands for what the dead ones had asked for, so it is no new demand.
func TestBatchesThatComeBackAreAskedForByNewProcessors(t *testing.T) {
	inWorld(t, func(w *world) {
		b := new(book)
		p := w.start(config{
			Name: "back", Producers: from(idle()), Handler: pass, Processors: broadway.Processors[int]{Concurrency: 2},
			Batchers: []broadway.Batcher[int]{{Size: 2, MaxDemand: 100, Timeout: time.Second, Handler: broadway.BatchFunc[int](
				func(_ context.Context, x *batch) ([]*message, error) { time.Sleep(time.Second); return x.Messages, nil })}},
		})
		w.push(p, b.messages(upTo(1, 20)...)...)
		w.settle()
		w.process("back", "Processor_default_0").Kill()
		time.Sleep(time.Hour)
		assert.Equal(w, upTo(1, 20), b.ok())
		took := stopwatch()
		report := w.stop(p)
		assert.Less(w, took(), time.Second)
		assert.Zero(w, report.Unfinished)
	})
}

func TestARetryIsDueWhileProcessorsStart(t *testing.T) {
	inWorld(t, func(w *world) {
		b := new(book)
		first := true
		tries := 0
		p := w.start(config{
			Name: "back", Producers: from(idle()), Processors: one(1),
			Retry: broadway.Retry{Attempts: 3, Backoff: steady(time.Second)},
			NewHandler: func(context.Context, broadway.Worker) (broadway.MessageHandler[int, int], error) {
				if !first {
					time.Sleep(2 * time.Second) // connects
				}
				first = false
				return broadway.MessageFunc[int, int](func(context.Context, *message) (int, error) {
					if tries++; tries == 1 {
						return 0, errBoom
					}
					return 0, nil
				}), nil
			},
		})
		w.push(p, b.messages(1)...)
		w.settle()
		w.process("back", "Processor_default_0").Kill()
		time.Sleep(time.Hour)
		assert.Equal(w, []int{1}, b.ok())
		took := stopwatch()
		assert.Zero(w, w.stop(p).Unfinished)
		assert.Less(w, took(), time.Second)
	})
}

func TestAFiniteSourceEndsThoughBatchesCameBack(t *testing.T) {
	inWorld(t, func(w *world) {
		b := new(book)
		p := w.start(config{
			Name: "back", Producers: from(b.source(20)), Handler: pass, Processors: broadway.Processors[int]{Concurrency: 2},
			Batchers: []broadway.Batcher[int]{{Size: 2, MaxDemand: 100, Timeout: time.Second, Handler: broadway.BatchFunc[int](
				func(_ context.Context, x *batch) ([]*message, error) { time.Sleep(time.Second); return x.Messages, nil })}},
		})
		w.settle()
		w.process("back", "Processor_default_0").Kill()
		ctx, cancel := context.WithTimeout(background, time.Hour)
		defer cancel()
		_, err := p.Wait(ctx)
		assert.NoError(w, err)
	})
}

func TestADrainEndsThoughBatchesCameBack(t *testing.T) {
	inWorld(t, func(w *world) {
		b := new(book)
		p := w.start(config{
			Name: "back", Producers: from(idle()), Handler: pass, Processors: broadway.Processors[int]{Concurrency: 2, PartitionBy: func(m *message) int { return m.Data }},
			Batchers: []broadway.Batcher[int]{{Size: 2, MaxDemand: 100, Timeout: time.Second, Handler: broadway.BatchFunc[int](
				func(_ context.Context, x *batch) ([]*message, error) { time.Sleep(time.Second); return x.Messages, nil })}},
		})
		w.push(p, b.messages(upTo(1, 20)...)...)
		w.settle()
		w.process("back", "Processor_default_0").Kill()
		time.Sleep(time.Minute)
		ctx, cancel := context.WithTimeout(background, time.Hour)
		defer cancel()
		err := p.Drain(ctx)
		assert.NoError(w, err)
	})
}

func TestAProducerIsLookedForThoughItsSourceHasEnded(t *testing.T) {
	inWorld(t, func(w *world) {
		b := new(book)
		p := w.start(config{
			Name: "back", Producers: from(b.source(3)), Handler: failing(errBoom, 2), Processors: one(10),
			Retry:               broadway.Retry{Attempts: 3, Backoff: steady(time.Second)},
			ResubscribeInterval: new(time.Duration(0)),
		})
		w.settle()
		w.process("back", "Producer_0").Kill()
		ctx, cancel := context.WithTimeout(background, time.Hour)
		defer cancel()
		_, err := p.Wait(ctx)
		assert.NoError(w, err)
	})
}
