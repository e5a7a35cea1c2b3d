package supervisor_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/internal/leak"
	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/supervisor"
)

func TestRestartDecision(t *testing.T) {
	leak.Check(t)
	reasons := []error{process.Normal, process.Shutdown, process.ShutdownWith(errBoom), errBoom, process.NewCrash("x"), process.Killed}
	for kind, want := range map[supervisor.Restart][]string{
		supervisor.Permanent: {"a running", "a running", "a running", "a running", "a running", "a running"},
		supervisor.Transient: {"a undefined", "a undefined", "a undefined", "a running", "a running", "a running"},
		supervisor.Temporary: {"", "", "", "", "", ""},
	} {
		for i, reason := range reasons {
			for _, strategy := range []supervisor.StrategyKind{supervisor.OneForOne, supervisor.RestForOne, supervisor.OneForAll} {
				t.Run(kind.String()+"/"+reason.Error()+"/"+strategy.String(), func(t *testing.T) {
					r := newRig(t)
					r.start(r.plain("a", restart(kind)), supervisor.Strategy(strategy))
					old := r.kid("a")
					r.end("a", reason)
					require.Equal(t, want[i], r.states())
					if want[i] == "a running" {
						require.NotSame(t, old, r.kid("a"))
					}
				})
			}
		}
	}
}

func TestKilledFromOutside(t *testing.T) {
	leak.Check(t)
	r := newRig(t)
	r.start(r.plain("a", restart(supervisor.Transient)))
	r.kid("a").Kill()
	r.rest()
	require.Equal(t, "a running", r.states())
}

func TestStrategies(t *testing.T) {
	leak.Check(t)
	for _, tt := range []struct {
		strategy supervisor.StrategyKind
		dead     string
		did      string
	}{
		{supervisor.OneForOne, "b", "+b"},
		{supervisor.RestForOne, "a", "-d -c -b +a +b +c +d"},
		{supervisor.RestForOne, "c", "-d +c +d"},
		{supervisor.RestForOne, "d", "+d"},
		{supervisor.OneForAll, "a", "-d -c -b +a +b +c +d"},
		{supervisor.OneForAll, "c", "-d -b -a +a +b +c +d"},
	} {
		t.Run(tt.strategy.String()+"/"+tt.dead, func(t *testing.T) {
			r := newRig(t)
			r.start(r.plain("a b c d"), supervisor.Strategy(tt.strategy))
			r.take()
			r.end(tt.dead, errBoom)
			require.Equal(t, tt.did, r.did())
			require.Equal(t, "a running, b running, c running, d running", r.states())
		})
	}
}

// A group restart starts whatever was down, and temporary members go.
func TestGroupRestartStartsEverything(t *testing.T) {
	leak.Check(t)
	r := newRig(t)
	r.start([]supervisor.Spec{
		r.child("a"),
		r.child("finished", restart(supervisor.Transient)),
		r.child("stopped"),
		r.scripted("ignored", worker{}, []outcome{declines, works}),
		r.child("temporary", restart(supervisor.Temporary)),
		r.child("z"),
	}, supervisor.Strategy(supervisor.RestForOne))
	r.end("finished", process.Normal)
	require.NoError(t, r.sup.TerminateChild(r.ctx, "stopped"))
	require.Equal(t, "a running, finished undefined, stopped undefined, ignored undefined, temporary running, z running", r.states())
	r.take()
	r.end("a", errBoom)
	require.Equal(t, "-z -temporary +a +finished +stopped +ignored +z", r.did())
	require.Equal(t, "a running, finished running, stopped running, ignored running, z running", r.states())
}

// A transient supervisor that gives up ends with shutdown, which is no failure.
func TestSupervisorsAsChildren(t *testing.T) {
	leak.Check(t)
	for kind, want := range map[supervisor.Restart]string{
		supervisor.Permanent: "s running",
		supervisor.Transient: "s undefined",
		supervisor.Temporary: "",
	} {
		t.Run(kind.String(), func(t *testing.T) {
			r := newRig(t)
			tree := supervisor.Tree("s", append(r.options(), supervisor.Intensity(0, 1)), r.child("x"))
			tree.Restart = kind
			r.start([]supervisor.Spec{tree})
			nested := r.kid("s")
			r.kid("x").Send(quit{errBoom})
			<-nested.Done()
			require.Equal(t, process.Shutdown, nested.Err())
			r.rest()
			require.Equal(t, want, r.states())
		})
	}
}

func TestAnyStrangerIsIgnored(t *testing.T) {
	leak.Check(t)
	r := newRig(t)
	r.start(r.plain("a"))
	r.take()
	r.sup.Process().Exit(errBoom)
	r.sup.Process().Exit(process.Shutdown)
	r.sup.Process().Send(&process.Exit{From: r.kid("a").PID(), Reason: process.Normal}) // forged, but who knows
	r.rest()
	require.Nil(t, r.sup.Err())
}

// Only the process that is in the slot now counts.
func TestLateDeathOfAnEarlierChild(t *testing.T) {
	leak.Check(t)
	r := newRig(t)
	r.start(r.plain("a b"), supervisor.Strategy(supervisor.OneForAll))
	r.take()
	release := r.busy()
	for _, id := range []string{"a", "b"} {
		kid := r.kid(id)
		kid.Send(quit{errBoom})
		<-kid.Done()
	}
	release()
	require.Equal(t, []string{
		"child_terminated a: boom", "child_restarting a: boom",
		"shutdown_error b: boom", // taken out of the queue
		"child_started a", "child_started b",
	}, r.take())
	require.Equal(t, "a running, b running", r.states())
}
