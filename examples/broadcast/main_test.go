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
	"github.com/stagecraft-go/stagecraft/stage"
)

func TestRunPrintsWhatTheReadmeSays(t *testing.T) {
	leak.Check(t)
	var out bytes.Buffer
	require.NoError(t, run(t.Context(), &out))
	readme, err := os.ReadFile("README.md")
	require.NoError(t, err)
	require.Contains(t, string(readme), "```\n"+out.String()+"```\n")
}

func TestInterrupted(t *testing.T) {
	leak.Check(t)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	require.ErrorIs(t, run(ctx, io.Discard), context.Canceled)
}

// inHub runs a test with a hub, on synctest's clock.
func inHub(t *testing.T, test func(t *testing.T, h *hub[int])) {
	leak.Check(t)
	synctest.Test(t, func(t *testing.T) {
		system, shutdown := program.NewSystem()
		defer shutdown()
		h, err := newHub[int](t.Context(), system)
		require.NoError(t, err)
		test(t, h)
	})
}

// notifyUntilStuck tells how many of many events were taken.
func notifyUntilStuck(t *testing.T, h *hub[int]) (taken int) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	for h.notify(ctx, taken) == nil {
		taken++
	}
	return taken
}

func TestNotifyWaitsForAHandler(t *testing.T) {
	inHub(t, func(t *testing.T, h *hub[int]) {
		require.Zero(t, notifyUntilStuck(t, h))
		heard := make(chan int, 10)
		_, err := h.attach(t.Context(), "late", func(_ context.Context, n int) error { heard <- n; return nil })
		require.NoError(t, err)
		require.Zero(t, <-heard, "event 0 has waited")
	})
}

// TestHowFarTheOthersGet checks the figures of the README.
func TestHowFarTheOthersGet(t *testing.T) {
	inHub(t, func(t *testing.T, h *hub[int]) {
		heard := 0
		_, err := h.attach(t.Context(), "fast", func(context.Context, int) error { heard++; return nil }, stage.MaxDemand(100))
		require.NoError(t, err)
		synctest.Wait()
		_, err = h.attach(t.Context(), "slow", func(ctx context.Context, _ int) error {
			<-ctx.Done()
			return nil
		}, stage.MaxDemand(10))
		require.NoError(t, err)
		taken := notifyUntilStuck(t, h)
		synctest.Wait()
		require.Equal(t, 10, heard)
		require.Equal(t, 100, taken)
		buffered, err := h.events.EstimateBuffered(t.Context())
		require.NoError(t, err)
		require.Equal(t, 90, buffered)
	})
}
