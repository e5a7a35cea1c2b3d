package process_test

import (
	"context"
	"log/slog"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/internal/leak"
	"github.com/stagecraft-go/stagecraft/process"
)

func TestShutdownStopsTheNewestFirst(t *testing.T) {
	leak.Check(t)
	sys := process.NewSystem()
	var mu sync.Mutex
	var order []string
	trapper := func(name string) {
		start(t, sys, &script{
			init: func(self *process.Self) error { self.TrapExit(true); return nil },
			handle: func(_ *process.Self, msg any) error {
				return msg.(*process.Exit).Reason
			},
			terminate: func(*process.Self, error) {
				mu.Lock()
				defer mu.Unlock()
				order = append(order, name)
			},
		})
	}
	for _, name := range []string{"a", "b", "c"} {
		trapper(name)
	}
	require.NoError(t, sys.Shutdown(context.Background()))
	require.Equal(t, []string{"c", "b", "a"}, order)
	require.Zero(t, sys.Count())
	require.NoError(t, sys.Shutdown(context.Background()))
	_, err := sys.Start(context.Background(), &script{})
	require.ErrorIs(t, err, process.ErrSystemStopped)
}

func TestShutdownKillsAtItsDeadline(t *testing.T) {
	leak.Check(t)
	sys := process.NewSystem(process.WithLogger(slog.New(slog.DiscardHandler)))
	stubborn, stuck, willing := newProbe(t, sys), newProbe(t, sys), newProbe(t, sys)
	stubborn.trap()
	release := stuck.block()
	ctx, cancel := context.WithCancel(context.Background())
	go func() { <-willing.Done(); cancel() }()
	err := sys.Shutdown(ctx)
	require.ErrorIs(t, err, context.Canceled)
	require.ErrorContains(t, err, "2 killed")
	require.Equal(t, process.Killed, stubborn.Err())
	require.Equal(t, process.Shutdown, willing.Err())
	require.Equal(t, err, sys.Shutdown(context.Background()))
	// The stubborn one may have been killed on its way out of a callback.
	require.Eventually(t, func() bool { return sys.Abandoned() == 1 }, patience, tick)
	release()
}

func TestStartsDuringShutdown(t *testing.T) {
	leak.Check(t)
	sys := process.NewSystem()
	var starters sync.WaitGroup
	for range 4 {
		starters.Go(func() {
			for {
				if _, err := sys.Start(context.Background(), &script{}); err != nil {
					return
				}
			}
		})
	}
	start(t, sys, &script{})
	require.NoError(t, sys.Shutdown(context.Background()))
	starters.Wait()
	require.Zero(t, sys.Count())
}

func TestDefaultIsOne(t *testing.T) {
	require.Same(t, process.Default(), process.Default())
	require.Same(t, slog.Default(), process.Default().Logger())
}

func TestSelf(t *testing.T) {
	sys, book := newLoggedSystem(t)
	p := newProbe(t, sys, process.WithName("x"))
	p.do(func(self *process.Self) {
		require.Same(t, p.Process, self.Process())
		require.Same(t, p.PID(), self.PID())
		require.Same(t, sys, self.System())
		require.Equal(t, p.Context(), self.Context())
		self.Logger().Info("hello")
	})
	require.Equal(t, []string{"hello"}, book.messages())
	require.Same(t, sys, p.System())
	require.Equal(t, "x", p.Name())
}
