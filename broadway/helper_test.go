package broadway_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/broadway"
	"github.com/stagecraft-go/stagecraft/internal/testworld"
	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/stage"
	"github.com/stagecraft-go/stagecraft/supervisor"
)

var background = context.Background()

var errBoom = errors.New("boom")

// What the tests of other packages have as well.
const raceDetector = testworld.Race

var upTo = testworld.UpTo

// Most tests are about pipelines of numbers.
type (
	message = broadway.Message[int]
	batch   = broadway.Batch[int]
	config  = broadway.Config[int, int]
	receipt = broadway.Receipt[int]
)

// world is that of one test.
type world struct {
	*testworld.World
	sys *process.System
	log *testworld.LogBook
}

// inWorld runs a test in a bubble of synctest: time moves only when nothing
// else does. At the end no process, no goroutine and no callback may be left.
func inWorld(t *testing.T, test func(w *world)) {
	t.Helper()
	testworld.In(t, func(w *testworld.World) { test(newWorld(w)) })
}

// outside is a world of real time.
func outside(t testing.TB) *world {
	t.Helper()
	return newWorld(testworld.Outside(t))
}

func newWorld(w *testworld.World) *world {
	// A pipeline that has ended has left nothing, not even for a moment.
	w.Cleanup(func() { assert.Zero(w, w.System.Count(), "processes left") })
	return &world{w, w.System, w.Book}
}

// settle waits until nothing moves.
func (w *world) settle() { synctest.Wait() }

// start starts a pipeline that must start, with two processors unless the
// config says more. It is stopped at the end of the test.
func (w *world) start(c config) *broadway.Pipeline[int] {
	w.Helper()
	return start(w, c)
}

func start[In, Out any](w *world, c broadway.Config[In, Out]) *broadway.Pipeline[In] {
	w.Helper()
	c.System = w.sys
	if c.Processors.Concurrency == 0 {
		c.Processors.Concurrency = 2
	}
	p, err := broadway.Start(background, c)
	require.NoError(w, err)
	w.Cleanup(func() { _, _ = p.Stop(background) })
	return p
}

// run waits for the end of a pipeline whose sources come to theirs.
func (w *world) run(c config) broadway.Report {
	w.Helper()
	return w.wait(w.start(c))
}

func (w *world) wait(p *broadway.Pipeline[int]) broadway.Report {
	w.Helper()
	ctx, cancel := context.WithTimeout(background, time.Hour)
	defer cancel()
	report, err := p.Wait(ctx)
	require.NoError(w, err)
	return report
}

// stop stops a pipeline.
func (w *world) stop(p *broadway.Pipeline[int]) broadway.Report {
	w.Helper()
	report, err := p.Stop(background)
	require.NoError(w, err)
	return report
}

// push pushes messages to a pipeline, together.
func (w *world) push(p *broadway.Pipeline[int], messages ...message) {
	w.Helper()
	require.NoError(w, p.Push(background, messages...))
}

// process is a process of the pipeline with this name.
func (w *world) process(pipeline, name string) *process.Process {
	w.Helper()
	p, ok := w.sys.Whereis(pipeline + ".Broadway." + name)
	require.True(w, ok, name)
	return p
}

// book is an acknowledger that keeps what it hears.
type book struct {
	mu    sync.Mutex
	calls []acked
	data  map[int]int            // of the messages, by number
	when  func(call acked) error // nil: nothing
}

// acked is one call of an acknowledger.
type acked struct{ ok, bad []receipt }

func (b *book) Ack(_ context.Context, ok, bad []receipt) error {
	call := acked{slices.Clone(ok), slices.Clone(bad)}
	b.mu.Lock()
	b.calls = append(b.calls, call)
	if b.data == nil {
		b.data = make(map[int]int)
	}
	for _, r := range append(call.ok[:len(call.ok):len(call.ok)], call.bad...) {
		if data, ok := broadway.DataOf[int](r); ok {
			b.data[r.ID] = data
		}
	}
	when := b.when
	b.mu.Unlock()
	if when != nil {
		return when(call)
	}
	return nil
}

// message is one that this book hears of.
func (b *book) message(n int) message { return broadway.NewMessage(n, b, n) }

func (b *book) messages(numbers ...int) (all []message) {
	for _, n := range numbers {
		all = append(all, b.message(n))
	}
	return all
}

// source emits the numbers 1 to n, and ends.
func (b *book) source(n int) broadway.Source[int] {
	return broadway.FromSeq(func(yield func(message) bool) {
		for i := 1; i <= n; i++ {
			if !yield(b.message(i)) {
				return
			}
		}
	})
}

// each lists the calls as "ok 1 2 bad 3", in order.
func (b *book) each() (lines []string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, c := range b.calls {
		line := "ok " + fmt.Sprint(ids(c.ok)) + " bad " + fmt.Sprint(ids(c.bad))
		lines = append(lines, line)
	}
	return lines
}

func ids(receipts []receipt) []int {
	all := make([]int, 0, len(receipts))
	for _, r := range receipts {
		all = append(all, r.ID)
	}
	return all
}

// ok and bad are the numbers of the acknowledged messages, sorted.
func (b *book) ok() []int {
	return b.collect(func(c acked) []receipt { return c.ok })
}

func (b *book) bad() []int {
	return b.collect(func(c acked) []receipt { return c.bad })
}

func (b *book) collect(of func(acked) []receipt) []int {
	b.mu.Lock()
	defer b.mu.Unlock()
	all := []int{}
	for _, c := range b.calls {
		all = append(all, ids(of(c))...)
	}
	slices.Sort(all)
	return all
}

// receipts are all of them.
func (b *book) receipts() (all []receipt) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, c := range b.calls {
		all = append(append(all, c.ok...), c.bad...)
	}
	return all
}

// receipt is the only one of a number.
func (b *book) receipt(t testing.TB, n int) receipt {
	t.Helper()
	var found []receipt
	for _, r := range b.receipts() {
		if r.ID == n {
			found = append(found, r)
		}
	}
	require.Len(t, found, 1, "receipts of %d", n)
	return found[0]
}

// dataOf is the data of a message when it was acknowledged.
func (b *book) dataOf(n int) (data int, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	data, ok = b.data[n]
	return data, ok
}

// idle is a source that emits nothing: for what is pushed.
func idle() broadway.Source[int] {
	return broadway.FromMessages(func(int) (stage.DemandHandler[message], error) {
		return stage.ProducerFunc[message](func(*stage.Context[message], int) error { return nil }), nil
	})
}

// from is a producer of one source.
func from(s broadway.Source[int]) []broadway.Producer[int] {
	return []broadway.Producer[int]{{Source: s}}
}

// one is a single processor, which takes up to n messages at once.
func one(n int) broadway.Processors[int] {
	return broadway.Processors[int]{Concurrency: 1, MaxDemand: n, MinDemand: new(0)}
}

// pass hands every number on.
var pass = broadway.MessageFunc[int, int](func(_ context.Context, m *message) (int, error) { return m.Data, nil })

// through returns every batch.
var through = broadway.BatchFunc[int](func(_ context.Context, b *batch) ([]*message, error) { return b.Messages, nil })

// failing fails the numbers given.
func failing(err error, numbers ...int) broadway.MessageFunc[int, int] {
	return func(_ context.Context, m *message) (int, error) {
		if slices.Contains(numbers, m.Data) {
			return 0, err
		}
		return m.Data, nil
	}
}

// diary is what callbacks have written down.
type diary struct {
	mu    sync.Mutex
	lines []string
}

func (d *diary) note(format string, args ...any) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lines = append(d.lines, fmt.Sprintf(format, args...))
}

// take returns the lines since the last take.
func (d *diary) take() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	lines := d.lines
	d.lines = nil
	return lines
}

// stopwatch tells how long something took.
func stopwatch() func() time.Duration {
	began := time.Now()
	return func() time.Duration { return time.Since(began) }
}

// numbers are the data of a batch.
func numbers(b *batch) (data []int) {
	for _, n := range b.Data() {
		data = append(data, n)
	}
	return data
}

// steady waits for the same time before each attempt.
func steady(d time.Duration) supervisor.Backoff { return supervisor.Backoff{Initial: d, Max: d} }
