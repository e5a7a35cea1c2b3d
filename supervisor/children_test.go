package supervisor_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/internal/leak"
	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/supervisor"
)

func TestStartChild(t *testing.T) {
	leak.Check(t)
	r := newRig(t)
	r.start(r.plain("a b"))
	child, err := r.sup.StartChild(r.ctx, r.child("c"))
	require.NoError(t, err)
	require.Same(t, r.kid("c"), child.Process())
	require.Equal(t, "a running, b running, c running", r.states())

	_, err = r.sup.StartChild(r.ctx, r.child("a"))
	var already *supervisor.AlreadyStartedError
	require.ErrorAs(t, err, &already)
	require.Same(t, r.kid("a"), already.Child.Process())
	require.NoError(t, r.sup.TerminateChild(r.ctx, "a"))
	_, err = r.sup.StartChild(r.ctx, r.child("a"))
	require.ErrorIs(t, err, supervisor.ErrAlreadyPresent)

	_, err = r.sup.StartChild(r.ctx, r.scripted("d", worker{}, []outcome{panics}))
	var crash *process.Crash
	require.ErrorAs(t, err, &crash)
	child, err = r.sup.StartChild(r.ctx, r.scripted("e", worker{}, []outcome{declines}))
	require.NoError(t, err)
	require.Nil(t, child)
	child, err = r.sup.StartChild(r.ctx, r.scripted("f", worker{}, []outcome{declines}, restart(supervisor.Temporary)))
	require.NoError(t, err)
	require.Nil(t, child)
	require.Equal(t, "a undefined, b running, c running, e undefined", r.states())
}

func TestTerminateRestartDelete(t *testing.T) {
	leak.Check(t)
	r := newRig(t)
	r.start([]supervisor.Spec{
		r.child("a"), r.child("t", restart(supervisor.Temporary)), r.scripted("i", worker{}, []outcome{declines, fails, declines}),
	})
	ctx := r.ctx
	require.ErrorIs(t, r.sup.TerminateChild(ctx, "x"), supervisor.ErrNotFound)
	require.ErrorIs(t, r.sup.DeleteChild(ctx, "x"), supervisor.ErrNotFound)
	_, err := r.sup.RestartChild(ctx, "x")
	require.ErrorIs(t, err, supervisor.ErrNotFound)

	require.ErrorIs(t, r.sup.DeleteChild(ctx, "a"), supervisor.ErrRunning)
	_, err = r.sup.RestartChild(ctx, "a")
	require.ErrorIs(t, err, supervisor.ErrRunning)
	require.NoError(t, r.sup.TerminateChild(ctx, "a"))
	require.NoError(t, r.sup.TerminateChild(ctx, "a"), "twice does no harm")
	child, err := r.sup.RestartChild(ctx, "a")
	require.NoError(t, err)
	require.Same(t, r.kid("a"), child.Process())

	_, err = r.sup.RestartChild(ctx, "i")
	require.ErrorIs(t, err, errBoom)
	child, err = r.sup.RestartChild(ctx, "i")
	require.NoError(t, err)
	require.Nil(t, child)

	require.NoError(t, r.sup.TerminateChild(ctx, "t"))
	require.NoError(t, r.sup.TerminateChild(ctx, "a"))
	require.NoError(t, r.sup.DeleteChild(ctx, "a"))
	require.Equal(t, "i undefined", r.states())
}

func TestListsAndCounts(t *testing.T) {
	leak.Check(t)
	r := newRig(t)
	r.start([]supervisor.Spec{
		r.child("a"), r.child("b"), supervisor.Tree("s", nil), r.scripted("i", worker{}, []outcome{declines}),
	})
	infos, err := r.sup.WhichChildren(r.ctx)
	require.NoError(t, err)
	require.Equal(t, supervisor.ChildInfo{ID: "i"}, infos[0], "the last one first")
	require.Equal(t, "s", infos[1].ID)
	require.Equal(t, supervisor.TypeSupervisor, infos[1].Type)
	require.Same(t, r.kid("s"), infos[1].Child.Process())

	counts, err := r.sup.CountChildren(r.ctx)
	require.NoError(t, err)
	require.Equal(t, supervisor.Counts{Specs: 4, Active: 3, Supervisors: 1, Workers: 3}, counts)
}

// Until its supervisor has noticed, a dead child is running, but not active.
func TestUnnoticedDeath(t *testing.T) {
	leak.Check(t)
	r := newRig(t)
	r.start(r.plain("a", restart(supervisor.Temporary)))
	release := r.busy()
	answers := make(chan error, 1)
	counts := make(chan supervisor.Counts, 1)
	r.queued(func() { answers <- r.sup.DeleteChild(r.ctx, "a") })
	r.queued(func() { c, _ := r.sup.CountChildren(r.ctx); counts <- c })
	kid := r.kid("a")
	kid.Send(quit{errBoom})
	<-kid.Done()
	release()
	require.ErrorIs(t, <-answers, supervisor.ErrRunning)
	require.Equal(t, supervisor.Counts{Specs: 1, Workers: 1}, <-counts)
	require.Empty(t, r.states())
}

func TestRequestsGiveUpWithTheirContext(t *testing.T) {
	leak.Check(t)
	r := newRig(t)
	r.start(nil)
	release := r.busy()
	ctx, cancel := context.WithCancel(r.ctx)
	cancel()
	_, err := r.sup.CountChildren(ctx)
	require.ErrorIs(t, err, context.Canceled)
	_, err = r.sup.StartChild(ctx, r.child("a"))
	require.ErrorIs(t, err, context.Canceled)
	release()
	require.Equal(t, "a running", r.states(), "what was asked for is done all the same")
}

func TestRestartedSupervisorHasItsSpecOnly(t *testing.T) {
	leak.Check(t)
	r := newRig(t)
	r.start([]supervisor.Spec{supervisor.Tree("s", r.options(), r.plain("a b")...)})
	nested := r.kids["s"].(*supervisor.Supervisor)
	_, err := nested.StartChild(r.ctx, r.child("added"))
	require.NoError(t, err)
	require.NoError(t, nested.TerminateChild(r.ctx, "a"))
	require.NoError(t, nested.DeleteChild(r.ctx, "a"))
	nested.Process().Kill()
	r.rest()
	r.sup = r.kids["s"].(*supervisor.Supervisor)
	require.Equal(t, "a running, b running", r.states())
}
