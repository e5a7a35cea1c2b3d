package flow_test

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/stagecraft-go/stagecraft/flow"
)

// places runs a flow and tells which events are in which stage of its last
// layer.
func places(w *world, f flow.Flow[int]) map[int][]int {
	w.Helper()
	var mu sync.Mutex
	places := make(map[int][]int)
	collect(w, flow.OnTrigger(list(f), func(l []int, by flow.Firing) ([]int, []int) {
		mu.Lock()
		defer mu.Unlock()
		places[by.Index] = append([]int{}, l...)
		return nil, l
	}))
	return places
}

func TestEqualEventsMeet(t *testing.T) {
	inWorld(t, func(w *world) {
		var items []int
		for range 5 {
			items = append(items, upTo(1, 300)...)
		}
		for name, f := range map[string]flow.Flow[int]{
			"one source":  flow.Partition(flow.FromSlice(items), flow.Stages(4)),
			"many before": flow.Partition(flow.FromSlice(items, flow.Stages(3)).Filter(func(int) bool { return true }), flow.Stages(4)),
			"two sources": flow.Partition(flow.Union(flow.FromSlice(items), flow.FromSlice(items)), flow.Stages(4)),
		} {
			home := make(map[int]int)
			for i, events := range places(w, f) {
				assert.NotEmpty(w, events, "%s: 300 values are spread", name)
				for _, n := range events {
					stage, seen := home[n]
					assert.True(w, !seen || stage == i, "%s: %d is in two stages", name, n)
					home[n] = i
				}
			}
			assert.Len(w, home, 300)
		}
	})
}

func TestEventsOfOneKeyMeet(t *testing.T) {
	inWorld(t, func(w *world) {
		f := flow.PartitionBy(one(1000), func(n int) int { return n % 7 }, flow.Stages(3))
		home := make(map[int]int)
		for i, events := range places(w, f) {
			for _, n := range events {
				stage, seen := home[n%7]
				assert.True(w, !seen || stage == i)
				home[n%7] = i
			}
		}
		assert.Len(w, home, 7)
	})
}

func TestYouChooseTheStage(t *testing.T) {
	inWorld(t, func(w *world) {
		f := one(9).PartitionTo(func(n int) int { return n % 3 }, flow.Stages(3))
		assert.Equal(w, map[int][]int{0: {3, 6, 9}, 1: {1, 4, 7}, 2: {2, 5, 8}}, places(w, f))
	})
}

func TestYouChooseTheStageAndTheEvent(t *testing.T) {
	inWorld(t, func(w *world) {
		f := one(9).PartitionKeep(func(n int) (int, int, bool) { return -n, n % 3, n%3 != 2 }, flow.Stages(3))
		assert.Equal(w, map[int][]int{0: {-3, -6, -9}, 1: {-1, -4, -7}, 2: {}}, places(w, f))
	})
}

// What is dropped must not use up the demand: the flow would stand still.
func TestDroppingNearlyAll(t *testing.T) {
	inWorld(t, func(w *world) {
		f := one(20_000).PartitionKeep(func(n int) (int, int, bool) { return n, 0, n%5000 == 0 }, flow.Stages(2), flow.MaxDemand(4))
		assert.Equal(w, []int{5000, 10_000, 15_000, 20_000}, collect(w, f.Tap(func(int) {})))
	})
}

func TestOneStageIsNotAskedFor(t *testing.T) {
	inWorld(t, func(w *world) {
		no := func(int) int { w.Error("called for one stage"); return 7 }
		assert.Equal(w, upTo(1, 5), collect(w, one(5).PartitionTo(no, flow.Stages(1))))
		assert.Equal(w, upTo(1, 5), collect(w, flow.PartitionBy(one(5), no, flow.Stages(1))))
	})
}

// An event that is dropped is dropped with one stage as with several.
func TestDroppingWithOneStage(t *testing.T) {
	inWorld(t, func(w *world) {
		for _, stages := range []int{1, 2} {
			f := one(5).PartitionKeep(func(n int) (int, int, bool) { return -n, 0, isEven(n) }, flow.Stages(stages))
			assert.Equal(w, []int{-2, -4}, collect(w, f.Tap(func(int) {})), "%d stages", stages)
		}
	})
}
