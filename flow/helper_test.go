package flow_test

import (
	"context"
	"errors"
	"iter"
	"strconv"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/flow"
	"github.com/stagecraft-go/stagecraft/internal/testworld"
	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/stage"
)

var background = context.Background()

// What the tests of other packages have as well.
type gate = testworld.Gate

var (
	newGate = testworld.NewGate
	upTo    = testworld.UpTo
)

const raceDetector = testworld.Race

var errBoom = errors.New("boom")

// world is that of one test.
type world struct {
	*testworld.World
	sys *process.System
	in  flow.RunOption
}

// inWorld runs a test in a bubble of synctest: time moves only when nothing else
// does, and what waits for ever fails the test. At the end no process, no
// goroutine and no callback may be left.
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
	// A flow that has ended has left nothing, not even for a moment.
	w.Cleanup(func() { assert.Zero(w, w.System.Count(), "processes left") })
	return &world{w, w.System, flow.In(w.System)}
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
