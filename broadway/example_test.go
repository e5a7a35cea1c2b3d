package broadway_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/stagecraft-go/stagecraft/broadway"
	"github.com/stagecraft-go/stagecraft/broadway/broadwaytest"
	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/stage"
	"github.com/stagecraft-go/stagecraft/supervisor"
	"github.com/stagecraft-go/stagecraft/telemetry"
)

// texts is a source of a few texts that nobody waits for.
func texts(all ...string) broadway.Source[string] {
	return broadway.FromSeq(func(yield func(broadway.Message[string]) bool) {
		for _, text := range all {
			if !yield(broadway.Unacknowledged(text)) {
				return
			}
		}
	})
}

// quiet is a system that logs nothing, for examples in which things go wrong.
func quiet() *process.System {
	return process.NewSystem(process.WithLogger(slog.New(slog.DiscardHandler)))
}

// A pipeline with two batchers. The source is finite, so the pipeline ends by
// itself.
func Example() {
	var mu sync.Mutex
	uploaded := make(map[string][]string)
	upload := func(_ context.Context, b *broadway.Batch[string]) ([]*broadway.Message[string], error) {
		mu.Lock()
		defer mu.Unlock()
		for _, text := range b.Data() {
			uploaded[b.Batcher] = append(uploaded[b.Batcher], text)
		}
		return b.Messages, nil
	}
	p, err := broadway.Start(context.Background(), broadway.Config[string, string]{
		Producers: []broadway.Producer[string]{{Source: texts("ant", "elephant", "bee", "crocodile")}},
		Handler: broadway.MessageFunc[string, string](func(_ context.Context, m *broadway.Message[string]) (string, error) {
			if len(m.Data) > 3 {
				m.Batcher = "s3"
			} else {
				m.Batcher = "sqs"
			}
			return strings.ToUpper(m.Data), nil
		}),
		Batchers: []broadway.Batcher[string]{
			{Name: "sqs", Handler: broadway.BatchFunc[string](upload), Size: 2},
			{Name: "s3", Handler: broadway.BatchFunc[string](upload), Size: 2},
		},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	report, err := p.Wait(context.Background())
	fmt.Println(report.Succeeded, "succeeded:", err)
	for _, batcher := range []string{"sqs", "s3"} {
		slices.Sort(uploaded[batcher]) // processors are concurrent
		fmt.Println(batcher, uploaded[batcher])
	}
	// Output:
	// 4 succeeded: <nil>
	// sqs [ANT BEE]
	// s3 [CROCODILE ELEPHANT]
}

// Without batchers a message is through when it is handled.
func Example_withoutBatchers() {
	p, err := broadway.Start(context.Background(), broadway.Config[string, stage.None]{
		Producers:  []broadway.Producer[string]{{Source: texts("a", "b", "c")}},
		Processors: broadway.Processors[string]{Concurrency: 1},
		Handler: broadway.MessageFunc[string, stage.None](func(_ context.Context, m *broadway.Message[string]) (stage.None, error) {
			fmt.Println(m.Data)
			return stage.None{}, nil
		}),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	_, _ = p.Wait(context.Background())
	// Output:
	// a
	// b
	// c
}

// A mistake in the config is found before anything starts.
func ExampleConfigError() {
	_, err := broadway.Start(context.Background(), broadway.Config[string, string]{
		Producers: []broadway.Producer[string]{{Source: texts()}},
		Handler: broadway.MessageFunc[string, string](func(_ context.Context, m *broadway.Message[string]) (string, error) {
			return m.Data, nil
		}),
		Processors: broadway.Processors[string]{MaxDemand: 10, MinDemand: new(10)},
	})
	var mistake *broadway.ConfigError
	if errors.As(err, &mistake) {
		fmt.Println(mistake.Field)
		fmt.Println(err)
	}
	// Output:
	// Processors.MinDemand
	// broadway: Processors.MinDemand is 10, allowed is 0 to 9 (MaxDemand-1)
}

// What may become of a message.
func ExampleRetry() {
	busy := errors.New("busy")
	p, err := broadway.Start(context.Background(), broadway.Config[string, stage.None]{
		System:     quiet(),
		Producers:  []broadway.Producer[string]{{Source: texts("good", "flaky", "broken", "spam")}},
		Processors: broadway.Processors[string]{Concurrency: 1},
		Handler: broadway.MessageFunc[string, stage.None](func(_ context.Context, m *broadway.Message[string]) (none stage.None, err error) {
			switch m.Data {
			case "flaky":
				if m.Attempt() < 3 {
					return none, busy // will be tried again
				}
			case "broken":
				return none, broadway.NoRetry(errors.New("no JSON")) // will not
			case "spam":
				return none, broadway.Discard(nil) // is no failure
			}
			return none, nil
		}),
		Retry: broadway.Retry{
			Attempts: 5,
			Backoff:  supervisor.Backoff{Initial: time.Millisecond, Max: time.Second, Jitter: 0.2},
		},
		DeadLetter: func(_ context.Context, letter broadway.DeadLetter[string]) error {
			fmt.Printf("dead letter %q: %v\n", letter.Message.Data, letter.Err)
			return nil
		},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	r, _ := p.Wait(context.Background())
	fmt.Println(r.Succeeded, "succeeded,", r.Retried, "retries,", r.DeadLettered, "dead,", r.Discarded, "discarded,", r.Failed, "failed")
	// Output:
	// dead letter "broken": no JSON
	// 2 succeeded, 2 retries, 1 dead, 1 discarded, 0 failed
}

// What waits for another attempt when the pipeline stops is no dead letter: its
// source will send it again.
func ExampleDeadLetter() {
	p, err := broadway.Start(context.Background(), broadway.Config[string, stage.None]{
		System:    quiet(),
		Producers: []broadway.Producer[string]{{Source: broadwaytest.Idle[string]()}},
		Handler: broadway.MessageFunc[string, stage.None](func(context.Context, *broadway.Message[string]) (none stage.None, err error) {
			return none, errors.New("busy")
		}),
		Retry: broadway.Retry{Attempts: 2, Backoff: supervisor.Backoff{Initial: time.Hour, Max: time.Hour}},
		DeadLetter: func(_ context.Context, letter broadway.DeadLetter[string]) error {
			fmt.Println("a dead letter:", letter.Message.Data)
			return nil
		},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	if _, err := broadwaytest.PushMessage(context.Background(), p, "order 7"); err != nil {
		fmt.Println(err)
	}
	for p.Report().Retried == 0 {
		time.Sleep(time.Millisecond)
	}
	report, err := p.Stop(context.Background())
	fmt.Println(report.DeadLettered, "dead letters,", report.Failed, "failed,", err)
	// Output: 0 dead letters, 1 failed, <nil>
}

// worker is a handler with a state of its own, such as a connection.
type worker struct{ handled int }

func (w *worker) HandleMessage(context.Context, *broadway.Message[string]) (stage.None, error) {
	w.handled++ // no lock: it is this worker's alone
	return stage.None{}, nil
}

func (w *worker) Terminate(ctx context.Context, _ error) {
	self, _ := broadway.WorkerOf(ctx)
	fmt.Println(self.Name, "handled", w.handled)
}

// Each worker gets a handler of its own, when it starts.
func ExampleConfig_newHandler() {
	p, err := broadway.Start(context.Background(), broadway.Config[string, stage.None]{
		Producers:  []broadway.Producer[string]{{Source: texts("a", "b", "c")}},
		Processors: broadway.Processors[string]{Concurrency: 1},
		NewHandler: func(context.Context, broadway.Worker) (broadway.MessageHandler[string, stage.None], error) {
			return new(worker), nil
		},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	_, _ = p.Wait(context.Background())
	// Output: Processor_default_0 handled 3
}

// Messages of one key go to one processor, in order.
func ExampleProcessors_partitionBy() {
	var mu sync.Mutex
	got := make(map[int]string)
	p, err := broadway.Start(context.Background(), broadway.Config[string, stage.None]{
		Producers: []broadway.Producer[string]{{Source: texts("a1", "b1", "a2", "b2", "a3")}},
		Processors: broadway.Processors[string]{
			Concurrency: 2,
			PartitionBy: func(m *broadway.Message[string]) int { return int(m.Data[0] - 'a') },
		},
		Handler: broadway.MessageFunc[string, stage.None](func(ctx context.Context, m *broadway.Message[string]) (stage.None, error) {
			w, _ := broadway.WorkerOf(ctx)
			mu.Lock()
			defer mu.Unlock()
			got[w.Index] += m.Data + " "
			return stage.None{}, nil
		}),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	_, _ = p.Wait(context.Background())
	fmt.Println(got)
	// Output: map[0:a1 a2 a3  1:b1 b2 ]
}

// lengths prints the batches that a batcher makes of texts, with one processor.
func lengths(b broadway.Batcher[string], all ...string) {
	b.Handler = broadway.BatchFunc[string](func(_ context.Context, batch *broadway.Batch[string]) ([]*broadway.Message[string], error) {
		var data []string
		for _, text := range batch.Data() {
			data = append(data, text)
		}
		fmt.Println(batch.Trigger, data)
		return batch.Messages, nil
	})
	p, err := broadway.Start(context.Background(), broadway.Config[string, string]{
		Producers:  []broadway.Producer[string]{{Source: broadwaytest.Idle[string]()}},
		Processors: broadway.Processors[string]{Concurrency: 1},
		Handler: broadway.MessageFunc[string, string](func(_ context.Context, m *broadway.Message[string]) (string, error) {
			return m.Data, nil
		}),
		Batchers: []broadway.Batcher[string]{b},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	if _, err := broadwaytest.PushBatch(context.Background(), p, all); err != nil {
		fmt.Println(err)
	}
	_, _ = p.Stop(context.Background())
}

// Batches of at most three messages, of ten bytes, or up to a full stop. What is
// left at the end is flushed.
func ExampleBatcher() {
	lengths(broadway.Batcher[string]{Size: 3}, "a", "b", "c", "d")
	lengths(broadway.Batcher[string]{
		Weight: func(m *broadway.Message[string]) int { return len(m.Data) }, MaxWeight: 10,
	}, "one", "three", "seventeen", "two")
	lengths(broadway.Batcher[string]{
		MaxDemand: 10,
		Full: func() func(*broadway.Message[string]) bool {
			return func(m *broadway.Message[string]) bool { return m.Data == "." }
		},
	}, "a", "b", ".", "c", ".")
	// Output:
	// size [a b c]
	// flush [d]
	// size [one three]
	// size [seventeen]
	// flush [two]
	// size [a b .]
	// size [c .]
}

// A rate limit can be changed while the pipeline runs.
func ExampleHandle_UpdateRateLimit() {
	p, err := broadway.Start(context.Background(), broadway.Config[string, stage.None]{
		Producers: []broadway.Producer[string]{{
			Source:    broadwaytest.Idle[string](),
			RateLimit: broadway.RateLimit{Allowed: 100, Interval: time.Second},
		}},
		Handler: broadway.MessageFunc[string, stage.None](func(context.Context, *broadway.Message[string]) (stage.None, error) {
			return stage.None{}, nil
		}),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer p.Stop(context.Background())
	err = p.UpdateRateLimit(0, broadway.RateLimitUpdate{Allowed: 10, Reset: true})
	limit, _ := p.RateLimit(0)
	fmt.Println(limit.Allowed, "in", limit.Interval, err)
	// Output: 10 in 1s <nil>
}

// inbox is an acknowledger: it tells a mailbox which letters can be removed.
// Letters are known by their number.
type inbox struct{ removed, kept []int }

func (b *inbox) Ack(_ context.Context, successful, failed []broadway.Receipt[int]) error {
	for _, r := range successful {
		b.removed = append(b.removed, r.ID)
	}
	for _, r := range failed {
		b.kept = append(b.kept, r.ID)
		fmt.Printf("letter %d: %v after %d attempts: %v\n", r.ID, r.Outcome, r.Attempts, r.Err)
	}
	return nil
}

// An acknowledger and the source of its messages.
func ExampleAcknowledger() {
	box := new(inbox)
	letters := func(yield func(broadway.Message[string]) bool) {
		for i, text := range []string{"hello", "", "bye"} {
			if !yield(broadway.NewMessage(text, box, i)) {
				return
			}
		}
	}
	p, err := broadway.Start(context.Background(), broadway.Config[string, stage.None]{
		Producers:  []broadway.Producer[string]{{Source: broadway.FromSeq(letters)}},
		Processors: broadway.Processors[string]{Concurrency: 1},
		Handler: broadway.MessageFunc[string, stage.None](func(_ context.Context, m *broadway.Message[string]) (none stage.None, err error) {
			if m.Data == "" {
				return none, errors.New("empty")
			}
			return none, nil
		}),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	_, _ = p.Wait(context.Background())
	fmt.Println("removed", box.removed, "kept", box.kept)
	// Output:
	// letter 1: failed after 1 attempts: empty
	// removed [0 2] kept [1]
}

// mail is a mailbox that a source asks for letters.
type mail struct {
	*inbox
	mu   sync.Mutex
	next int
}

// fetch is a broadway.Fetch: it returns up to n messages, and io.EOF at the end.
func (b *mail) fetch(_ context.Context, n int) (messages []broadway.Message[string], err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for range n {
		if b.next == 4 {
			return messages, io.EOF
		}
		messages = append(messages, broadway.NewMessage(fmt.Sprint("letter ", b.next), b.inbox, b.next))
		b.next++
	}
	return messages, nil
}

// A source that asks for as many messages as are wanted.
func ExampleFromFetch() {
	box := &mail{inbox: new(inbox)}
	p, err := broadway.Start(context.Background(), broadway.Config[string, stage.None]{
		Producers:  []broadway.Producer[string]{{Source: broadway.FromFetch(box.fetch, broadway.FetchOptions{Max: 10})}},
		Processors: broadway.Processors[string]{Concurrency: 1},
		Handler: broadway.MessageFunc[string, stage.None](func(_ context.Context, m *broadway.Message[string]) (stage.None, error) {
			fmt.Println(m.Data)
			return stage.None{}, nil
		}),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	_, _ = p.Wait(context.Background())
	fmt.Println("removed", box.removed)
	// Output:
	// letter 0
	// letter 1
	// letter 2
	// letter 3
	// removed [0 1 2 3]
}

// ticks is any stage: it emits what it is asked for.
type ticks struct{ n int }

func (t *ticks) HandleDemand(ctx *stage.Context[int], demand int) error {
	for range demand {
		t.n++
		ctx.Emit(t.n)
	}
	return nil
}

// PrepareForDraining is called when the pipeline stops.
func (t *ticks) PrepareForDraining(*stage.Context[int]) error {
	fmt.Println("no more ticks")
	return nil
}

// Any producer can feed a pipeline; a function makes messages of its events.
func ExampleFromStage() {
	source := broadway.FromStage(
		func(int) (stage.DemandHandler[int], error) { return new(ticks), nil },
		func(n int) (broadway.Message[string], error) {
			return broadway.Unacknowledged(fmt.Sprint("tick ", n)), nil
		})
	third := make(chan struct{})
	p, err := broadway.Start(context.Background(), broadway.Config[string, stage.None]{
		Producers:  []broadway.Producer[string]{{Source: source}},
		Processors: broadway.Processors[string]{Concurrency: 1, MaxDemand: 1},
		Handler: broadway.MessageFunc[string, stage.None](func(_ context.Context, m *broadway.Message[string]) (stage.None, error) {
			if m.Data == "tick 3" {
				close(third)
			}
			return stage.None{}, nil
		}),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	<-third
	report, err := p.Stop(context.Background())
	fmt.Println(report.Succeeded == report.Received, report.Unfinished, err)
	// Output:
	// no more ticks
	// true 0 <nil>
}

// A message is acknowledged in the middle of a callback.
func ExampleAckNow() {
	p, err := broadway.Start(context.Background(), broadway.Config[string, stage.None]{
		Producers: []broadway.Producer[string]{{Source: broadwaytest.Idle[string]()}},
		Handler: broadway.MessageFunc[string, stage.None](func(ctx context.Context, m *broadway.Message[string]) (none stage.None, err error) {
			if err := broadway.AckNow(ctx, m); err != nil {
				return none, err
			}
			return none, errors.New("too late: it has succeeded")
		}),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer p.Stop(context.Background())
	receipt, err := broadwaytest.TryMessage(context.Background(), p, "at most once")
	fmt.Println(receipt.Outcome, receipt.Err, err)
	// Output: succeeded <nil> <nil>
}

// Handlers that do not return are given up when the time of the stop is over.
func ExampleHandle_Stop() {
	stuck := make(chan struct{})
	defer close(stuck)
	busy := make(chan struct{})
	p, err := broadway.Start(context.Background(), broadway.Config[string, stage.None]{
		System:     quiet(),
		Producers:  []broadway.Producer[string]{{Source: texts("good", "stuck")}},
		Processors: broadway.Processors[string]{Concurrency: 1, MaxDemand: 1},
		Handler: broadway.MessageFunc[string, stage.None](func(_ context.Context, m *broadway.Message[string]) (stage.None, error) {
			if m.Data == "stuck" {
				close(busy)
				<-stuck // it should heed its context
			}
			return stage.None{}, nil
		}),
		Shutdown: 100 * time.Millisecond,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	<-busy
	report, err := p.Stop(context.Background())
	fmt.Println(report.Succeeded, "succeeded,", report.Unfinished, "unfinished,", report.DrainTook < 200*time.Millisecond, err)
	// Output: 1 succeeded, 1 unfinished, true <nil>
}

// A callback may stop its own pipeline. Stop does not wait then.
func ExampleHandle_Stop_inside() {
	p, err := broadway.Start(context.Background(), broadway.Config[string, stage.None]{
		Producers: []broadway.Producer[string]{{Source: broadwaytest.Idle[string]()}},
		Handler: broadway.MessageFunc[string, stage.None](func(ctx context.Context, m *broadway.Message[string]) (none stage.None, err error) {
			if m.Data == "the end" {
				w, _ := broadway.WorkerOf(ctx)
				_, err = w.Pipeline.Stop(ctx)
			}
			return none, err
		}),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	receipt, err := broadwaytest.TryMessage(context.Background(), p, "the end")
	fmt.Println(receipt.Outcome, err)
	report, err := p.Wait(context.Background())
	fmt.Println(report.Succeeded, err)
	// Output:
	// succeeded <nil>
	// 1 <nil>
}

// A pipeline can be emptied without being stopped.
func ExampleHandle_Drain() {
	p, err := broadway.Start(context.Background(), broadway.Config[string, string]{
		Producers: []broadway.Producer[string]{{Source: broadwaytest.Idle[string]()}},
		Handler: broadway.MessageFunc[string, string](func(_ context.Context, m *broadway.Message[string]) (string, error) {
			return m.Data, nil
		}),
		Batchers: []broadway.Batcher[string]{{
			Timeout: time.Hour, // nobody wants to wait for that
			Handler: broadway.BatchFunc[string](func(_ context.Context, b *broadway.Batch[string]) ([]*broadway.Message[string], error) {
				fmt.Println(b.Trigger, len(b.Messages))
				return b.Messages, nil
			}),
		}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer p.Stop(context.Background())
	if _, err := broadwaytest.PushBatch(context.Background(), p, []string{"one"}); err != nil {
		fmt.Println(err)
	}
	fmt.Println(p.Drain(context.Background()), p.Report().Unfinished)
	p.Resume()
	// Output:
	// flush 1
	// <nil> 0
}

// A pipeline under a supervisor, which starts it again if it gives up.
func ExamplePipeline_supervised() {
	ctx := context.Background()
	spec := supervisor.Stage("letters", func(ctx context.Context) (supervisor.Child, error) {
		return broadway.Start(ctx, broadway.Config[string, stage.None]{
			Producers: []broadway.Producer[string]{{Source: broadwaytest.Idle[string]()}},
			Handler: broadway.MessageFunc[string, stage.None](func(context.Context, *broadway.Message[string]) (stage.None, error) {
				return stage.None{}, nil
			}),
		})
	})
	spec.Shutdown = supervisor.Infinity() // the pipeline has a deadline of its own
	s, err := supervisor.Start(ctx, []supervisor.Spec{spec})
	if err != nil {
		fmt.Println(err)
		return
	}
	children, err := s.WhichChildren(ctx)
	fmt.Println(children[0].ID, children[0].State, err)
	fmt.Println(s.Stop(ctx, process.Normal))
	// Output:
	// letters running <nil>
	// <nil>
}

// Handlers of telemetry hear of everything that happens.
func ExampleConfig_telemetry() {
	var hub telemetry.Hub
	_, err := hub.Attach("batches", telemetry.On(func(_ context.Context, e telemetry.BatchStop) {
		fmt.Println(e.Component.Name, e.Trigger, e.Successful, e.Failed)
	}))
	if err != nil {
		fmt.Println(err)
		return
	}
	p, err := broadway.Start(context.Background(), broadway.Config[string, string]{
		Telemetry: &hub,
		Producers: []broadway.Producer[string]{{Source: broadwaytest.Idle[string]()}},
		Handler: broadway.MessageFunc[string, string](func(_ context.Context, m *broadway.Message[string]) (string, error) {
			return m.Data, nil
		}),
		Batchers: []broadway.Batcher[string]{{
			Size: 2,
			Handler: broadway.BatchFunc[string](func(_ context.Context, b *broadway.Batch[string]) ([]*broadway.Message[string], error) {
				b.Messages[0].Fail(errors.New("rejected"))
				return b.Messages, nil
			}),
		}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	_, _ = broadwaytest.TryBatch(context.Background(), p, []string{"a", "b"})
	_, _ = p.Stop(context.Background())
	// Output: BatchProcessor_default_0 size 1 1
}
