package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/examples/internal/program"
	"github.com/stagecraft-go/stagecraft/internal/leak"
	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/stage"
)

func TestRunPrintsWhatTheReadmeSays(t *testing.T) {
	leak.Check(t)
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		began := time.Now()
		require.NoError(t, run(t.Context(), &out))
		require.Equal(t, time.Second, time.Since(began))
		readme, err := os.ReadFile("README.md")
		require.NoError(t, err)
		require.Contains(t, string(readme), "```\n"+out.String()+"```\n")
	})
}

func TestInterrupted(t *testing.T) {
	leak.Check(t)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	require.ErrorIs(t, run(ctx, io.Discard), context.Canceled)
}

// hesitant is a producer that emits when it is told to.
type hesitant struct{ asked int }

func (h *hesitant) HandleDemand(_ *stage.Context[int], demand int) error {
	h.asked += demand
	return nil
}

// HandleCall emits n events, and says how many it was asked for so far.
func (h *hesitant) HandleCall(ctx *stage.Context[int], n int, _ stage.Caller[int]) (int, error) {
	for range n {
		ctx.Emit(n)
	}
	return h.asked, nil
}

func inSystem(t *testing.T, test func(t *testing.T, system *process.System)) {
	leak.Check(t)
	synctest.Test(t, func(t *testing.T) {
		system, shutdown := program.NewSystem()
		defer shutdown()
		test(t, system)
	})
}

func ignore([]int, stage.Subscription) error { return nil }

// TestASlowProducerSavesNothingUp: what it did not send is not asked for again.
func TestASlowProducerSavesNothingUp(t *testing.T) {
	inSystem(t, func(t *testing.T, system *process.System) {
		p, err := stage.StartProducer(t.Context(), &hesitant{}, stage.In(system))
		require.NoError(t, err)
		_, err = stage.StartConsumer(t.Context(), &limiter[int]{handle: ignore}, from(p, 10, time.Minute), stage.In(system))
		require.NoError(t, err)
		askedAfterEmitting := func(n int) int {
			synctest.Wait()
			asked, err := stage.Call[int](t.Context(), p, n)
			require.NoError(t, err)
			return asked
		}
		time.Sleep(time.Hour + time.Second)
		require.Equal(t, 10, askedAfterEmitting(4))
		require.Equal(t, 10, askedAfterEmitting(0))
		time.Sleep(time.Minute)
		require.Equal(t, 14, askedAfterEmitting(0), "as many as have come")
	})
}

func TestARateIsRequired(t *testing.T) {
	inSystem(t, func(t *testing.T, system *process.System) {
		p, err := stage.StartProducer(t.Context(), &hesitant{}, stage.In(system))
		require.NoError(t, err)
		for _, opt := range []stage.SubscribeOption{stage.MaxDemand(1), stage.Extra(everyKey, "-1s")} {
			l, err := stage.StartConsumer(t.Context(), &limiter[int]{handle: ignore}, stage.From(p, opt), stage.In(system))
			if err == nil {
				<-l.Done()
				err = l.Err()
			}
			require.ErrorContains(t, err, "allowed is a duration above 0")
		}
	})
}
