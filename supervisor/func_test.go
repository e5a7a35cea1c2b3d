package supervisor_test

import (
	"context"
	"errors"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/internal/leak"
	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/supervisor"
)

func TestFuncEnds(t *testing.T) {
	leak.Check(t)
	for _, tt := range []struct {
		name   string
		run    func(context.Context) error
		reason string
	}{
		{"nil", func(context.Context) error { return nil }, "normal"},
		{"error", func(context.Context) error { return errBoom }, "boom"},
		{"panic", func(context.Context) error { panic("oh") }, "panic: oh"},
		{"goexit", func(context.Context) error { runtime.Goexit(); return nil }, "runtime.Goexit was called"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := newRig(t)
			spec := supervisor.Func("f", tt.run)
			spec.Restart = supervisor.Temporary
			r.start([]supervisor.Spec{spec})
			f := r.kid("f")
			<-f.Done()
			require.EqualError(t, f.Err(), tt.reason)
			var crash *process.Crash
			require.Equal(t, tt.name == "panic" || tt.name == "goexit", errors.As(f.Err(), &crash))
			r.rest()
			require.Empty(t, r.states())
		})
	}
}

func TestFuncIsRestarted(t *testing.T) {
	leak.Check(t)
	r := newRig(t)
	calls := make(chan int, 10)
	n := 0
	r.start([]supervisor.Spec{supervisor.Func("f", func(ctx context.Context) error {
		n++
		calls <- n
		if n < 3 {
			return errBoom
		}
		<-ctx.Done()
		return ctx.Err()
	})})
	for want := 1; want <= 3; want++ {
		require.Equal(t, want, <-calls)
	}
	r.rest() // the function may be faster than the news of its start
	f := r.kid("f")
	require.NoError(t, r.sup.Stop(r.ctx, nil))
	require.Equal(t, process.Shutdown, f.Err(), "told to stop it stopped, whatever it says")
}

func TestStuckFuncIsAbandoned(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		r := newRig(t)
		free := make(chan struct{})
		cause := make(chan error, 1)
		r.start([]supervisor.Spec{supervisor.Func("f", func(ctx context.Context) error {
			<-ctx.Done()
			cause <- context.Cause(ctx)
			<-free
			return nil
		})})
		synctest.Wait()
		begin := time.Now()
		require.NoError(t, r.sup.TerminateChild(r.ctx, "f"))
		require.Equal(t, 5*time.Second, time.Since(begin))
		require.Equal(t, process.Shutdown, <-cause)
		require.Equal(t, process.Killed, r.kid("f").Err())
		require.Equal(t, 1, r.sys.Abandoned())
		close(free)
		synctest.Wait()
		require.Zero(t, r.sys.Abandoned())
	})
}

func TestFuncHasTheValuesOfTheContext(t *testing.T) {
	leak.Check(t)
	r := newRig(t)
	r.ctx = context.WithValue(r.ctx, extraKey{}, "value")
	got := make(chan any, 1)
	r.start([]supervisor.Spec{supervisor.Func("f", func(ctx context.Context) error {
		got <- ctx.Value(extraKey{})
		<-ctx.Done()
		return nil
	})})
	require.Equal(t, "value", <-got)
}

// A supervisor within a function lives in the same system, and ends with it.
func TestSupervisorWithinAFunc(t *testing.T) {
	leak.Check(t)
	r := newRig(t)
	inner := make(chan *supervisor.Supervisor, 1)
	r.start([]supervisor.Spec{supervisor.Func("f", func(ctx context.Context) error {
		sup, err := supervisor.Start(ctx, r.plain("x"), supervisor.OnEvent(r.note))
		if err != nil {
			return err
		}
		inner <- sup
		<-sup.Done()
		return sup.Err()
	})})
	sup := <-inner
	require.Same(t, r.sys, sup.Process().System())
	require.NoError(t, r.sup.TerminateChild(r.ctx, "f"))
	<-sup.Done()
	require.ErrorIs(t, sup.Err(), process.Shutdown)
	require.Equal(t, process.Shutdown, r.kid("x").Err())
}

func TestNilFunctionsAreRefused(t *testing.T) {
	leak.Check(t)
	for _, spec := range []supervisor.Spec{
		supervisor.Func("n", nil), supervisor.Process("n", nil), supervisor.Stage("n", nil),
	} {
		_, err := supervisor.Start(context.Background(), []supervisor.Spec{spec})
		requireFault(t, err, supervisor.NilStart, "n")
	}
}
