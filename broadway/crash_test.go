package broadway_test

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/broadway"
	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/stage"
)

// queue is a source with redelivery: what fails comes again.
type queue struct {
	mu      sync.Mutex
	pending []int
	acked   map[int]int
	failed  int
	total   int
	step    int           // of acknowledgements
	steps   chan struct{} // gets a token for each step
}

func newQueue(n, step int) *queue {
	q := &queue{acked: make(map[int]int), total: n, step: step, steps: make(chan struct{}, 1)}
	for i := range n {
		q.pending = append(q.pending, i)
	}
	return q
}

func (q *queue) Ack(_ context.Context, ok, bad []broadway.Receipt[int]) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	before := len(q.acked)
	for _, r := range ok {
		q.acked[r.ID]++
	}
	if after := len(q.acked); after/q.step > before/q.step || after == q.total {
		select {
		case q.steps <- struct{}{}:
		default:
		}
	}
	for _, r := range bad {
		q.failed++
		q.pending = append(q.pending, r.ID)
	}
	return nil
}

func (q *queue) fetch(_ context.Context, n int) (messages []broadway.Message[int], err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	n = min(n, len(q.pending))
	for _, id := range q.pending[:n] {
		messages = append(messages, broadway.NewMessage(id, q, id))
	}
	q.pending = q.pending[n:]
	return messages, nil
}

func (q *queue) left() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.total - len(q.acked)
}

// TestRandomKillsLoseNothing kills a worker of any kind after every few
// acknowledgements: so it makes progress on a busy machine, too.
func TestRandomKillsLoseNothing(t *testing.T) {
	n, step := 1_000_000, 250
	if testing.Short() || raceDetector {
		n, step = 100_000, 50
	}
	system := process.NewSystem(process.WithLogger(slog.New(slog.DiscardHandler)))
	q := newQueue(n, step)
	batch := broadway.BatchFunc[int](func(_ context.Context, b *broadway.Batch[int]) ([]*broadway.Message[int], error) {
		return b.Messages, nil
	})
	p, err := broadway.Start(context.Background(), broadway.Config[int, int]{
		Name:      "kills",
		System:    system,
		Producers: []broadway.Producer[int]{{Source: broadway.FromFetch(q.fetch, broadway.FetchOptions{Interval: time.Millisecond}), Concurrency: 2}},
		Handler: broadway.MessageFunc[int, int](func(_ context.Context, m *broadway.Message[int]) (int, error) {
			if m.Data%2 == 0 {
				m.Batcher = "even"
			}
			return m.Data, nil
		}),
		Processors:          broadway.Processors[int]{Concurrency: 3},
		ResubscribeInterval: new(time.Millisecond),
		Restarts:            broadway.Restarts{Max: new(1_000_000)},
		Batchers:            []broadway.Batcher[int]{{Handler: batch, Size: 20, Concurrency: 2, Timeout: 5 * time.Millisecond}, {Name: "even", Handler: batch, Size: 30, Timeout: 5 * time.Millisecond}},
	})
	require.NoError(t, err)
	victims := []string{
		"Producer_0", "Producer_1", "Processor_default_0", "Processor_default_1", "Processor_default_2",
		"Batcher_default", "Batcher_even", "BatchProcessor_default_0", "BatchProcessor_default_1", "BatchProcessor_even_0", "Terminator",
	}
	kills := 0
	for q.left() > 0 {
		select {
		case <-q.steps:
		case <-p.Done():
			t.Fatalf("ended: %v %+v", p.Err(), p.Report())
		case <-time.After(30 * time.Second):
			t.Fatalf("%d left, stuck: %+v %v", q.left(), p.Report(), broadway.States(p))
		}
		name := victims[rand.IntN(len(victims))]
		if w, ok := system.Whereis("kills.Broadway." + name); ok {
			w.Kill()
			kills++
		}
	}
	report, err := p.Stop(context.Background())
	require.NoError(t, err)
	assert.Zero(t, report.Unfinished)
	assert.Equal(t, n, report.Succeeded)
	for id, times := range q.acked {
		if times > 1 {
			t.Errorf("%d acked %d times", id, times)
		}
	}
	t.Logf("%d kills, %d failed: %+v", kills, q.failed, report)
	require.NoError(t, system.Shutdown(context.Background()))
}

// pusher is a source stage that brings a message in by itself each 10 ms, until it is
// told to drain.
type pusher struct {
	b       *book
	n       *int
	drained *int
	stopped bool
}

type tickNow struct{}

func (p *pusher) Init(ctx *stage.Context[message]) error {
	ctx.Process().SendAfter(10*time.Millisecond, tickNow{})
	return nil
}
func (p *pusher) HandleDemand(*stage.Context[message], int) error { return nil }
func (p *pusher) HandleInfo(ctx *stage.Context[message], msg any) error {
	if p.stopped {
		return nil
	}
	*p.n++
	ctx.Emit(p.b.message(*p.n))
	ctx.Process().SendAfter(10*time.Millisecond, tickNow{})
	return nil
}
func (p *pusher) PrepareForDraining(*stage.Context[message]) error {
	p.stopped = true
	*p.drained++
	return nil
}

func TestASourceThatStartsAgainInADrainBringsNothingIn(t *testing.T) {
	inWorld(t, func(w *world) {
		b := new(book)
		n, drained := 0, 0
		p := w.start(config{
			Name: "again", Processors: one(1), Shutdown: 10 * time.Second,
			Producers: from(broadway.FromMessages(func(int) (stage.DemandHandler[message], error) {
				return &pusher{b: b, n: &n, drained: &drained}, nil
			})),
			Handler: broadway.MessageFunc[int, int](func(context.Context, *message) (int, error) { time.Sleep(time.Second); return 0, nil }),
		})
		time.Sleep(45 * time.Millisecond)
		w.settle()
		at := n
		done := make(chan broadway.Report)
		go func() { r, _ := p.Stop(background); done <- r }()
		w.settle()
		assert.Equal(w, 1, drained)
		w.process("again", "Producer_0").Kill()
		<-done
		assert.Equal(w, at, n)
	})
}

// One message has failed, and its acknowledger hangs.
func TestAnAcknowledgerThatHangsDoesNotHoldUpOthers(t *testing.T) {
	inWorld(t, func(w *world) {
		b, slow := new(book), new(book)
		slow.when = func(acked) error { time.Sleep(time.Hour); return nil }
		p := w.start(config{
			Name: "hang", Producers: from(idle()), Processors: one(1),
			Retry:   broadway.Retry{Attempts: 1},
			Handler: broadway.MessageFunc[int, int](func(_ context.Context, m *message) (int, error) { time.Sleep(time.Minute); return 0, nil }),
		})
		w.push(p, append(slow.messages(1), b.messages(2, 3, 4)...)...)
		w.settle()
		w.process("hang", "Processor_default_0").Kill() // 1 has failed; its acknowledger hangs
		time.Sleep(time.Second)
		w.process("hang", "Producer_0").Kill()
		time.Sleep(30 * time.Minute)
		assert.Len(w, b.ok(), 3)
		time.Sleep(2 * time.Hour)
	})
}
