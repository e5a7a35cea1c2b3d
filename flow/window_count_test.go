package flow_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/stagecraft-go/stagecraft/flow"
)

// counted is what Done finds in a count window.
func counted(n int64, events ...int) fired {
	return fired{flow.WindowID{Kind: flow.CountWindow, N: n}, flow.Done, append([]int{}, events...)}
}

func TestCountWindows(t *testing.T) {
	for last, want := range map[int][]fired{
		0: {counted(0)},
		2: {counted(0, 1, 2)},
		3: {counted(0, 1, 2, 3), counted(1)}, // the last one is empty
		4: {counted(0, 1, 2, 3), counted(1, 4)},
		6: {counted(0, 1, 2, 3), counted(1, 4, 5, 6), counted(2)},
		8: {counted(0, 1, 2, 3), counted(1, 4, 5, 6), counted(2, 7, 8)},
	} {
		for _, opts := range asks() {
			inWorld(t, func(w *world) {
				f := firings(one(last, opts...).Window(flow.Count[int](3)), false)
				assert.Equal(w, want, collect(w, f))
			})
		}
	}
}

func TestEachStageHasItsOwnCountWindows(t *testing.T) {
	inWorld(t, func(w *world) {
		parity := one(10).PartitionTo(func(n int) int { return n % 2 }, flow.Stages(2))
		f := firings(parity.Window(flow.Count[int](3)), false)
		assert.ElementsMatch(w, []fired{
			counted(0, 2, 4, 6), counted(1, 8, 10),
			counted(0, 1, 3, 5), counted(1, 7, 9),
		}, collect(w, f))
	})
}

func TestACountWindowCountsWhatComesIn(t *testing.T) {
	inWorld(t, func(w *world) {
		f := one(7).Window(flow.Count[int](4)).Filter(isEven)
		assert.Equal(w, []fired{counted(0, 2, 4), counted(1, 6)}, collect(w, firings(f, false)))
		doubled := flow.MapBatch(one(3), func(l []int) []int { return append(l, l...) }).Window(flow.Count[int](4))
		assert.Equal(w, []fired{counted(0, 1, 2, 3, 1), counted(1, 2, 3)}, collect(w, firings(doubled, false)))
	})
}

func TestOneEventEach(t *testing.T) {
	inWorld(t, func(w *world) {
		f := firings(one(2).Window(flow.Count[int](1)), false)
		assert.Equal(w, []fired{counted(0, 1), counted(1, 2), counted(2)}, collect(w, f))
	})
}

func TestTheStateOfAUniqIsThatOfItsWindow(t *testing.T) {
	inWorld(t, func(w *world) {
		f := flow.FromSlice([]int{1, 1, 2, 1, 2, 2}, flow.Stages(1)).Window(flow.Count[int](3))
		assert.Equal(w, []int{1, 2, 1, 2}, collect(w, flow.Uniq(f)))
	})
}
