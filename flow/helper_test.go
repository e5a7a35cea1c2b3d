package flow_test

import (
	"context"
	"errors"
	"iter"
	"log/slog"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/flow"
	"github.com/stagecraft-go/stagecraft/internal/leak"
	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/stage"
)

var background = context.Background()

var errBoom = errors.New("boom")

// world is the process system of one test.
type world struct {
	testing.TB
	sys *process.System
	in  flow.RunOption
}

// inWorld runs a test in a bubble of synctest: time moves only when nothing
// else does, and what waits for ever fails the test. At the end no process, no
// goroutine and no callback may be left.
func inWorld(t *testing.T, test func(w *world)) {
	t.Helper()
	leak.Check(t)
	synctest.Test(t, func(t *testing.T) { test(newWorld(t, synctest.Wait)) })
}

// outside is a world of real time.
func outside(t testing.TB) *world {
	leak.Check(t)
	return newWorld(t, func() {})
}

// newWorld uses settle to let callbacks return whose stages were killed in
// them: until then a stage counts as abandoned.
func newWorld(t testing.TB, settle func()) *world {
	sys := process.NewSystem(process.WithLogger(slog.New(slog.DiscardHandler)))
	t.Cleanup(func() {
		settle()
		assert.Zero(t, sys.Count(), "processes left")
		ctx, cancel := context.WithTimeout(background, time.Minute)
		defer cancel()
		assert.NoError(t, sys.Shutdown(ctx))
		assert.Zero(t, sys.Abandoned(), "abandoned callbacks")
	})
	return &world{TB: t, sys: sys, in: flow.In(sys)}
}

// settle waits until nothing moves.
func (w *world) settle() { synctest.Wait() }

// collect runs a flow that must not fail.
func collect[T any](w *world, f flow.Flow[T]) []T {
	w.Helper()
	events, err := f.Collect(background, w.in)
	require.NoError(w, err)
	return events
}

// start starts a flow that must start.
func start[T any](w *world, f flow.Flow[T]) *flow.Job {
	w.Helper()
	job, err := f.Start(background, w.in)
	require.NoError(w, err)
	return job
}

// producer starts a producer of the test's own, which is stopped at its end.
func (w *world) producer(b stage.DemandHandler[int], opts ...stage.Option) *stage.Producer[int] {
	w.Helper()
	p, err := stage.StartProducer(background, b, append(opts, stage.In(w.sys))...)
	require.NoError(w, err)
	w.stopAtEnd(p)
	return p
}

func (w *world) stopAtEnd(s interface {
	Stop(context.Context, error) error
}) {
	w.Cleanup(func() { _ = s.Stop(background, nil) })
}

// one is a flow of the numbers 1 to last that is worked on by one stage.
func one(last int, opts ...flow.Option) flow.Flow[int] {
	return flow.FromSlice(upTo(1, last), append([]flow.Option{flow.Stages(1)}, opts...)...)
}

// upTo are the numbers from first to last.
func upTo(first, last int) (numbers []int) {
	for n := first; n <= last; n++ {
		numbers = append(numbers, n)
	}
	return numbers
}

// endless is a sequence of 1, 2, 3 and so on. It says when it was told to stop.
func endless(stopped *bool) iter.Seq[int] {
	return func(yield func(int) bool) {
		if stopped != nil {
			*stopped = false
		}
		for n := 1; yield(n); n++ {
		}
		if stopped != nil {
			*stopped = true
		}
	}
}

// list is a reduce to all events, in order.
func list(f flow.Flow[int]) flow.Reduced[[]int] {
	return flow.Reduce(f, func() []int { return nil }, func(l []int, event int) []int { return append(l, event) })
}

// The tests have few types of events and states: for each one the compiler makes
// all of a flow and of its stages, which takes more than a second.
type (
	entry  = flow.Pair[string, int]
	counts = map[string]int
)

func newCounts() counts { return make(counts) }

// sumsBy is a reduce to the sums of the events of each key.
func sumsBy(f flow.Flow[int], key func(int) string) flow.Reduced[counts] {
	return flow.Reduce(f, newCounts, func(sums counts, n int) counts {
		sums[key(n)] += n
		return sums
	})
}

// digit and parity are keys.
func digit(n int) string { return strconv.Itoa(n % 10) }

func parity(n int) string {
	if isEven(n) {
		return "even"
	}
	return "odd"
}

// sum is a reduce to the sum of all events.
func sum(f flow.Flow[int]) flow.Reduced[int] { return flow.Reduce(f, zero, add) }

func zero() int        { return 0 }
func add(a, b int) int { return a + b }
func same(n int) int   { return n }
func isEven(n int) bool {
	return n%2 == 0
}

// fired is what a trigger emits in tests: which one it was, and the state.
type fired struct {
	window  flow.WindowID
	trigger string
	events  []int
}

// firings tells what each trigger of a flow found in its window. Reset empties
// the window.
func firings(f flow.Flow[int], reset bool) flow.Flow[fired] {
	return flow.OnTrigger(list(f), func(events []int, by flow.Firing) ([]fired, []int) {
		found := []fired{{by.Window, by.Trigger, append([]int{}, events...)}}
		if reset {
			events = nil
		}
		return found, events
	})
}

// gate holds up whoever waits at it until it is opened.
type gate chan struct{}

func newGate() gate   { return make(gate) }
func (g gate) open()  { close(g) }
func (g gate) await() { <-g }

// counting is a producer of the numbers from 1 to last, and then of nothing.
type counting struct {
	next, last int
	demands    []int
}

func countingTo(last int) *counting { return &counting{next: 1, last: last} }

func (c *counting) HandleDemand(ctx *stage.Context[int], demand int) error {
	c.demands = append(c.demands, demand)
	for ; demand > 0 && c.next <= c.last; demand-- {
		ctx.Emit(c.next)
		c.next++
	}
	return nil
}
