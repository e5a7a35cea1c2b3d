package supervisor_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/internal/leak"
	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/supervisor"
)

func TestMaxRestartsIsWhatIsSurvived(t *testing.T) {
	leak.Check(t)
	for _, survived := range []int{0, 1, 3} {
		r := newRig(t)
		r.start(r.plain("a b"), supervisor.Intensity(survived, time.Hour))
		for range survived {
			r.end("a", errBoom)
			require.Nil(t, r.sup.Err())
		}
		b := r.kid("b")
		r.take()
		r.end("a", errBoom)
		require.Equal(t, process.Shutdown, r.sup.Err())
		require.Equal(t, process.Shutdown, b.Err())
		require.Equal(t, []string{
			"child_terminated a: boom", "shutdown a: supervisor: too many restarts", "child_stopped b: shutdown",
		}, r.take())
	}
}

func TestRestartsGrowOld(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		r := newRig(t)
		r.start(r.plain("a"), supervisor.Intensity(1, 5*time.Second))
		r.end("a", errBoom)
		time.Sleep(5*time.Second + 1)
		r.end("a", errBoom)
		require.Nil(t, r.sup.Err())
		time.Sleep(5 * time.Second)
		r.end("a", errBoom)
		require.Equal(t, process.Shutdown, r.sup.Err(), "as old as the period still counts")
	})
}

func TestWhatCounts(t *testing.T) {
	leak.Check(t)
	r := newRig(t)
	r.start([]supervisor.Spec{
		r.child("p"), r.child("transient", restart(supervisor.Transient)), r.child("temporary", restart(supervisor.Temporary)),
	}, supervisor.Intensity(1, time.Hour))
	r.end("transient", process.Normal)
	r.end("temporary", errBoom)
	require.NoError(t, r.sup.TerminateChild(r.ctx, "p"))
	_, err := r.sup.RestartChild(r.ctx, "p")
	require.NoError(t, err)
	_, err = r.sup.StartChild(r.ctx, r.scripted("f", worker{}, []outcome{fails}))
	require.ErrorIs(t, err, errBoom)
	r.end("p", process.Normal)
	require.Nil(t, r.sup.Err(), "a clean end of a permanent child is the first that counts")
	r.end("p", process.Normal)
	require.Equal(t, process.Shutdown, r.sup.Err())
}

func TestEachTryCounts(t *testing.T) {
	leak.Check(t)
	for _, tt := range []struct {
		max  int
		want string
	}{{3, "a running"}, {2, ""}} {
		r := newRig(t)
		r.start([]supervisor.Spec{r.scripted("a", worker{}, []outcome{works, fails, panics, works})}, supervisor.Intensity(tt.max, time.Hour))
		r.end("a", errBoom)
		if tt.want == "" {
			require.Equal(t, process.Shutdown, r.sup.Err())
		} else {
			require.Equal(t, tt.want, r.states())
		}
	}
}

func TestOneCounterForAllChildrenAndGroups(t *testing.T) {
	leak.Check(t)
	r := newRig(t)
	r.start(r.plain("a b c"), supervisor.Intensity(2, time.Hour), supervisor.Strategy(supervisor.OneForAll))
	r.end("a", errBoom)
	r.end("b", errBoom)
	require.Nil(t, r.sup.Err())
	r.end("c", errBoom)
	require.Equal(t, process.Shutdown, r.sup.Err())
}
