package supervisor_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/supervisor"
)

// startOne starts a task that runs f.
func startOne(r *rig, f func(ctx context.Context) error, opts ...supervisor.Option) (*supervisor.ConsumerSupervisor[int], *supervisor.Task) {
	spec := supervisor.Each(func(ctx context.Context, _ int) error { return f(ctx) })
	cs, err := supervisor.StartConsumerSupervisor(r.ctx, spec, nil, append(r.options(), opts...)...)
	require.NoError(r.t, err)
	child, err := cs.StartChild(r.ctx, 0)
	require.NoError(r.t, err)
	return cs, child.(*supervisor.Task)
}

// A function may look at its context when it has been told to end, and only
// then.
func TestTaskContextIsLookedAtLate(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		r := newRig(t)
		look := make(chan struct{})
		var cause error
		cs, task := startOne(r, func(ctx context.Context) error {
			<-look
			<-ctx.Done()
			cause = context.Cause(ctx)
			return ctx.Err()
		})
		time.AfterFunc(time.Second, func() { close(look) })
		require.NoError(t, cs.TerminateChild(r.ctx, task))
		require.Equal(t, process.Shutdown, task.Err())
		require.Equal(t, process.Shutdown, cause)
		require.NoError(t, cs.Stop(r.ctx, nil))
	})
}

func TestContextsOfATaskContext(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		r := newRig(t)
		var cause error
		cs, task := startOne(r, func(ctx context.Context) error {
			derived, cancel := context.WithTimeout(ctx, time.Hour)
			defer cancel()
			<-derived.Done()
			cause = context.Cause(derived)
			return nil
		})
		require.NoError(t, cs.Stop(r.ctx, nil))
		require.Equal(t, process.Shutdown, task.Err())
		require.Equal(t, process.Shutdown, cause)
	})
}

func TestTaskContextHasWhatItsParentHas(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		type key struct{}
		deadline := time.Now().Add(time.Minute)
		r := newRig(t)
		var found []any
		cs, task := startOne(r, func(ctx context.Context) error {
			until, _ := ctx.Deadline()
			found = []any{ctx.Value(key{}), until}
			<-ctx.Done()
			return nil
		}, supervisor.StartContext(func(ctx context.Context) context.Context {
			ctx, cancel := context.WithDeadline(context.WithValue(ctx, key{}, "value"), deadline)
			context.AfterFunc(ctx, cancel)
			return ctx
		}))
		<-task.Done()
		require.Equal(t, []any{"value", deadline}, found)
		require.Equal(t, context.DeadlineExceeded, task.Err())
		require.NoError(t, cs.Stop(r.ctx, nil))
	})
}

// Who kept the context of a task finds it cancelled, whenever it looks.
func TestTaskContextEndsWithTheTask(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		r := newRig(t)
		var kept context.Context
		cs, task := startOne(r, func(ctx context.Context) error {
			kept = ctx
			return errBoom
		})
		<-task.Done()
		require.Equal(t, context.Canceled, kept.Err())
		require.Equal(t, errBoom, context.Cause(kept))
		require.NoError(t, cs.Stop(r.ctx, nil))
	})
}

// Tasks can be children of all supervisors, but of nobody else.
func TestTaskOfAnotherSupervisor(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		quit := make(chan error)
		each := supervisor.Each(func(context.Context, int) error { return <-quit })
		_, err := each.Start(context.Background(), 1)
		require.ErrorIs(t, err, supervisor.ErrUnsupervised)

		r := newRig(t)
		spec := func(id string) supervisor.Spec {
			return supervisor.Spec{ID: id, Start: func(ctx context.Context) (supervisor.Child, error) { return each.Start(ctx, 1) }}
		}
		r.start([]supervisor.Spec{spec("a"), spec("b")})
		quit <- errBoom
		synctest.Wait()
		require.Equal(t, "a running, b running", r.states())
		require.Contains(t, r.did(), "+a +b +")
		close(quit)
		<-r.sup.Done()
		require.Equal(t, process.Shutdown, r.sup.Err(), "restarted too often")
	})
}
