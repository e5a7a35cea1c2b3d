package flow_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/dispatcher"
	"github.com/stagecraft-go/stagecraft/flow"
	"github.com/stagecraft-go/stagecraft/internal/testworld"
)

// An event costs no allocation on its way through the stages of a flow.
func TestEventsCostNoAllocation(t *testing.T) {
	if raceDetector {
		t.Skip("under it pools forget on purpose")
	}
	const events = 1_000_000
	numbers := upTo(1, events)
	double := func(n int) int { return 2 * n }
	for name, f := range map[string]flow.Flow[int]{
		"a layer":    flow.Map(flow.FromSlice(numbers), double).Filter(isEven),
		"yielded":    flow.FlatMapYield(flow.FromSlice(numbers), func(n int, yield func(int) bool) { yield(2 * n) }),
		"two layers": flow.Partition(flow.Map(flow.FromSlice(numbers), double)).Filter(isEven),
	} {
		t.Run(name, func(t *testing.T) {
			w := outside(t)
			before := testworld.Mallocs()
			sums, err := flow.Reduce(f, func() int { return 0 }, add).State().Collect(background, w.in)
			allocated := testworld.Mallocs() - before
			require.NoError(t, err)
			sum := 0
			for _, part := range sums {
				sum += part
			}
			assert.Equal(t, events*(events+1), sum)
			assert.Less(t, float64(allocated)/events, 0.01)
		})
	}
}

// The lists of a broadcast are not copied for the stages of a layer, which only
// read them.
func TestABroadcastIsNotCopied(t *testing.T) {
	if raceDetector {
		t.Skip("under it pools forget on purpose")
	}
	const events, stages = 1_000_000, 2
	w := outside(t)
	numbers := flow.FromSeq(slices.Values(upTo(1, events)))
	all := numbers.Merge(dispatcher.Broadcast[int](), flow.Stages(stages))
	before := testworld.Allocated()
	counts, err := flow.Reduce(all, func() int { return 0 }, func(n, _ int) int { return n + 1 }).State().Collect(background, w.in)
	allocated := testworld.Allocated() - before
	require.NoError(t, err)
	assert.Equal(t, []int{events, events}, counts)
	assert.Less(t, float64(allocated)/events, 4., "bytes for each; a copy would be 16")
}
