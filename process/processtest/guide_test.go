package processtest_test

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/process/processtest"
	"github.com/stagecraft-go/stagecraft/stage"
)

// What follows is the code of docs/testing.md.

func TestGuideSystem(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		system := processtest.NewSystem(t)
		began := time.Now()
		numbers, err := stage.FromSeq(t.Context(), slices.Values([]int{1, 2, 3}), stage.In(system))
		require.NoError(t, err)
		slow := func(*stage.Context[stage.None], []int, stage.Subscription) error {
			time.Sleep(time.Minute)
			return nil
		}
		c, err := stage.StartConsumer(t.Context(), stage.ConsumerFunc[int](slow), stage.From(numbers, stage.MaxDemand(1)))
		require.NoError(t, err)
		<-c.Done()
		require.Equal(t, 3*time.Minute, time.Since(began), "one by one")
	})
}
