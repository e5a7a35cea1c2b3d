package flow_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/stagecraft-go/stagecraft/flow"
)

// places tells in which stage of a layer each event is.
func places(f flow.Flow[int]) flow.Flow[flow.Pair[int, []int]] {
	return flow.OnTrigger(list(f), func(l []int, by flow.Firing) ([]flow.Pair[int, []int], []int) {
		return []flow.Pair[int, []int]{{Key: by.Index, Value: append([]int{}, l...)}}, l
	})
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
			for _, p := range collect(w, places(f)) {
				assert.NotEmpty(w, p.Value, "%s: 300 values are spread", name)
				for _, n := range p.Value {
					stage, seen := home[n]
					assert.True(w, !seen || stage == p.Key, "%s: %d is in two stages", name, n)
					home[n] = p.Key
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
		for _, p := range collect(w, places(f)) {
			for _, n := range p.Value {
				stage, seen := home[n%7]
				assert.True(w, !seen || stage == p.Key)
				home[n%7] = p.Key
			}
		}
		assert.Len(w, home, 7)
	})
}

func TestYouChooseTheStage(t *testing.T) {
	inWorld(t, func(w *world) {
		f := one(9).PartitionTo(func(n int) int { return n % 3 }, flow.Stages(3))
		assert.ElementsMatch(w, []flow.Pair[int, []int]{
			{Key: 0, Value: []int{3, 6, 9}}, {Key: 1, Value: []int{1, 4, 7}}, {Key: 2, Value: []int{2, 5, 8}},
		}, collect(w, places(f)))
	})
}

func TestYouChooseTheStageAndTheEvent(t *testing.T) {
	inWorld(t, func(w *world) {
		f := one(9).PartitionKeep(func(n int) (int, int, bool) { return -n, n % 3, n%3 != 2 }, flow.Stages(3))
		assert.ElementsMatch(w, []flow.Pair[int, []int]{
			{Key: 0, Value: []int{-3, -6, -9}}, {Key: 1, Value: []int{-1, -4, -7}}, {Key: 2, Value: []int{}},
		}, collect(w, places(f)))
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
