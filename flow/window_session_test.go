package flow_test

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/stagecraft-go/stagecraft/flow"
)

// visits are sessions with a gap of 10 ms, with one key for even and another
// one for odd times.
func visits() flow.Window[int] {
	return flow.Session(10*ms, at, func(n int) string {
		if isEven(n) {
			return "even"
		}
		return "odd"
	})
}

// visit is what a trigger finds in a session that began at a time.
func visit(start int, events ...int) fired {
	key := "even"
	if start%2 != 0 {
		key = "odd"
	}
	return fired{flow.WindowID{Kind: flow.SessionWindow, N: int64(start) * 1000, Key: key}, flow.Done, append([]int{}, events...)}
}

func TestSessions(t *testing.T) {
	for _, single := range []bool{false, true} {
		inWorld(t, func(w *world) {
			f := firings(times(single, 1, 2, 5, 12, 15, 26, 28, 40).Window(visits()), false)
			assert.Equal(w, []fired{visit(2, 2, 12), visit(1, 1, 5, 15), visit(26, 26, 28), visit(40, 40)}, collect(w, f))
		})
	}
}

func TestASessionEndsWhenTimeHasPassedItsGap(t *testing.T) {
	inWorld(t, func(w *world) {
		v := w.watching(1, visits())
		assert.Empty(w, v.send(0, 1, 11), "a gap of exactly 10")
		assert.Empty(w, v.send(0, 21), "it grows")
		assert.Empty(w, v.send(0, 30), "of another key")
		assert.Empty(w, v.send(0, 31))
		assert.Empty(w, v.send(0, 40, 41), "no gap is longer than 10 yet")
		assert.Equal(w, []fired{visit(30, 30, 40), visit(1, 1, 11, 21, 31, 41)}, v.send(0, 53), "53 is odd, and begins a new one")
		assert.Equal(w, []fired{visit(53, 53)}, v.end(0))
	})
}

func TestLateEventsOfSessions(t *testing.T) {
	inWorld(t, func(w *world) {
		var count atomic.Int64
		var late []int
		v := w.watching(1, visits().CountLate(&count).OnLate(func(n int) { late = append(late, n) }))
		assert.Equal(w, []fired{visit(1, 1)}, v.send(0, 1, 30))
		assert.Empty(w, v.send(0, 3))
		assert.Equal(w, []int{3}, late)
		assert.EqualValues(w, 1, count.Load())
		assert.Empty(w, v.send(0, 21), "late, but its session would still be open")
		assert.Empty(w, v.send(0, 22), "it joins the open one from before")
		assert.Equal(w, []int{3}, late)
		assert.Equal(w, []fired{visit(21, 21), visit(22, 22, 30)}, v.end(0))
	})
}

func TestTheSlowestProducerHoldsSessionsOpen(t *testing.T) {
	inWorld(t, func(w *world) {
		v := w.watching(2, visits().IdleTimeout(time.Minute))
		assert.Empty(w, v.send(0, 1, 51))
		assert.Empty(w, v.send(1, 5))
		assert.Equal(w, []fired{visit(1, 1, 5)}, v.send(1, 19))
		v.send(0, 53)
		v.pass(61 * time.Second)
		v.send(0, 55)
		assert.Equal(w, []fired{visit(19, 19)}, v.pass(time.Minute), "the second one is idle")
		assert.Equal(w, []fired{visit(51, 51, 53, 55)}, v.end(0, 1))
	})
}

func TestSessionsThatGrowEndInOrder(t *testing.T) {
	inWorld(t, func(w *world) {
		v := w.watching(2, visits())
		v.send(0, 1, 4, 9, 17, 25)
		assert.Equal(w, []fired{visit(4, 4), visit(1, 1, 9, 17, 25)}, v.end(0, 1), "that of 1 has ended later")
	})
}

func TestEachStageHasItsOwnSessions(t *testing.T) {
	inWorld(t, func(w *world) {
		f := flow.PartitionBy(times(false, 1, 2, 5, 6, 30, 31), isEven, flow.Stages(2)).Window(visits())
		assert.ElementsMatch(w, []fired{visit(1, 1, 5), visit(2, 2, 6), visit(30, 30), visit(31, 31)}, collect(w, firings(f, false)))
	})
}

func TestManySessions(t *testing.T) {
	inWorld(t, func(w *world) {
		const users, visitsEach = 2_000, 10
		var events []int
		for visit := range visitsEach {
			for user := range users {
				events = append(events, visit*1_000_000+user)
			}
		}
		window := flow.Session(time.Second, at, func(n int) string { return fmt.Sprint(n % 1_000_000) })
		fires := 0
		f := flow.OnTrigger(list(times(false, events...).Window(window)), func(l []int, _ flow.Firing) ([]int, []int) {
			fires++
			assert.Len(w, l, 1)
			return nil, l
		})
		assert.NoError(w, f.Run(background, w.in))
		assert.Equal(w, users*visitsEach, fires)
	})
}

// Sessions do not depend on the order in which their events come.
func TestAnEventBetweenSessionsMergesThem(t *testing.T) {
	inWorld(t, func(w *world) {
		window := flow.Session(60*ms, at, func(int) string { return "even" }).OutOfOrder(time.Second)
		for _, events := range [][]int{{100, 0, 50}, {0, 100, 50}, {50, 100, 0}, {100, 50, 0}} {
			for _, single := range []bool{true, false} {
				got := collect(w, firings(times(single, events...).Window(window), false))
				assert.Equal(w, []fired{visit(0, 0, 50, 100)}, got, events)
			}
		}
		got := collect(w, firings(times(true, 300, 301, 302, 100, 0, 50, 200, 250, 150, 500).Window(window), false))
		assert.Equal(w, []fired{visit(0, 0, 50, 100, 150, 200, 250, 300, 301, 302), visit(500, 500)}, got)
	})
}

// Triggers fire while the events of a session that is over go through.
func TestTriggersOfSessions(t *testing.T) {
	inWorld(t, func(w *world) {
		v := w.watching(1, visits().Every(2))
		assert.Empty(w, v.send(0, 2, 8, 4))
		every := visit(2, 2, 4)
		every.trigger = flow.TriggerEvery(2)
		assert.Equal(w, []fired{every, visit(2, 2, 4, 8)}, v.send(0, 20))
		assert.Equal(w, []fired{visit(20, 20)}, v.end(0))
	})
}

func TestSessionsHaveNoPeriodicTrigger(t *testing.T) {
	w := outside(t)
	err := times(true).Window(visits().Periodically(time.Second)).Run(background, w.in)
	assert.ErrorContains(t, err, "Periodically of a session window")
}

// Keys that look the same are not.
func TestSessionsOfKeysWithTheSameText(t *testing.T) {
	inWorld(t, func(w *world) {
		window := flow.Session(60*ms, at, func(n int) any {
			if isEven(n) {
				return 1
			}
			return "1"
		})
		f := times(true, 2, 3, 4).PartitionTo(func(n int) int { return n / 4 }, flow.Stages(2)).Window(window)
		got := collect(w, merge(flow.Items(list(f))))
		assert.Len(w, got, 3)
		ids := map[flow.WindowID]bool{}
		for _, m := range got {
			ids[m.window] = true
			assert.Equal(w, "1", m.window.Key)
		}
		assert.Len(w, ids, 3)
		f = times(true, 2, 2, 3).PartitionTo(first, flow.Stages(1)).Window(window)
		assert.Len(w, collect(w, merge(flow.Items(list(f)))), 2)
	})
}

// One key with many open sessions is no burden.
func TestManySessionsOfOneKey(t *testing.T) {
	w := outside(t)
	const sessions = 30_000
	for _, step := range []int{100, -100} {
		events := make([]int, sessions)
		for i := range events {
			events[i] = i * step
		}
		window := flow.Session(10*ms, at, func(int) int { return 0 }).OutOfOrder(10_000 * time.Hour)
		counts := flow.Reduce(times(false, events...).Window(window), zero, func(n, _ int) int { return n + 1 })
		assert.Len(t, collect(w, counts.State()), sessions)
	}
}
