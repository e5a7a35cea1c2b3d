package supervisor_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/supervisor"
)

func backoff(initial, max time.Duration) change {
	return func(s *supervisor.Spec) { s.Backoff = supervisor.Backoff{Initial: initial, Max: max} }
}

func TestBackoffDoublesUpToItsMaximum(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		r := newRig(t)
		r.start([]supervisor.Spec{r.scripted("a", worker{}, []outcome{works, fails, works}, backoff(time.Second, 3*time.Second))},
			supervisor.Intensity(100, time.Hour))
		died := time.Now()
		since := func() time.Duration { return time.Since(died).Round(time.Second) }
		r.end("a", errBoom)
		require.Equal(t, "a restarting", r.states())
		time.Sleep(time.Second)
		synctest.Wait()
		require.Equal(t, "a restarting", r.states(), "the first try fails")
		time.Sleep(2 * time.Second)
		synctest.Wait()
		require.Equal(t, "a running", r.states())
		require.Equal(t, 3*time.Second, since())
		r.end("a", errBoom)
		time.Sleep(3*time.Second - 1)
		require.Equal(t, "a restarting", r.states())
		time.Sleep(time.Nanosecond)
		synctest.Wait()
		require.Equal(t, "a running", r.states())
		time.Sleep(3*time.Second + 1) // long enough to begin anew
		r.end("a", errBoom)
		time.Sleep(time.Second)
		synctest.Wait()
		require.Equal(t, "a running", r.states())
	})
}

func TestBackoffWithoutAMaximumIsConstant(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		r := newRig(t)
		r.start([]supervisor.Spec{r.scripted("a", worker{}, []outcome{works, fails, fails, works}, backoff(time.Second, 0))},
			supervisor.Intensity(100, time.Hour))
		r.end("a", errBoom)
		time.Sleep(3*time.Second - 1)
		require.Equal(t, "a restarting", r.states())
		time.Sleep(time.Nanosecond)
		synctest.Wait()
		require.Equal(t, "a running", r.states())
	})
}

func TestBackoffJitter(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		r := newRig(t)
		spec := r.child("a")
		spec.Backoff = supervisor.Backoff{Initial: 10 * time.Second, Max: 10 * time.Second, Jitter: 0.2}
		started := make(chan time.Time, 1)
		r.start([]supervisor.Spec{spec}, supervisor.Intensity(1000, time.Hour), supervisor.OnEvent(func(e supervisor.Event) {
			r.note(e)
			if e.Kind == supervisor.ChildStarted {
				started <- time.Now()
			}
		}))
		<-started
		seen := make(map[time.Duration]bool)
		for range 50 {
			died := time.Now()
			r.end("a", errBoom)
			delay := (<-started).Sub(died)
			require.InDelta(t, 10, delay.Seconds(), 2)
			seen[delay] = true
		}
		require.Greater(t, len(seen), 10)
	})
}

// The group is down while the restart waits.
func TestBackoffOfAGroup(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		r := newRig(t)
		r.start([]supervisor.Spec{r.child("a"), r.child("b", backoff(time.Second, time.Second)), r.child("c")},
			supervisor.Strategy(supervisor.RestForOne))
		r.end("b", errBoom)
		require.Equal(t, "a running, b restarting, c undefined", r.states())
		time.Sleep(time.Second)
		synctest.Wait()
		require.Equal(t, "a running, b running, c running", r.states())
	})
}

func TestTerminateCallsADelayedRestartOff(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		r := newRig(t)
		r.start(r.plain("a", backoff(time.Second, time.Second)))
		r.end("a", errBoom)
		require.NoError(t, r.sup.TerminateChild(r.ctx, "a"))
		_, err := r.sup.RestartChild(r.ctx, "a")
		require.NoError(t, err)
		r.end("a", errBoom)
		r.take()
		time.Sleep(time.Second)
		synctest.Wait()
		require.Equal(t, []string{"child_started a"}, r.take(), "one restart")
		r.end("a", errBoom)
		require.NoError(t, r.sup.Stop(r.ctx, nil))
	})
}

func TestGivingUpDoesNotWait(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		r := newRig(t)
		r.start(r.plain("a", backoff(time.Hour, time.Hour)), supervisor.Intensity(0, time.Hour))
		r.end("a", errBoom)
		require.NotNil(t, r.sup.Err())
	})
}
