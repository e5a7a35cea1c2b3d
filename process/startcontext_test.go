package process_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/process/processtest"
)

type valueKey struct{}

// What is started with a StartContext outlives the starter, unless the context
// was given an end of its own.
func TestStartContext(t *testing.T) {
	for name, tt := range map[string]struct {
		derive   func(ctx context.Context) context.Context
		outlives bool
	}{
		"as it is": {func(ctx context.Context) context.Context { return ctx }, true},
		"with a value": {func(ctx context.Context) context.Context {
			return context.WithValue(ctx, valueKey{}, "value")
		}, true},
		"with an end of its own": {func(ctx context.Context) context.Context {
			ctx, cancel := context.WithCancel(ctx)
			t.Cleanup(cancel)
			return ctx
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			sys := newSystem(t)
			starter := newProbe(t, sys)
			var started *process.Process
			var startCtx context.Context
			starter.do(func(self *process.Self) {
				startCtx = tt.derive(self.StartContext())
				var err error
				started, err = sys.Start(startCtx, &script{})
				require.NoError(t, err)
			})
			require.Equal(t, startCtx.Value(valueKey{}), started.Context().Value(valueKey{}))
			starter.Kill()
			receive(t, starter.Done())
			require.ErrorIs(t, context.Cause(startCtx), process.Killed)
			if tt.outlives {
				require.NoError(t, started.Stop(context.Background(), nil))
			} else {
				receive(t, started.Done())
			}
			_, err := sys.Start(startCtx, &script{})
			require.ErrorIs(t, err, process.Killed, "it bounds the start")
		})
	}
}

func TestUnawaited(t *testing.T) {
	sys := newSystem(t)
	free := make(chan struct{})
	p, err := sys.Start(context.Background(), &script{init: func(*process.Self) error {
		<-free
		return process.Shutdown
	}}, process.Unawaited())
	require.NoError(t, err)
	require.NoError(t, p.Err())
	close(free)
	receive(t, p.Done())
	require.Equal(t, process.Shutdown, p.Err())
}

func TestExitFromAProcess(t *testing.T) {
	sys := newSystem(t)
	from, trapping, plain := newProbe(t, sys), newProbe(t, sys), newProbe(t, sys)
	trapping.trap()
	from.do(func(self *process.Self) {
		self.Exit(trapping.Process, nil)
		self.Exit(plain.Process, process.Normal)
		self.Exit(plain.Process, process.Kill)
	})
	require.Equal(t, &process.Exit{From: from.PID(), Reason: process.Normal}, receive(t, trapping.got))
	require.Equal(t, process.Killed, reasonOf(t, plain.Process))
}

// Code that was abandoned can know it, and end what it has just started.
func TestAbandoned(t *testing.T) {
	sys := newSystem(t)
	p, other := newProbe(t, sys), newProbe(t, sys)
	stuck, free, told := make(chan struct{}), make(chan struct{}), make(chan bool, 2)
	p.Send(do(func(self *process.Self) {
		told <- !self.Alive()
		close(stuck)
		<-free
		told <- !self.Alive()
		self.Exit(other.Process, process.Killed)
	}))
	receive(t, stuck)
	p.Kill()
	close(free)
	require.False(t, receive(t, told))
	require.True(t, receive(t, told))
	require.Equal(t, process.Killed, reasonOf(t, other.Process))
}

func TestAbandonCounts(t *testing.T) {
	sys := newSystem(t)
	returned := sys.Abandon()
	require.Equal(t, 1, sys.Abandoned())
	returned()
	returned()
	require.Zero(t, sys.Abandoned())
}

func TestStopping(t *testing.T) {
	sys := process.NewSystem()
	require.False(t, sys.Stopping())
	require.NoError(t, sys.Shutdown(context.Background()))
	require.True(t, sys.Stopping())
}

// What is started with the context of a system, or of a process, lives there.
func TestWithin(t *testing.T) {
	sys, other := newSystem(t), processtest.NewSystem(t)
	ctx := sys.Within(t.Context())
	require.Same(t, sys, process.SystemOf(ctx))
	require.Same(t, other, process.SystemOf(other.Within(ctx)), "the innermost counts")

	p, err := process.SystemOf(ctx).Start(ctx, &script{})
	require.NoError(t, err)
	require.Same(t, sys, p.System())
	require.Same(t, sys, process.SystemOf(p.Context()))
	q, err := other.Start(p.Context(), &script{})
	require.NoError(t, err)
	require.Same(t, other, process.SystemOf(q.Context()), "not that of who has started it")
}
