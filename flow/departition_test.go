package flow_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/flow"
)

// merged is the result of a window that was departitioned, without a trigger.
type merged = fired

// merge departitions to the lists of events of each window.
func merge(f flow.Flow[int], opts ...flow.Option) flow.Flow[merged] {
	return flow.Departition(f, func() []int { return nil }, func(l []int, n int) []int { return append(l, n) },
		func(l []int, id flow.WindowID) merged { return merged{window: id, events: l} }, opts...)
}

func TestDepartition(t *testing.T) {
	for _, stages := range []int{1, 2, 5} {
		inWorld(t, func(w *world) {
			sums := sum(one(1000).PartitionTo(func(n int) int { return n % stages }, flow.Stages(stages))).State()
			total := flow.Departition(sums, zero, add, func(n int, id flow.WindowID) int {
				assert.Equal(w, flow.WindowID{}, id)
				return n
			})
			assert.Equal(w, []int{500500}, collect(w, total))
		})
	}
}

func first(int) int { return 0 }

// However many events a stage emits when a window is done, they are of one
// window.
func TestDepartitionOfSeveralAndNoEvents(t *testing.T) {
	inWorld(t, func(w *world) {
		several := collect(w, merge(flow.Items(list(one(3)))))
		assert.Equal(w, []merged{{events: []int{1, 2, 3}}}, several)
		none := collect(w, merge(sum(one(3).PartitionTo(first, flow.Stages(2))).Nothing()))
		assert.Equal(w, []merged{{}}, none)
		some := collect(w, merge(flow.Items(list(one(3).PartitionTo(first, flow.Stages(2))))))
		assert.Equal(w, []merged{{events: []int{1, 2, 3}}}, some, "one of two stages has nothing to say")
	})
}

func TestDepartitionOfTriggers(t *testing.T) {
	inWorld(t, func(w *world) {
		f := flow.OnTrigger(sum(one(5).Window(flow.Global[int]().Every(2))), func(n int, _ flow.Firing) ([]int, int) {
			return []int{n}, 0
		})
		assert.Equal(w, []merged{{events: []int{3, 7, 5}}}, collect(w, merge(f)))
	})
}

func TestDepartitionOfCountWindows(t *testing.T) {
	inWorld(t, func(w *world) {
		f := one(7).PartitionTo(func(n int) int { return min(n/4, 1) }, flow.Stages(2)).Window(flow.Count[int](2))
		got := collect(w, merge(flow.Items(list(f))))
		require.Len(w, got, 3)
		assert.EqualValues(w, 0, got[0].window.N)
		assert.ElementsMatch(w, []int{1, 2, 4, 5}, got[0].events)
		assert.ElementsMatch(w, []int{3, 6, 7}, got[1].events)
		assert.Equal(w, merged{window: flow.WindowID{Kind: flow.CountWindow, N: 2}}, got[2])
	})
}

// The end of the input completes what one stage has, and another has not. No
// window is over before.
func TestIncompleteWindowsComeInOrder(t *testing.T) {
	inWorld(t, func(w *world) {
		f := times(false, 41, 1, 11, 21, 31, 51).PartitionTo(func(n int) int { return n / 10 % 2 }, flow.Stages(2)).Window(tens().OutOfOrder(time.Hour))
		var got []int64
		for _, m := range collect(w, merge(flow.Items(list(f)))) {
			got = append(got, m.window.N)
		}
		assert.Equal(w, []int64{0, 10_000, 20_000, 30_000, 40_000, 50_000}, got)
	})
}

// What a stage emits on the way belongs to the window of the event.
func TestWhatIsEmittedOnTheWayBelongsToItsWindow(t *testing.T) {
	inWorld(t, func(w *world) {
		f := flow.EmitAndReduce(times(false, 1, 11, 2, 12, 21).Window(tens()), zero, func(n, event int, emit func(int)) int {
			emit(event)
			return n + event
		}).OnTrigger(func(n int, _ flow.Firing) ([]int, int) { return []int{n}, n })
		assert.Equal(w, []merged{
			in10(0, "", 1, 2, 3),
			in10(10, "", 11, 12, 23),
			in10(20, "", 21, 21),
		}, collect(w, merge(f)))
	})
}

func TestADepartitionCanHaveAWindow(t *testing.T) {
	inWorld(t, func(w *world) {
		f := merge(flow.Items(list(one(6).Window(flow.Count[int](2))))) // windows 0 to 3, the last one is empty
		sizes := flow.Map(f.Window(flow.Count[merged](3)), func(m merged) int { return len(m.events) })
		assert.Equal(w, []fired{counted(0, 2, 2, 2), counted(1, 0)}, collect(w, firings(sizes, false)))
		batches := flow.MapBatch(merge(flow.Items(list(one(6)))), func(l []merged) []int { return l[0].events })
		assert.Equal(w, upTo(1, 6), collect(w, batches))
	})
}

// An endless flow gets the windows as time passes them, also those that only
// some of the stages have seen.
func TestDepartitionOfSparseWindows(t *testing.T) {
	for name, window := range map[string]flow.Window[int]{
		"fixed":   flow.Fixed(10*ms, at),
		"session": flow.Session(5*ms, at, func(n int) int { return n / 10 }),
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				ch := make(chan int)
				var got [][]int
				f := flow.FromChan(ch).PartitionTo(func(n int) int { return n / 10 % 2 }, flow.Stages(2)).Window(window)
				job := start(w, merge(flow.Items(list(f))).Tap(func(m merged) { got = append(got, m.events) }))
				for n := 1; n <= 51; n += 10 {
					ch <- n
					w.settle()
				}
				assert.Equal(w, [][]int{{1}, {11}, {21}, {31}}, got, "41 is where the slower stage is")
				must(job.Stop(background))
			})
		})
	}
}

func TestDepartitionInTime(t *testing.T) {
	inWorld(t, func(w *world) {
		ch := make(chan int)
		var got []int
		f := flow.FromChan(ch).PartitionTo(func(n int) int { return n % 2 }, flow.Stages(2)).Window(flow.Periodic[int](time.Second))
		job := start(w, merge(flow.Items(list(f))).Tap(func(m merged) { got = append(got, len(m.events)) }))
		ch <- 1
		ch <- 2
		ch <- 3
		time.Sleep(2 * time.Second)
		w.settle()
		assert.Equal(w, []int{3, 0}, got)
		must(job.Stop(background))
	})
}

// Many windows that wait for late events are no burden to what is behind them.
func TestDepartitionOfManyOpenWindows(t *testing.T) {
	w := outside(t)
	const windows = 30_000
	events := make([]int, windows)
	for i := range events {
		events[i] = 10 * i
	}
	f := flow.FromSlice(events, flow.Stages(2), flow.MaxDemand(2)).Window(tens().AllowLateness(time.Hour))
	assert.Len(t, collect(w, merge(flow.Items(list(f)))), windows)
}
