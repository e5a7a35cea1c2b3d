package process_test

import (
	"context"
	"errors"
	"io"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/process"
)

func TestStartReturnsWhatInitReturns(t *testing.T) {
	sys, book := newLoggedSystem(t)
	terminated := false
	p, err := sys.Start(context.Background(), &script{
		init:      func(*process.Self) error { return io.EOF },
		terminate: func(*process.Self, error) { terminated = true },
	}, process.WithName("x"))
	require.Nil(t, p)
	require.ErrorIs(t, err, io.EOF)
	require.False(t, terminated)
	require.Empty(t, book.messages(), "the caller has the error")
	require.Zero(t, sys.Count())
	_, found := sys.Whereis("x")
	require.False(t, found)
}

func TestStartReportsACrashOfInit(t *testing.T) {
	sys := newSystem(t)
	for name, init := range map[string]func(*process.Self) error{
		"panic":  func(*process.Self) error { panic("boom") },
		"goexit": func(*process.Self) error { runtime.Goexit(); return nil },
	} {
		t.Run(name, func(t *testing.T) {
			_, err := sys.Start(context.Background(), &script{init: init})
			var crash *process.Crash
			require.ErrorAs(t, err, &crash)
			require.Contains(t, string(crash.Stack), "start_test.go")
		})
	}
}

func TestIgnoreIsNormalForOthers(t *testing.T) {
	sys := newSystem(t)
	watcher := newProbe(t, sys)
	_, err := sys.Start(context.Background(), &script{init: func(self *process.Self) error {
		watcher.monitor(self.Process())
		return process.Ignore
	}})
	require.ErrorIs(t, err, process.Ignore)
	require.Equal(t, process.Normal, watcher.down(t).Reason)
}

func TestNameIsTakenWhileItsOwnerLives(t *testing.T) {
	sys := newSystem(t)
	first := newProbe(t, sys, process.WithName("x"))
	_, err := sys.Start(context.Background(), &script{}, process.WithName("x"))
	require.ErrorIs(t, err, process.ErrNameTaken)
	var taken *process.NameTakenError
	require.ErrorAs(t, err, &taken)
	require.Same(t, first.Process, taken.Owner)

	require.NoError(t, first.Stop(context.Background(), nil))
	second := newProbe(t, sys, process.WithName("x"))
	found, ok := sys.Whereis("x")
	require.True(t, ok)
	require.Same(t, second.Process, found)
}

func TestRegisterGivesFurtherNames(t *testing.T) {
	sys := newSystem(t)
	p, other := newProbe(t, sys), newProbe(t, sys)
	require.NoError(t, sys.Register("a", p.Process))
	require.NoError(t, sys.Register("b", p.Process))
	require.ErrorIs(t, sys.Register("a", other.Process), process.ErrNameTaken)

	sys.Unregister("a")
	sys.Unregister("nobody")
	require.NoError(t, sys.Register("a", other.Process))
	p.Kill()
	receive(t, p.Done())
	_, ok := sys.Whereis("b")
	require.False(t, ok)
	_, ok = sys.Whereis("a")
	require.True(t, ok)
	require.ErrorIs(t, sys.Register("b", p.Process), process.NoProc)
}

func TestEndOfTheStartContextStopsTheProcess(t *testing.T) {
	type key struct{}
	sys, book := newLoggedSystem(t)
	ctx, cancel := context.WithCancelCause(context.WithValue(context.Background(), key{}, "value"))
	handled, entered, terminated := 0, make(chan struct{}), make(chan error, 1)
	p, err := sys.Start(ctx, &script{
		handle: func(self *process.Self, _ any) error {
			handled++
			close(entered)
			<-self.Context().Done()
			return nil
		},
		terminate: func(_ *process.Self, reason error) { terminated <- reason },
	})
	require.NoError(t, err)
	require.Equal(t, "value", p.Context().Value(key{}))
	p.Send(1)
	p.Send(2)
	receive(t, entered)
	cancel(io.EOF)

	reason := reasonOf(t, p)
	require.ErrorIs(t, reason, process.Shutdown)
	require.ErrorIs(t, reason, io.EOF)
	require.Equal(t, reason, receive(t, terminated))
	require.Equal(t, reason, context.Cause(p.Context()))
	require.Equal(t, 1, handled, "it stops ahead of its mail")
	require.Empty(t, book.messages())
}

func TestEndOfTheContextDuringInit(t *testing.T) {
	sys := newSystem(t)
	ctx, cancel := context.WithCancelCause(context.Background())
	free := make(chan struct{})
	_, err := sys.Start(ctx, &script{init: func(*process.Self) error {
		cancel(io.EOF)
		<-free
		return nil
	}})
	require.ErrorIs(t, err, io.EOF)
	require.Equal(t, 1, sys.Abandoned())
	require.Zero(t, sys.Count())
	close(free)
	require.Eventually(t, func() bool { return sys.Abandoned() == 0 }, patience, tick)

	_, err = sys.Start(ctx, &script{init: func(*process.Self) error { panic("never") }})
	require.ErrorIs(t, err, io.EOF)
}

func TestLinkToTellsNoParentOfAFailedInit(t *testing.T) {
	sys := newSystem(t)
	parent := newProbe(t, sys)
	parent.trap()
	for _, init := range []func(*process.Self) error{
		func(*process.Self) error { return io.EOF },
		func(*process.Self) error { panic("boom") },
		func(self *process.Self) error { self.Process().Kill(); return nil },
	} {
		var err error
		parent.do(func(self *process.Self) {
			_, err = sys.Start(context.Background(), &script{init: init}, process.LinkTo(self))
		})
		require.Error(t, err)
	}
	parent.silent(t)
}

func TestLinkToLinks(t *testing.T) {
	sys := newSystem(t)
	parent := newProbe(t, sys)
	var child *process.Process
	parent.do(func(self *process.Self) { child = start(t, sys, &script{}, process.LinkTo(self)) })
	failure := errors.New("failure")
	parent.exit(failure)
	require.Equal(t, failure, reasonOf(t, child))
}

func TestASignalDuringInitFailsTheStart(t *testing.T) {
	sys := newSystem(t)
	_, err := sys.Start(context.Background(), &script{init: func(self *process.Self) error {
		self.Process().Exit(io.EOF)
		<-self.Context().Done()
		return nil
	}})
	require.ErrorIs(t, err, io.EOF)
}
