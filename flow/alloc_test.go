package flow_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

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
