package broadway_test

import (
	"context"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/broadway"
	"github.com/stagecraft-go/stagecraft/telemetry"
)

// witness keeps the events of a pipeline.
type witness struct {
	hub telemetry.Hub
	mu  sync.Mutex
	all []telemetry.Event
}

type eventKey struct{}

// watch attaches a witness, which puts the name of each start into the context.
func watch(w *world) *witness {
	h := new(witness)
	_, err := h.hub.Attach("witness", telemetry.HandlerFunc(func(ctx context.Context, e telemetry.Event) context.Context {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.all = append(h.all, e)
		if strings.HasSuffix(e.Name(), ".start") {
			path, _ := ctx.Value(eventKey{}).(string)
			return context.WithValue(ctx, eventKey{}, path+"/"+strings.TrimPrefix(e.Name(), "broadway."))
		}
		return ctx
	}))
	require.NoError(w, err)
	return h
}

// eventsOf are those of one kind.
func eventsOf[E telemetry.Event](h *witness) (found []E) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, e := range h.all {
		if e, ok := e.(E); ok {
			found = append(found, e)
		}
	}
	return found
}

// H26.
func TestEventsSayWhereTheyComeFrom(t *testing.T) {
	inWorld(t, func(w *world) {
		h, b := watch(w), new(book)
		p := w.start(config{
			Name: "orders", Telemetry: &h.hub,
			Producers: []broadway.Producer[int]{limited(idle(), 5)}, Processors: one(10),
			Retry: broadway.Retry{Attempts: 2, Backoff: steady(time.Second)},
			DeadLetter: func(_ context.Context, l broadway.DeadLetter[int]) error {
				if l.Message.Data == 3 {
					return errBoom
				}
				return nil
			},
			Handler: consoling{MessageFunc: func(_ context.Context, m *message) (int, error) {
				switch m.Data {
				case 2, 3:
					return 0, broadway.NoRetry(errBoom)
				case 4:
					panic(errBoom)
				}
				return m.Data, nil
			}, failed: func(context.Context, []*message) error { return nil }},
			Batchers: []broadway.Batcher[int]{{Name: "s3", Size: 2, Handler: through}},
		})
		w.push(p, b.messages(1, 2, 3, 4)...)
		time.Sleep(5 * time.Second)
		p.Pause()
		p.Resume()
		w.process("orders", "Batcher_s3").Kill()
		time.Sleep(time.Second)
		w.stop(p)

		seen := make(map[string]int)
		for _, e := range h.all {
			seen[strings.TrimPrefix(e.Name(), "broadway.")]++
			c := reflect.ValueOf(e).FieldByName("Component").Interface().(telemetry.Component)
			assert.Equal(w, "orders", c.Pipeline, e.Name())
			assert.NotZero(w, c.Kind, e.Name())
			if _, again := e.(telemetry.Reclaimed); !again {
				assert.NotEmpty(w, c.Name, e.Name())
			}
		}
		for _, name := range strings.Fields(`topology.init processor.start processor.stop processor.message.start processor.message.stop
			processor.message.exception handle_failed.start handle_failed.stop ack retry dead_letter producer.demand
			worker.restart drain.start drain.stop paused resumed`) {
			assert.NotZero(w, seen[name], name)
		}
		assert.Equal(w, telemetry.Component{Pipeline: "orders", Kind: telemetry.Processor, Name: "Processor_default_0", Key: "default"},
			eventsOf[telemetry.ProcessorStart](h)[0].Component)
		first := eventsOf[telemetry.ProcessorStart](h)[0]
		assert.Len(w, first.Messages, 4)
		stop := eventsOf[telemetry.ProcessorStop](h)[0]
		assert.Equal(w, stop.Messages, stop.Forwarded+stop.Acknowledged+stop.Failed)
		restart := eventsOf[telemetry.WorkerRestart](h)[0]
		assert.Equal(w, "Batcher_s3", restart.Component.Name)
		assert.Equal(w, "s3", restart.Key)
		top := eventsOf[telemetry.TopologyInit](h)[0]
		assert.Equal(w, []string{"s3"}, top.Batchers)
		drain := eventsOf[telemetry.DrainStart](h)[0]
		assert.Equal(w, 30*time.Second, drain.Deadline.Sub(drain.At))
	})
}

func TestEventsOfBatches(t *testing.T) {
	inWorld(t, func(w *world) {
		h, b := watch(w), new(book)
		p := w.start(config{
			Telemetry: &h.hub, Producers: from(idle()), Processors: one(10), Handler: pass,
			Batchers: []broadway.Batcher[int]{{Size: 2, Timeout: time.Second, Handler: broadway.BatchFunc[int](func(_ context.Context, b *batch) ([]*message, error) {
				time.Sleep(time.Second)
				if b.Trigger == broadway.ByTimeout {
					panic(errBoom)
				}
				return b.Messages[:1], nil
			})}},
		})
		w.push(p, b.messages(1, 2, 3)...)
		w.stop(p)
		starts, stops := eventsOf[telemetry.BatchStart](h), eventsOf[telemetry.BatchStop](h)
		require.Len(w, starts, 2)
		require.Len(w, stops, 2)
		assert.Equal(w, "size", starts[0].Trigger)
		assert.Equal(w, 2, starts[0].Size)
		assert.Equal(w, -1, starts[0].Partition)
		assert.Equal(w, []int{1, 1}, []int{stops[0].Successful, stops[0].Failed})
		assert.Equal(w, time.Second, stops[0].Took)
		assert.Equal(w, telemetry.Component{Kind: telemetry.BatchProcessor, Name: "BatchProcessor_default_0", Key: "default"}, starts[0].Component)
		sorted := eventsOf[telemetry.BatcherStop](h)
		require.NotEmpty(w, sorted)
		assert.Equal(w, telemetry.Component{Kind: telemetry.Batcher, Name: "Batcher_default", Key: "default"}, sorted[0].Component)
		assert.Equal(w, 1, sorted[len(sorted)-1].Open)
	})
}

// H30.
func TestEveryMessageIsInOneAckOnly(t *testing.T) {
	inWorld(t, func(w *world) {
		h, b := watch(w), new(book)
		stuck := make(chan struct{})
		p := w.start(config{
			Name: "w", Telemetry: &h.hub, Producers: from(idle()), Retry: broadway.Retry{Attempts: 3},
			Handler: broadway.MessageFunc[int, int](func(ctx context.Context, m *message) (int, error) {
				switch m.Data % 8 {
				case 1:
					return 0, errBoom
				case 2:
					panic(errBoom)
				case 3:
					return 0, broadway.Discard(nil)
				case 4:
					return 0, broadway.AckNow(ctx, m)
				}
				if m.Data == 150 && m.Attempt() == 1 {
					<-stuck
				}
				return m.Data, nil
			}),
			Batchers: []broadway.Batcher[int]{{Size: 7, Handler: broadway.BatchFunc[int](func(_ context.Context, b *batch) ([]*message, error) {
				if b.Messages[0].Data%3 == 0 {
					return b.Messages[1:], nil
				}
				return b.Messages, nil
			})}},
		})
		for n := range 200 {
			if n%10 == 9 {
				w.push(p, broadway.Unacknowledged(n))
			} else {
				w.push(p, b.message(n))
			}
		}
		w.settle()
		for i := range 2 {
			w.process("w", fmt.Sprint("Processor_default_", i)).Kill()
			time.Sleep(time.Second)
		}
		close(stuck)
		report := w.stop(p)
		ok, bad := 0, 0
		for _, e := range eventsOf[telemetry.Ack](h) {
			ok, bad = ok+e.Successful, bad+e.Failed
		}
		assert.Equal(w, 200, ok+bad)
		assert.Equal(w, report.Succeeded+report.Discarded, ok)
		assert.Equal(w, report.Failed, bad)
		assert.Len(w, b.receipts(), 180)
	})
}

func TestContextsOfHandlersReachTheCallbacks(t *testing.T) {
	inWorld(t, func(w *world) {
		h, d := watch(w), new(diary)
		note := func(ctx context.Context, callback string) { d.note("%s %v", callback, ctx.Value(eventKey{})) }
		p := w.start(config{
			Telemetry: &h.hub, Producers: from(idle()), Processors: one(10),
			Handler: preparing{func(ctx context.Context, m *message) (int, error) {
				note(ctx, "message")
				return 0, nil
			}, func(messages []*message) ([]*message, error) { return messages, nil }},
			Batchers: []broadway.Batcher[int]{{Size: 1, Handler: consoling{
				BatchFunc: func(ctx context.Context, b *batch) ([]*message, error) { note(ctx, "batch"); return nil, nil },
				failed:    func(ctx context.Context, _ []*message) error { note(ctx, "failed"); return nil },
			}}},
		})
		w.push(p, broadway.Unacknowledged(1))
		w.settle()
		assert.Equal(w, []string{
			"message /processor.start/processor.message.start", "batch /batch_processor.start", "failed /handle_failed.start",
		}, d.take())
	})
}

func TestAHandlerOfEventsMayPanic(t *testing.T) {
	inWorld(t, func(w *world) {
		var hub telemetry.Hub
		_, err := hub.Attach("bad", telemetry.HandlerFunc(func(context.Context, telemetry.Event) context.Context { panic(errBoom) }))
		require.NoError(w, err)
		b := new(book)
		w.run(config{Telemetry: &hub, Producers: from(b.source(10)), Handler: pass})
		assert.Equal(w, upTo(1, 10), b.ok())
		assert.False(w, hub.Active())
	})
}

func TestTheLimiterTellsWhenItOpensAndCloses(t *testing.T) {
	inWorld(t, func(w *world) {
		h := watch(w)
		w.start(config{Telemetry: &h.hub, Producers: []broadway.Producer[int]{limited(endless(), 2)}, Handler: pass})
		time.Sleep(1500 * time.Millisecond)
		events := eventsOf[telemetry.RateLimited](h)
		require.Len(w, events, 3)
		assert.Equal(w, []bool{false, true, false}, []bool{events[0].Open, events[1].Open, events[2].Open})
		assert.Equal(w, 2, events[0].Allowed)
		assert.Equal(w, time.Second, events[0].Interval)
	})
}
