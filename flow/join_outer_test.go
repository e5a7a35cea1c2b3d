package flow_test

import (
	"iter"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/flow"
)

// What a join forgets at a trigger has no partner, and comes out as such.
func TestAJoinThatForgetsLosesNoOuterRows(t *testing.T) {
	inWorld(t, func(w *world) {
		every := flow.Global[flow.Row[int, int]]().Every(2)
		f := flow.WindowJoin(flow.LeftOuter, one(5), one(0), every, same, same, flow.Stages(1), flow.ForgetOnTrigger())
		var got []int
		for _, row := range collect(w, f) {
			assert.False(w, row.HasRight)
			got = append(got, row.Left)
		}
		assert.Equal(w, upTo(1, 5), slices.Sorted(slices.Values(got)))
	})
}

// The pairs of a key, and what a step emits, may be many more than are asked
// for: they are not all held.
func TestManyEventsOfOneAreNotHeld(t *testing.T) {
	const many = 4000 // their pairs take 640 MB
	pairs := flow.Join(flow.Inner, one(many), one(many), func(int) int { return 0 }, func(int) int { return 0 }, flow.Stages(1))
	numbers := flow.EmitAndReduce(one(1000), zero, func(state, n int, emit func(int)) int {
		for range 20_000 {
			emit(n)
		}
		return state
	}).Nothing()
	w := outside(t)
	assert.Less(w, held(w, flow.Map(pairs, left).All(background, w.in)), 16<<20)
	assert.Less(w, held(w, numbers.All(background, w.in)), 16<<20)
}

// held is the memory that is taken when a loop has seen some events.
func held(w *world, events iter.Seq2[int, error]) int {
	before, seen := heapInUse(), 0
	for _, err := range events {
		require.NoError(w, err)
		if seen++; seen == 100_000 {
			return heapInUse() - before
		}
	}
	require.Fail(w, "the flow has ended")
	return 0
}
