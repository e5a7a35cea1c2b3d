package supervisor_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/internal/leak"
	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/stage"
	"github.com/stagecraft-go/stagecraft/supervisor"
)

// dynamicRig is a rig with a Dynamic.
type dynamicRig struct {
	*rig
	d *supervisor.Dynamic
}

func newDynamic(t testing.TB, opts ...supervisor.Option) *dynamicRig {
	r := newRig(t)
	d, err := supervisor.StartDynamic(r.ctx, append(r.options(), opts...)...)
	require.NoError(t, err)
	t.Cleanup(d.Process().Kill)
	return &dynamicRig{r, d}
}

func (r *dynamicRig) add(spec supervisor.Spec) supervisor.Child {
	r.t.Helper()
	child, err := r.d.StartChild(r.ctx, spec)
	require.NoError(r.t, err)
	return child
}

// end lets a worker end by itself and waits for the supervisor.
func (r *dynamicRig) end(id string, reason error) {
	kid := r.kid(id)
	kid.Send(quit{reason})
	<-kid.Done()
	r.rest()
}

func (r *dynamicRig) rest() {
	for range 10 {
		if _, err := r.d.CountChildren(r.ctx); err != nil {
			<-r.d.Done()
			return
		}
	}
}

func (r *dynamicRig) count() supervisor.Counts {
	r.t.Helper()
	counts, err := r.d.CountChildren(r.ctx)
	require.NoError(r.t, err)
	return counts
}

func TestDynamicForgetsWhatIsNotRestarted(t *testing.T) {
	leak.Check(t)
	for kind, want := range map[supervisor.Restart][2]int{
		supervisor.Permanent: {1, 1}, supervisor.Transient: {0, 1}, supervisor.Temporary: {0, 0},
	} {
		for i, reason := range []error{process.Normal, errBoom} {
			r := newDynamic(t)
			r.add(r.child("a", restart(kind)))
			r.end("a", reason)
			require.Equal(t, want[i], r.count().Specs, "%s %s", kind, reason)
		}
	}
}

func TestDynamicIDsMayRepeat(t *testing.T) {
	leak.Check(t)
	r := newDynamic(t)
	one, two := r.add(r.child("a")), r.add(r.child("a"))
	require.NotSame(t, one.Process(), two.Process())
	infos, err := r.d.WhichChildren(r.ctx)
	require.NoError(t, err)
	require.Equal(t, []supervisor.ChildInfo{
		{ID: "a", State: supervisor.Running, Child: one}, {ID: "a", State: supervisor.Running, Child: two},
	}, infos)
}

func TestDynamicStartChild(t *testing.T) {
	leak.Check(t)
	r := newDynamic(t)
	for fault, spec := range wrong(r.rig) {
		if fault == supervisor.SignificantPermanent || fault == supervisor.SignificantWithoutAutoShutdown {
			continue // has no meaning here
		}
		_, err := r.d.StartChild(r.ctx, spec)
		requireFault(t, err, fault, "bad")
	}
	_, err := r.d.StartChild(r.ctx, r.child("bad", shutdown(supervisor.After(0))))
	requireFault(t, err, supervisor.InvalidShutdown, "bad")
	_, err = r.d.StartChild(r.ctx, r.scripted("a", worker{}, []outcome{fails}))
	require.ErrorIs(t, err, errBoom)
	_, err = r.d.StartChild(r.ctx, r.scripted("a", worker{}, []outcome{declines}))
	require.ErrorIs(t, err, process.Ignore)
	require.Zero(t, r.count())
}

func TestMaxChildren(t *testing.T) {
	leak.Check(t)
	r := newDynamic(t, supervisor.MaxChildren(2))
	r.add(r.child("a", restart(supervisor.Temporary)))
	restarting := r.scripted("b", worker{}, []outcome{works, fails})
	restarting.Backoff = supervisor.Backoff{Initial: time.Hour, Max: time.Hour}
	r.add(restarting)
	r.end("b", errBoom)
	require.Equal(t, supervisor.Counts{Specs: 2, Active: 1, Workers: 2}, r.count())
	called := false
	_, err := r.d.StartChild(r.ctx, supervisor.Spec{Start: func(context.Context) (supervisor.Child, error) {
		called = true
		return nil, errBoom
	}})
	require.ErrorIs(t, err, supervisor.ErrMaxChildren)
	require.False(t, called)
	r.end("a", process.Normal)
	r.add(r.child("c"))
}

// A child that is restarting is known by its last process.
func TestDynamicTerminateChild(t *testing.T) {
	leak.Check(t)
	r := newDynamic(t)
	a := r.add(r.child("a"))
	require.ErrorIs(t, r.d.TerminateChild(r.ctx, supervisor.Wrap(r.d.Process())), supervisor.ErrNotFound)
	require.ErrorIs(t, r.d.TerminateChild(r.ctx, nil), supervisor.ErrNotFound)
	require.NoError(t, r.d.TerminateChild(r.ctx, a))
	require.Equal(t, process.Shutdown, a.Process().Err())
	require.ErrorIs(t, r.d.TerminateChild(r.ctx, a), supervisor.ErrNotFound)

	spec := r.child("b")
	spec.Backoff = supervisor.Backoff{Initial: time.Hour, Max: time.Hour}
	b := r.add(spec)
	r.end("b", errBoom)
	infos, err := r.d.WhichChildren(r.ctx)
	require.NoError(t, err)
	require.Equal(t, []supervisor.ChildInfo{{ID: "b", State: supervisor.Restarting}}, infos)
	require.NoError(t, r.d.TerminateChild(r.ctx, b))
	require.Zero(t, r.count())
}

func TestDynamicRetries(t *testing.T) {
	leak.Check(t)
	r := newDynamic(t)
	r.add(r.scripted("a", worker{}, []outcome{works, fails, fails, works}))
	r.end("a", errBoom)
	require.Equal(t, 1, r.count().Active)
	r.add(r.scripted("b", worker{}, []outcome{works, declines}))
	r.take()
	r.kid("b").Send(quit{process.Normal})
	<-r.d.Done()
	require.Equal(t, []string{"child_terminated b: normal", "shutdown b: supervisor: too many restarts", "child_stopped a: shutdown"}, r.take())
}

func TestDynamicForgetsWhatDeclinesToRestart(t *testing.T) {
	leak.Check(t)
	r := newDynamic(t)
	r.add(r.scripted("b", worker{}, []outcome{works, declines}))
	r.end("b", errBoom)
	require.Zero(t, r.count())
}

type extraKey struct{}

func TestStartContextReachesEveryStart(t *testing.T) {
	leak.Check(t)
	r := newDynamic(t, supervisor.StartContext(func(ctx context.Context) context.Context {
		return context.WithValue(ctx, extraKey{}, "extra")
	}))
	var got []any
	r.add(supervisor.Process("a", func(ctx context.Context) (*process.Process, error) {
		got = append(got, ctx.Value(extraKey{}))
		if len(got) == 2 {
			return nil, errBoom
		}
		return r.sys.Start(ctx, &worker{})
	}))
	r.end("a", errBoom)
	require.Equal(t, []any{"extra", "extra", "extra"}, got)
}

// What OTP's dynamic supervisor reports differs a little from the static one.
func TestDynamicShutdownReports(t *testing.T) {
	leak.Check(t)
	for _, tt := range []struct {
		answer error
		kind   supervisor.Restart
		want   string
	}{
		{process.Normal, supervisor.Permanent, "shutdown_error a: normal"},
		{process.Normal, supervisor.Temporary, "child_stopped a: normal"},
		{process.ShutdownWith(errBoom), supervisor.Permanent, "child_stopped a: shutdown: boom"},
		{errBoom, supervisor.Temporary, "shutdown_error a: boom"},
	} {
		r := newDynamic(t)
		a := r.add(r.scripted("a", worker{answer: tt.answer}, nil, restart(tt.kind)))
		r.take()
		require.NoError(t, r.d.TerminateChild(r.ctx, a))
		require.Equal(t, []string{tt.want}, r.take())
	}
}

func TestDynamicInATree(t *testing.T) {
	leak.Check(t)
	r := newRig(t)
	r.start([]supervisor.Spec{supervisor.DynamicTree("d", r.options()...)})
	d := r.kids["d"].(*supervisor.Dynamic)
	_, err := d.StartChild(r.ctx, r.child("x"))
	require.NoError(t, err)
	x := r.kid("x")
	require.NoError(t, r.sup.TerminateChild(r.ctx, "d"))
	require.Equal(t, process.Shutdown, x.Err())
	require.Equal(t, process.Shutdown, d.Err())
}

// A handle that is none harms nobody but its caller.
func TestTerminateNobody(t *testing.T) {
	r := newDynamic(t)
	for _, nobody := range []supervisor.Child{nil, (*stage.Producer[int])(nil), (*supervisor.Task)(nil)} {
		require.ErrorIs(t, r.d.TerminateChild(r.ctx, nobody), supervisor.ErrNotFound)
	}
	require.NoError(t, r.d.Err())
}
