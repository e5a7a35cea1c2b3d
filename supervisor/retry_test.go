package supervisor_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/internal/leak"
	"github.com/stagecraft-go/stagecraft/supervisor"
)

// A retry is behind what is in the queue already, which sees the child
// restarting.
func TestRetryWaitsInTheQueue(t *testing.T) {
	leak.Check(t)
	r := newRig(t)
	r.start([]supervisor.Spec{r.scripted("a", worker{}, []outcome{works, fails, works})})
	release := r.busy()
	kid := r.kid("a")
	kid.Send(quit{errBoom})
	<-kid.Done()
	answers := make(chan error, 4)
	r.queued(func() { answers <- r.sup.DeleteChild(r.ctx, "a") })
	r.queued(func() { _, err := r.sup.RestartChild(r.ctx, "a"); answers <- err })
	r.queued(func() { _, err := r.sup.StartChild(r.ctx, r.child("a")); answers <- err })
	release()
	var got []error
	for range 3 {
		got = append(got, <-answers)
	}
	require.ElementsMatch(t, []error{supervisor.ErrRestarting, supervisor.ErrRestarting, supervisor.ErrAlreadyPresent}, got)
	require.Equal(t, "a running", r.states())
}

// Terminating the child calls its retry off, and the rest of the group stays
// down.
func TestTerminateBetweenTries(t *testing.T) {
	leak.Check(t)
	r := newRig(t)
	r.start([]supervisor.Spec{
		r.child("a"), r.scripted("b", worker{}, []outcome{works, fails, works}), r.child("c"),
	}, supervisor.Strategy(supervisor.OneForAll))
	release := r.busy()
	kid := r.kid("c")
	kid.Send(quit{errBoom})
	<-kid.Done()
	answer := make(chan error, 1)
	r.queued(func() { answer <- r.sup.TerminateChild(r.ctx, "b") })
	release()
	require.NoError(t, <-answer)
	require.Equal(t, "a running, b undefined, c undefined", r.states())
}

func TestRetryOfAGroup(t *testing.T) {
	leak.Check(t)
	for strategy, want := range map[supervisor.StrategyKind]string{
		supervisor.OneForAll:  "-d -c -a +a +b -b -a +a +b +c +d",
		supervisor.RestForOne: "-d -c +b +c +d", // b is not started again
	} {
		r := newRig(t)
		r.start([]supervisor.Spec{
			r.child("a"), r.child("b"), r.scripted("c", worker{}, []outcome{works, fails, works}), r.child("d"),
		}, supervisor.Strategy(strategy))
		r.take()
		r.end("b", errBoom)
		require.Equal(t, want, r.did())
		require.Equal(t, "a running, b running, c running, d running", r.states())
	}
}

func TestDecliningIsNoFailure(t *testing.T) {
	leak.Check(t)
	r := newRig(t)
	r.start([]supervisor.Spec{r.scripted("a", worker{}, []outcome{works, declines}), r.child("b")}, supervisor.Strategy(supervisor.OneForAll))
	r.end("b", errBoom)
	require.Equal(t, "a undefined, b running", r.states())
}

// A death that is earlier in the queue than a retry wins: its group restart
// starts the failed child, and the retry does nothing.
func TestDeathBeforeRetry(t *testing.T) {
	leak.Check(t)
	r := newRig(t)
	r.start([]supervisor.Spec{
		r.scripted("a", worker{}, []outcome{works, dies, works}),
		r.scripted("b", worker{}, []outcome{works, fails, works}),
	}, supervisor.Strategy(supervisor.OneForAll), supervisor.Intensity(2, time.Hour))
	r.take()
	r.end("b", errBoom)
	require.Equal(t, []string{
		"child_terminated b: boom", "child_restarting b: boom", "child_stopped a: shutdown", "child_started a", "start_error b: boom",
		"child_terminated a: early", "child_restarting a: early", "child_started a", "child_started b",
	}, r.take())
}

// A child that ends right after its start is no failed start.
func TestDeadBeforeItsStartReturns(t *testing.T) {
	leak.Check(t)
	r := newRig(t)
	r.start([]supervisor.Spec{r.scripted("a", worker{}, []outcome{dies, works}), r.child("b")})
	r.rest()
	require.Equal(t, []string{
		"child_started a", "child_started b", "child_terminated a: early", "child_restarting a: early", "child_started a",
	}, r.take())
	child, err := r.sup.StartChild(r.ctx, r.scripted("c", worker{}, []outcome{dies}, restart(supervisor.Temporary)))
	require.NoError(t, err)
	require.Equal(t, errDead, child.Process().Err())
	r.rest()
	require.Equal(t, "a running, b running", r.states())
}

// Two deaths wait: one is absorbed if the other's group takes it along.
func TestTwoDeathsInTheQueue(t *testing.T) {
	leak.Check(t)
	for _, tt := range []struct {
		strategy supervisor.StrategyKind
		order    []string
		did      string
	}{
		{supervisor.OneForAll, []string{"a", "b"}, "-c -b +a +b +c"},
		{supervisor.RestForOne, []string{"b", "c"}, "-c +b +c"},
		{supervisor.RestForOne, []string{"c", "b"}, "+c -c +b +c"},
		{supervisor.OneForOne, []string{"c", "a"}, "+c +a"},
	} {
		r := newRig(t)
		r.start(r.plain("a b c"), supervisor.Strategy(tt.strategy))
		r.take()
		release := r.busy()
		for _, id := range tt.order {
			kid := r.kid(id)
			kid.Send(quit{errBoom})
			<-kid.Done()
		}
		release()
		require.Equal(t, tt.did, r.did(), "%s %s", tt.strategy, tt.order)
	}
}
