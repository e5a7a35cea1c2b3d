package flow_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/stagecraft-go/stagecraft/flow"
)

func shuffled(last int) []int {
	items := upTo(1, last)
	rand.New(rand.NewPCG(1, 2)).Shuffle(last, func(i, j int) { items[i], items[j] = items[j], items[i] })
	return items
}

func ascending(a, b int) int { return a - b }

func TestTakeSort(t *testing.T) {
	for _, stages := range []int{1, 3} {
		for _, n := range []int{1, 10, 4000, 5000, 6000, math.MaxInt} {
			inWorld(t, func(w *world) {
				f := flow.FromSlice(shuffled(5000), flow.Stages(stages))
				assert.Equal(w, [][]int{upTo(1, min(n, 5000))}, collect(w, flow.TakeSort(f.Tap(func(int) {}), n, ascending)))
				f = flow.FromSlice(shuffled(500), flow.Stages(stages))
				assert.Equal(w, [][]int{upTo(1, min(n, 500))}, collect(w, flow.TakeSort(f, n, ascending)), "no operation before it")
			})
		}
	}
}

func TestTakeSortOfNothing(t *testing.T) {
	inWorld(t, func(w *world) {
		got := collect(w, flow.TakeSort(one(0).Shuffle(flow.Stages(3)), 3, ascending))
		assert.Len(w, got, 1)
		assert.Empty(w, got[0])
	})
}

func TestTakeSortOfWhatAReduceEmits(t *testing.T) {
	inWorld(t, func(w *world) {
		f := flow.PartitionBy(one(1000), digit, flow.Stages(3))
		firsts := flow.OnTrigger(flow.GroupBy(f, digit), func(groups map[string][]int, _ flow.Firing) (firsts []int, _ map[string][]int) {
			for _, group := range groups {
				firsts = append(firsts, group[0])
			}
			return firsts, groups
		})
		top := flow.TakeSort(firsts, 2, func(a, b int) int { return b - a })
		assert.Equal(w, [][]int{{10, 9}}, collect(w, top))
	})
}

func TestTakeSortKeepsTheOrderOfEqualEvents(t *testing.T) {
	inWorld(t, func(w *world) {
		f := flow.TakeSort(one(5000), 3000, func(a, b int) int { return a%2 - b%2 })
		got := collect(w, f)[0]
		assert.True(w, slices.IsSorted(got[:2500]))
		assert.Equal(w, 2, got[0])
		assert.Equal(w, []int{1, 3}, got[2500:2502])
	})
}

func TestTakeSortInWindows(t *testing.T) {
	inWorld(t, func(w *world) {
		f := flow.FromSlice([]int{5, 2, 4, 3, 1, 9, 7}, flow.Stages(1)).Window(flow.Count[int](3))
		assert.Equal(w, [][]int{{2, 4}, {1, 3}, {7}}, collect(w, flow.TakeSort(f, 2, ascending)))
	})
}

// A trigger before the end hands over what has come since the last one.
func TestTakeSortWithTriggers(t *testing.T) {
	inWorld(t, func(w *world) {
		f := flow.FromSlice([]int{5, 2, 4, 3, 1}, flow.Stages(1)).Window(flow.Global[int]().Every(2))
		assert.Equal(w, [][]int{{1, 2, 3, 4}}, collect(w, flow.TakeSort(f, 4, ascending)))
	})
}

func TestALayerBehindASort(t *testing.T) {
	inWorld(t, func(w *world) {
		top := flow.TakeSort(flow.FromSlice(shuffled(100), flow.Stages(3)), 3, ascending)
		assert.Equal(w, upTo(1, 3), collect(w, flow.FlatMap(top, slices.Values)))
	})
}

func TestTakeSortSaysItsWindow(t *testing.T) {
	inWorld(t, func(w *world) {
		f := times(true, 5, 2, 14, 13, 11).Window(tens())
		want := []flow.Sorted[int]{{Window: in10(0, "").window, Items: []int{2, 5}}, {Window: in10(10, "").window, Items: []int{11, 13}}}
		assert.Equal(w, want, collect(w, flow.TakeSortIn(f, 2, ascending)))
	})
}
