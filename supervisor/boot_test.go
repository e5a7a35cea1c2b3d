package supervisor_test

import (
	"context"
	"errors"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/internal/leak"
	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/supervisor"
)

func TestBootFailureUndoesWhatStarted(t *testing.T) {
	leak.Check(t)
	for _, bad := range []outcome{fails, panics} {
		r := newRig(t)
		sup, err := supervisor.Start(r.ctx, []supervisor.Spec{
			r.child("a"), r.child("b"),
			r.scripted("bad", worker{}, []outcome{bad}, restart(supervisor.Temporary)),
			r.child("never"),
		}, r.options()...)
		require.Nil(t, sup)
		require.ErrorIs(t, err, process.Shutdown)
		var failed *supervisor.StartError
		require.ErrorAs(t, err, &failed)
		require.Equal(t, "bad", failed.ID)
		require.Equal(t, "+a +b -b -a", r.did())
		require.Zero(t, r.sys.Count())
	}
}

func TestNestedBootFailureNestsReasons(t *testing.T) {
	leak.Check(t)
	r := newRig(t)
	_, err := supervisor.Start(r.ctx, []supervisor.Spec{
		r.child("a"),
		supervisor.Tree("s", r.options(), r.child("x"), supervisor.Tree("t", nil, r.scripted("y", worker{}, []outcome{fails}))),
	}, r.options()...)
	require.ErrorIs(t, err, errBoom)
	require.EqualError(t, err, `shutdown: supervisor: failed to start child "s": shutdown: supervisor: failed to start child "t": shutdown: supervisor: failed to start child "y": boom`)
	require.Zero(t, r.sys.Count())
}

func TestDecliningAtBoot(t *testing.T) {
	leak.Check(t)
	r := newRig(t)
	r.start([]supervisor.Spec{
		r.scripted("a", worker{}, []outcome{declines}),
		r.scripted("b", worker{}, []outcome{declines}, restart(supervisor.Temporary)),
		r.child("c"),
	})
	require.Equal(t, "a undefined, c running", r.states())
}

// wrong are specs that no supervisor takes, with the fault that it finds.
func wrong(r *rig) map[supervisor.Fault]supervisor.Spec {
	with := func(change func(*supervisor.Spec)) supervisor.Spec {
		spec := r.child("bad")
		change(&spec)
		return spec
	}
	return map[supervisor.Fault]supervisor.Spec{
		supervisor.NilStart:                       {ID: "bad"},
		supervisor.InvalidRestart:                 with(func(s *supervisor.Spec) { s.Restart = 9 }),
		supervisor.InvalidShutdown:                with(func(s *supervisor.Spec) { s.Shutdown = supervisor.After(-1) }),
		supervisor.InvalidType:                    with(func(s *supervisor.Spec) { s.Type = 9 }),
		supervisor.InvalidBackoff:                 with(func(s *supervisor.Spec) { s.Backoff.Initial = -1 }),
		supervisor.SignificantPermanent:           with(func(s *supervisor.Spec) { s.Significant = true }),
		supervisor.SignificantWithoutAutoShutdown: with(func(s *supervisor.Spec) { s.Significant, s.Restart = true, supervisor.Transient }),
	}
}

func TestBadSpecsAreRefused(t *testing.T) {
	leak.Check(t)
	r := newRig(t)
	first := r.child("first")
	for fault, spec := range wrong(r) {
		t.Run(fault.String(), func(t *testing.T) {
			r := newRig(t)
			_, err := supervisor.Start(r.ctx, []supervisor.Spec{first, spec}, r.options()...)
			requireFault(t, err, fault, "bad")
			require.Empty(t, r.take(), "no start function was called")
			r.start(nil)
			_, err = r.sup.StartChild(r.ctx, spec)
			requireFault(t, err, fault, "bad")
			require.Empty(t, r.states())
		})
	}
	_, err := supervisor.Start(r.ctx, []supervisor.Spec{first, r.child("x"), first}, r.options()...)
	requireFault(t, err, supervisor.DuplicateID, "first")
}

func requireFault(t *testing.T, err error, fault supervisor.Fault, id string) {
	t.Helper()
	var bad *supervisor.SpecError
	require.ErrorAs(t, err, &bad)
	require.Equal(t, fault, bad.Fault)
	require.Equal(t, id, bad.ID)
}

func TestBadOptionsAreRefused(t *testing.T) {
	leak.Check(t)
	ctx := context.Background()
	for _, tt := range []struct {
		option supervisor.Option
		want   string
	}{
		{supervisor.Strategy(0), "option Strategy is invalid(0), allowed is OneForOne, RestForOne or OneForAll"},
		{supervisor.Intensity(-1, 1), "option Intensity: maxRestarts is -1, allowed is 0 or more"},
		{supervisor.Intensity(1, 0), "option Intensity: within is 0s, allowed is more than 0"},
		{supervisor.AutoShutdown(9), "option AutoShutdown is invalid(9), allowed is Never, AnySignificant or AllSignificant"},
		{supervisor.Name(""), `option Name is "", allowed is a text that is not empty`},
		{supervisor.In(nil), "option In is nil, allowed is a process system"},
		{supervisor.LinkTo(nil), "option LinkTo is nil, allowed is the calling process"},
		{supervisor.OnEvent(nil), "option OnEvent is nil, allowed is a function"},
		{supervisor.StartContext(nil), "option StartContext is nil, allowed is a function"},
		{supervisor.MaxChildren(1), "option MaxChildren is given to a Supervisor, allowed is for a Dynamic"},
		{supervisor.StageOptions(), "option StageOptions is given to a Supervisor, allowed is for a ConsumerSupervisor"},
		{nil, "option (unnamed) is nil, allowed is a value made by this package"},
	} {
		_, err := supervisor.Start(ctx, nil, tt.option)
		require.EqualError(t, err, "supervisor: "+tt.want)
	}
	for _, tt := range []struct {
		option supervisor.Option
		want   string
	}{
		{supervisor.MaxChildren(-1), "option MaxChildren is -1, allowed is 0 or more"},
		{supervisor.Strategy(supervisor.OneForAll), "option Strategy is given to a Dynamic, allowed is for a Supervisor"},
		{supervisor.AutoShutdown(supervisor.Never), "option AutoShutdown is given to a Dynamic, allowed is for a Supervisor"},
	} {
		_, err := supervisor.StartDynamic(ctx, tt.option)
		require.EqualError(t, err, "supervisor: "+tt.want)
	}
}

func TestNames(t *testing.T) {
	leak.Check(t)
	r := newRig(t)
	r.start(nil, supervisor.Name("top"))
	require.Equal(t, "top", r.sup.Name())
	p, ok := r.sys.Whereis("top")
	require.True(t, ok)
	require.Same(t, r.sup.Process(), p)
	require.Equal(t, p.PID(), r.sup.PID())
	_, err := supervisor.StartDynamic(r.ctx, supervisor.In(r.sys), supervisor.Name("top"))
	require.ErrorIs(t, err, process.ErrNameTaken)
}

func TestStartFunctionsThatReturnNonsense(t *testing.T) {
	leak.Check(t)
	r := newRig(t)
	other := newSystem(t)
	r.start(r.plain("a"))
	a := r.kid("a")
	start := func(start supervisor.StartFunc) error {
		_, err := r.sup.StartChild(r.ctx, supervisor.Spec{ID: "x", Start: start})
		return err
	}
	require.ErrorIs(t, start(func(context.Context) (supervisor.Child, error) { return nil, nil }), supervisor.ErrNoChild)
	require.ErrorIs(t, start(func(context.Context) (supervisor.Child, error) { return supervisor.Wrap(nil), nil }), supervisor.ErrNoChild)
	require.ErrorIs(t, start(func(context.Context) (supervisor.Child, error) { return supervisor.Wrap(a), nil }), supervisor.ErrSupervised)
	var foreign *process.Process
	require.ErrorIs(t, start(func(ctx context.Context) (_ supervisor.Child, err error) {
		foreign, err = other.Start(ctx, &worker{})
		return supervisor.Wrap(foreign), err
	}), supervisor.ErrForeignSystem)
	require.Equal(t, process.Killed, foreign.Err())
	var typedNil *supervisor.Supervisor
	err := start(func(context.Context) (supervisor.Child, error) { return typedNil, nil })
	var crash *process.Crash
	require.True(t, errors.As(err, &crash), "%v", err)
	require.Equal(t, "a running", r.states())
}

// Go has no way back from runtime.Goexit: it takes the supervisor along, which
// stops its children first.
func TestGoexitInAStartFunction(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		r := newRig(t).start(nil)
		_, err := r.sup.StartChild(r.ctx, r.child("a"))
		require.NoError(t, err)
		_, err = r.sup.StartChild(r.ctx, supervisor.Spec{ID: "b", Start: func(context.Context) (supervisor.Child, error) {
			runtime.Goexit()
			return nil, nil
		}})
		require.ErrorContains(t, err, "runtime.Goexit was called")
		require.Equal(t, process.Shutdown, r.kid("a").Err())
	})
}
