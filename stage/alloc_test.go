package stage_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/dispatcher"
	"github.com/stagecraft-go/stagecraft/internal/testworld"
	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/stage"
)

// An event on the hot path costs no allocation: what carries it is used again. (A
// list that is shared is copied for each who may change it.)
func TestEventsCostNoAllocation(t *testing.T) {
	if raceDetector {
		t.Skip("under it pools forget on purpose")
	}
	const events = 1_000_000
	for name, dispatch := range map[string]dispatcher.Factory[int]{
		"demand":    dispatcher.Demand[int](),
		"broadcast": dispatcher.Broadcast[int](),
		"partition": dispatcher.Partition(2, func(n int) int { return n % 2 }),
	} {
		t.Run(name, func(t *testing.T) {
			sys := process.NewSystem()
			opts := []stage.Option{stage.In(sys), stage.Recycle()}
			p, err := stage.FromSeq(background, slices.Values(upTo(1, events)), stage.In(sys),
				stage.Dispatch(dispatch), stage.Demand(stage.Accumulate))
			require.NoError(t, err)
			var ends []*stage.Consumer[int]
			for i := range 2 {
				from := stage.From(p, stage.Partition(i))
				pc, err := stage.StartProducerConsumer(background, stage.EventsFunc[int, int](passOn), from, opts...)
				require.NoError(t, err)
				c, err := stage.StartConsumer(background, stage.ConsumerFunc[int](ignore), stage.From(pc), opts...)
				require.NoError(t, err)
				ends = append(ends, c)
			}
			before := testworld.Mallocs()
			p.SetDemand(stage.Forward)
			for _, c := range ends {
				<-c.Done()
			}
			assert.Less(t, float64(testworld.Mallocs()-before)/events, 0.01)
			require.NoError(t, sys.Shutdown(background))
		})
	}
}

func ignore(*stage.Context[stage.None], []int, stage.Subscription) error { return nil }
