package flow_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/stagecraft-go/stagecraft/flow"
)

// period is what a trigger finds in a periodic window.
func period(n int64, trigger string, events ...int) fired {
	return fired{flow.WindowID{Kind: flow.PeriodicWindow, N: n}, trigger, append([]int{}, events...)}
}

func TestPeriodicWindows(t *testing.T) {
	inWorld(t, func(w *world) {
		v := w.watching(1, flow.Periodic[int](10*time.Second))
		assert.Empty(w, v.send(0, 1, 2))
		assert.Empty(w, v.pass(9*time.Second))
		assert.Equal(w, []fired{period(0, flow.Done, 1, 2)}, v.pass(time.Second))
		assert.Empty(w, v.send(0, 3))
		assert.Equal(w, []fired{period(1, flow.Done, 3), period(2, flow.Done)}, v.pass(20*time.Second))
		assert.Empty(w, v.send(0, 4))
		assert.Equal(w, []fired{period(3, flow.Done, 4)}, v.end(0))
	})
}

func TestPeriodicallyFiresInAllWindows(t *testing.T) {
	inWorld(t, func(w *world) {
		v := w.watching(1, flow.Global[int]().Periodically(10*time.Second))
		const name = "every 10s"
		assert.Equal(w, []fired{globally(name)}, v.pass(10*time.Second))
		v.send(0, 1)
		assert.Equal(w, []fired{globally(name, 1)}, v.pass(10*time.Second))
		assert.Equal(w, []fired{globally(name, 1)}, v.pass(10*time.Second), "also without a new event")
		assert.Equal(w, []fired{globally(flow.Done, 1)}, v.end(0))
	})
	inWorld(t, func(w *world) {
		v := w.watching(2, tens().Periodically(time.Second))
		v.send(0, 25, 3)
		assert.Equal(w, []fired{in10(0, "every 1s", 3), in10(20, "every 1s", 25)}, v.pass(time.Second))
		v.send(1, 4)
		assert.Equal(w, []fired{in10(0, "every 1s", 3, 4), in10(20, "every 1s", 25)}, v.pass(time.Second))
		assert.Equal(w, []fired{in10(0, flow.Done, 3, 4), in10(20, flow.Done, 25)}, v.end(0, 1))
	})
}

func TestOnlyChanged(t *testing.T) {
	inWorld(t, func(w *world) {
		v := w.watching(2, tens().Periodically(time.Second).OnlyChanged())
		v.send(0, 25)
		v.send(1, 4)
		assert.Len(w, v.pass(time.Second), 2)
		assert.Empty(w, v.pass(time.Minute))
		v.send(1, 5)
		assert.Equal(w, []fired{in10(0, "every 1s", 4, 5)}, v.pass(time.Second))
		assert.Len(w, v.end(0, 1), 2, "Done fires all the same")
	})
}

func TestOnlyChangedBetweenCountWindows(t *testing.T) {
	inWorld(t, func(w *world) {
		v := w.watching(1, flow.Count[int](2).Periodically(time.Second).OnlyChanged())
		assert.Equal(w, []fired{counted(0, 1, 2)}, v.send(0, 1, 2))
		assert.Empty(w, v.pass(time.Minute), "the new window has had no event")
		v.send(0, 3)
		assert.Len(w, v.pass(time.Minute), 1)
		v.end(0)
	})
}

// An event that a filter drops changes a window all the same: windows are
// sorted before the operations.
func TestOnlyChangedCountsWhatComesIn(t *testing.T) {
	inWorld(t, func(w *world) {
		ch, fires := make(chan int), 0
		f := flow.FromChan(ch, flow.Stages(1)).Window(flow.Global[int]().Periodically(time.Second).OnlyChanged())
		job := start(w, flow.OnTrigger(sum(f.Filter(isEven)), func(n int, _ flow.Firing) ([]int, int) {
			fires++
			return nil, n
		}))
		ch <- 1
		time.Sleep(time.Second)
		w.settle()
		assert.Equal(w, 1, fires)
		must(job.Stop(background))
	})
}

func TestSeveralPeriods(t *testing.T) {
	inWorld(t, func(w *world) {
		v := w.watching(1, flow.Global[int]().Periodically(2*time.Second).Periodically(3*time.Second).Every(2))
		v.send(0, 7)
		triggers := func(fired []fired) (names []string) {
			for _, f := range fired {
				names = append(names, f.trigger)
			}
			return names
		}
		assert.Equal(w, []string{"every 2"}, triggers(v.send(0, 8)))
		assert.Equal(w, []string{"every 2s", "every 3s", "every 2s"}, triggers(v.pass(5*time.Second)))
		assert.ElementsMatch(w, []string{"every 2s", "every 3s"}, triggers(v.pass(time.Second)))
		assert.Equal(w, []string{"done"}, triggers(v.end(0)))
	})
}

// A timer of a stage that waits for its last events to be taken fires nothing.
func TestNothingFiresBehindDone(t *testing.T) {
	inWorld(t, func(w *world) {
		f := firings(one(3).Window(flow.Global[int]().Periodically(time.Second)), false)
		var got []fired
		for event, err := range f.Shuffle(flow.Stages(1)).Tap(func(fired) { time.Sleep(time.Minute) }).All(background, w.in) {
			assert.NoError(w, err)
			got = append(got, event)
		}
		assert.Equal(w, []fired{globally(flow.Done, 1, 2, 3)}, got)
	})
}
