package broadway_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/stagecraft-go/stagecraft/broadway"
	"github.com/stagecraft-go/stagecraft/process"
)

// parts are the names of the processes of a pipeline with two batchers.
var parts = strings.Fields(`Supervisor RateLimiter ProducerSupervisor Producer_0 Producer_1
	ProcessorSupervisor Processor_default_0 Processor_default_1 BatchersSupervisor
	BatcherSupervisor_a Batcher_a BatchProcessorSupervisor_a BatchProcessor_a_0 BatchProcessor_a_1
	BatcherSupervisor_b Batcher_b BatchProcessorSupervisor_b BatchProcessor_b_0 Terminator`)

// E3, E8.
func TestACrashRestartsWhatDependsOnTheProcess(t *testing.T) {
	rest := func(name string) []string { return parts[slices.Index(parts, name):] }
	for victim, restarted := range map[string][]string{
		"Producer_0":          {"Producer_0"},
		"Processor_default_1": rest("ProcessorSupervisor"),
		"Batcher_a":           {"Batcher_a", "BatchProcessorSupervisor_a", "BatchProcessor_a_0", "BatchProcessor_a_1"},
		"BatchProcessor_a_1":  {"BatchProcessorSupervisor_a", "BatchProcessor_a_0", "BatchProcessor_a_1"},
		"Terminator":          {"Terminator"},
		"RateLimiter":         rest("RateLimiter"),
	} {
		t.Run(victim, func(t *testing.T) {
			inWorld(t, func(w *world) {
				b := new(book)
				p := w.start(config{
					Name: "w",
					Producers: []broadway.Producer[int]{{
						Source: idle(), Concurrency: 2, RateLimit: broadway.RateLimit{Allowed: 1000, Interval: time.Second},
					}},
					Handler: broadway.MessageFunc[int, int](func(_ context.Context, m *message) (int, error) {
						m.Batcher = []string{"a", "b"}[m.Data%2]
						return m.Data, nil
					}),
					Batchers: []broadway.Batcher[int]{{Name: "a", Concurrency: 2, Handler: through}, {Name: "b", Handler: through}},
				})
				before := make(map[string]*process.Process)
				for _, name := range parts {
					before[name] = w.process("w", name)
				}
				before[victim].Kill()
				time.Sleep(time.Second / 2)
				var changed []string
				for _, name := range parts {
					if w.process("w", name) != before[name] {
						changed = append(changed, name)
					}
				}
				assert.Equal(w, restarted, changed)
				w.push(p, b.messages(upTo(1, 10)...)...)
				w.settle()
				report := w.stop(p)
				assert.Equal(w, upTo(1, 10), b.ok())
				assert.Equal(w, 10, report.Succeeded)
			})
		})
	}
}

func TestACrashFailsWhatWasBegunAndRedeliversTheRest(t *testing.T) {
	inWorld(t, func(w *world) {
		b := new(book)
		stuck := make(chan struct{})
		p := w.start(config{
			Name: "w", Producers: from(idle()), Processors: broadway.Processors[int]{Concurrency: 1, MaxDemand: 8}, // chunks of 4
			Handler: broadway.MessageFunc[int, int](func(_ context.Context, m *message) (int, error) {
				if m.Data == 2 {
					<-stuck
				}
				return m.Data, nil
			}),
		})
		w.push(p, b.messages(upTo(1, 12)...)...)
		w.settle()
		w.process("w", "Processor_default_0").Kill()
		time.Sleep(time.Second)
		assert.Equal(w, upTo(1, 4), b.bad())
		assert.Equal(w, upTo(5, 12), b.ok())
		for n := 1; n <= 4; n++ {
			r := b.receipt(w, n)
			assert.ErrorIs(w, r.Err, broadway.ErrWorkerDown)
			assert.ErrorIs(w, r.Err, process.Killed)
			assert.Equal(w, broadway.Failed, r.Outcome)
		}
		report := p.Report()
		assert.Equal(w, 4, report.Redelivered) // the others were in the producer
		assert.Equal(w, 1, report.Crashes)
		close(stuck) // what the abandoned callback does now is to no avail
		w.settle()
		assert.Len(w, b.receipts(), 12)
	})
}

func TestAnOpenBatchOutlivesItsBatcher(t *testing.T) {
	inWorld(t, func(w *world) {
		b, d := new(book), new(diary)
		p := w.start(config{
			Name: "w", Producers: from(idle()), Handler: pass, Processors: one(10),
			Batchers: []broadway.Batcher[int]{{Size: 4, Timeout: time.Hour, Handler: noting(d)}},
		})
		w.push(p, b.messages(1, 2, 3)...)
		w.settle()
		w.process("w", "Batcher_default").Kill()
		time.Sleep(time.Second)
		w.push(p, b.message(4))
		w.settle()
		assert.Equal(w, upTo(1, 4), b.ok())
		// They may be on their way again before the processor has heard of the
		// death, so that it sends them to the dead once more.
		assert.Contains(w, []int{3, 6}, p.Report().Redelivered)
		assert.Len(w, d.take(), 1)
	})
}

func TestACrashOfABatchProcessorFailsItsBatchOnly(t *testing.T) {
	inWorld(t, func(w *world) {
		b := new(book)
		stuck := make(chan struct{})
		w.push(w.start(config{
			Name: "w", Producers: from(idle()), Handler: pass, Processors: one(100),
			Batchers: []broadway.Batcher[int]{{Size: 2, Handler: broadway.BatchFunc[int](func(_ context.Context, b *batch) ([]*message, error) {
				if b.Messages[0].Data == 3 {
					<-stuck
				}
				return b.Messages, nil
			})}},
		}), b.messages(upTo(1, 20)...)...)
		w.settle()
		w.process("w", "BatchProcessor_default_0").Kill()
		time.Sleep(2 * time.Second)
		assert.Equal(w, []int{3, 4}, b.bad())
		assert.Len(w, b.ok(), 18)
		close(stuck)
	})
}

func TestAPipelineGivesUpAfterTooManyCrashes(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.start(config{
			Name: "w", Producers: from(idle()), Handler: pass,
			Restarts: broadway.Restarts{Max: new(2), Within: time.Minute},
		})
		for range 3 {
			assert.NoError(w, p.Err())
			w.process("w", "Processor_default_0").Kill()
			time.Sleep(time.Second)
		}
		report, err := p.Wait(background)
		assert.Equal(w, broadway.ErrGaveUp, err)
		assert.Equal(w, 3, report.Crashes)
		assert.Zero(w, w.sys.Count())
	})
}

func TestCrashesAreForgottenAfterAWhile(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.start(config{
			Name: "w", Producers: from(idle()), Handler: pass,
			Restarts: broadway.Restarts{Max: new(1), Within: time.Second},
		})
		for range 5 {
			w.process("w", "Processor_default_0").Kill()
			time.Sleep(2 * time.Second)
		}
		assert.NoError(w, p.Err())
	})
}
