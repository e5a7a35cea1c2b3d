package flow_test

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/flow"
)

// visitor is an event with a key and a time in milliseconds, in one number: see
// visitBy.
type visitor = int

func visitBy(at, key int) visitor { return at<<3 | key }

func visitorKey(v visitor) int      { return v & 7 }
func visitorAt(v visitor) int       { return v >> 3 }
func visitedAt(v visitor) time.Time { return time.UnixMilli(int64(visitorAt(v))) }

// result says what one window of one key holds.
func result(start, key int, events []visitor) string {
	return fmt.Sprint(start, " of ", key, ": ", timesOf(events))
}

// disordered are events of which none is more than d behind a later one.
func disordered(rng *rand.Rand, n, keys, d int) (events []visitor) {
	base := rng.IntN(1000) - 500
	for range n {
		base += rng.IntN(8)
		if rng.IntN(20) == 0 {
			base += rng.IntN(200)
		}
		events = append(events, visitBy(base-rng.IntN(d+1), rng.IntN(keys)))
	}
	return events
}

// timesOf are those of a window, as the tests compare them.
func timesOf(events []visitor) string {
	times := []int{}
	for _, e := range events {
		times = append(times, visitorAt(e))
	}
	slices.Sort(times)
	return fmt.Sprint(times)
}

// inFixed is the sequential model of fixed windows.
func inFixed(events []visitor, length int) (results []string) {
	type window struct{ start, key int }
	windows := map[window][]visitor{}
	for _, e := range events {
		at := visitorAt(e)
		w := window{at - ((at%length)+length)%length, visitorKey(e)}
		windows[w] = append(windows[w], e)
	}
	for w, events := range windows {
		results = append(results, result(w.start, w.key, events))
	}
	slices.Sort(results)
	return results
}

// inSessions is that of sessions.
func inSessions(events []visitor, gap int) (results []string) {
	events = slices.SortedStableFunc(slices.Values(events), func(a, b visitor) int { return cmp.Or(visitorKey(a)-visitorKey(b), a-b) })
	for len(events) > 0 {
		n := 1
		for n < len(events) && visitorKey(events[n]) == visitorKey(events[0]) && visitorAt(events[n])-visitorAt(events[n-1]) <= gap {
			n++
		}
		results = append(results, result(visitorAt(events[0]), visitorKey(events[0]), events[:n]))
		events = events[n:]
	}
	slices.Sort(results)
	return results
}

// windowsOf collects what windows of a flow hold, by key.
func windowsOf(w *world, f flow.Flow[visitor], window flow.Window[visitor]) []string {
	groups := flow.GroupBy(f.Window(window), func(v visitor) string { return strconv.Itoa(visitorKey(v)) })
	results := collect(w, flow.OnTrigger(groups, func(groups map[string][]visitor, by flow.Firing) (all []string, _ map[string][]visitor) {
		for _, events := range groups {
			all = append(all, result(int(by.Window.Start().UnixMilli()), visitorKey(events[0]), events))
		}
		return all, groups
	}))
	slices.Sort(results)
	return results
}

// routes make random layers between a list and a window. The order of the list
// survives as long as one layer at most has several stages.
type routes struct {
	*rand.Rand
	stages int
}

func (r routes) demand() flow.Option {
	return flow.MaxDemand(1 + r.IntN([]int{2, 20, 1000}[r.IntN(3)]))
}

func (r routes) source(events []visitor, stages int) flow.Flow[visitor] {
	return flow.FromSlice(events, flow.Stages(stages), r.demand())
}

// inOrder has one layer of several stages, and maybe others of one.
func (r routes) inOrder(events []visitor) flow.Flow[visitor] {
	same := func(v visitor) visitor { return v }
	switch r.IntN(4) {
	case 0:
		return r.source(events, r.stages)
	case 1:
		return flow.Map(r.source(events, r.stages), same)
	case 2:
		f := flow.Map(flow.Map(r.source(events, 1), same).Shuffle(flow.Stages(1), r.demand()), same)
		return flow.Map(f.Shuffle(flow.Stages(r.stages), r.demand()), same)
	}
	// Two sources, each of which is in order.
	var odd, even []visitor
	for i, e := range events {
		if i%2 == 0 {
			even = append(even, e)
		} else {
			odd = append(odd, e)
		}
	}
	return flow.Union(r.source(odd, 1), flow.Map(r.source(even, r.stages), same))
}

// mixed has two layers of several stages.
func (r routes) mixed(events []visitor) flow.Flow[visitor] {
	same := func(v visitor) visitor { return v }
	f := flow.Map(r.source(events, r.stages), same)
	return flow.Map(f.Shuffle(flow.Stages(r.stages), r.demand()), same)
}

// TestOutOfOrderLosesNothing compares windows over disordered events with a
// plain model.
func TestOutOfOrderLosesNothing(t *testing.T) {
	programs := uint64(150)
	if raceDetector || testing.Short() {
		programs = 30
	}
	for _, stages := range []int{1, 2, 3, 8} {
		t.Run(fmt.Sprint(stages, " stages"), func(t *testing.T) {
			w := outside(t)
			for seed := range programs {
				rng := rand.New(rand.NewPCG(seed, uint64(stages)))
				disorder, size := rng.IntN(300), 1+rng.IntN(200)
				events := disordered(rng, rng.IntN(600), 1+rng.IntN(5), disorder)
				r := routes{rng, stages}
				allowed := time.Duration(max(disorder, 1)) * ms
				f := r.inOrder(events)
				if rng.IntN(3) == 0 {
					f, allowed = r.mixed(events), time.Hour
				}
				f = flow.PartitionBy(f, visitorKey, flow.Stages(stages), r.demand())
				var late atomic.Int64
				fixed := flow.Fixed(time.Duration(size)*ms, visitedAt).OutOfOrder(allowed).CountLate(&late)
				require.Equal(t, inFixed(events, size), windowsOf(w, f, fixed), "seed %d", seed)
				sessions := flow.Session(time.Duration(size)*ms, visitedAt, visitorKey).OutOfOrder(allowed).CountLate(&late)
				require.Equal(t, inSessions(events, size), windowsOf(w, f, sessions), "seed %d", seed)
				require.Zero(t, late.Load(), "seed %d", seed)
			}
		})
	}
}

// Events in order need no OutOfOrder, whatever the lists and stages.
func TestEventsInOrderAreNotLate(t *testing.T) {
	w := outside(t)
	rounds := 5
	if raceDetector {
		rounds = 2
	}
	for _, stages := range []int{1, 2, 8} {
		events := make([]visitor, 20_000)
		for i := range events {
			events[i] = visitBy(50*i, 0)
		}
		r := routes{rand.New(rand.NewPCG(1, 2)), stages}
		for range rounds {
			f := flow.PartitionBy(r.inOrder(events), visitorKey, flow.Stages(stages), r.demand())
			assert.Len(t, windowsOf(w, f, flow.Session(60*ms, visitedAt, visitorKey)), 1)
			assert.Equal(t, inFixed(events, 1000), windowsOf(w, f, flow.Fixed(time.Second, visitedAt)))
		}
	}
}

func TestOutOfOrderHoldsWindowsOpen(t *testing.T) {
	inWorld(t, func(w *world) {
		v := w.watching(1, tens().OutOfOrder(5*ms))
		assert.Empty(w, v.send(0, 1, 12, 7, 14, 9))
		assert.Equal(w, []fired{in10(0, flow.Done, 1, 7, 9)}, v.send(0, 15))
		assert.Equal(w, []fired{in10(10, flow.Done, 12, 14, 15)}, v.send(0, 33))
		assert.Equal(w, []fired{in10(30, flow.Done, 33)}, v.end(0))
	})
	inWorld(t, func(w *world) {
		v := w.watching(1, visits().OutOfOrder(6*ms))
		assert.Empty(w, v.send(0, 1, 17, 11), "11 is the bridge")
		assert.Equal(w, []fired{visit(1, 1, 11, 17)}, v.send(0, 34))
		assert.Equal(w, []fired{visit(34, 34)}, v.end(0))
	})
}

func TestOutOfOrderWithGaps(t *testing.T) {
	inWorld(t, func(w *world) {
		v := w.watching(1, tens().OutOfOrder(25*ms).WithGaps())
		assert.Empty(w, v.send(0, 31, 12))
		assert.Equal(w, []fired{in10(10, flow.Done, 12), in10(20, flow.Done)}, v.send(0, 55))
		assert.Equal(w, []fired{in10(30, flow.Done, 31), in10(40, flow.Done), in10(50, flow.Done, 55)}, v.end(0))
	})
}
