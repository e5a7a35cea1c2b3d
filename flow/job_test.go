package flow_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/flow"
)

func isDone(job *flow.Job) bool {
	select {
	case <-job.Done():
		return true
	default:
		return false
	}
}

// must is for what must succeed.
func must(err error) {
	if err != nil {
		panic(err)
	}
}

func TestAJobComesToItsEnd(t *testing.T) {
	inWorld(t, func(w *world) {
		ch := make(chan int)
		job := start(w, flow.FromChan(ch).Filter(isEven))
		ch <- 1
		w.settle()
		assert.False(w, isDone(job))
		assert.NoError(w, job.Err())
		close(ch)
		assert.NoError(w, job.Wait(background))
		assert.True(w, isDone(job))
		assert.NoError(w, job.Err())
		assert.Zero(w, w.sys.Count())
		must(job.Stop(background))
		assert.NoError(w, job.Err(), "it was over already")
	})
}

func TestAJobIsStopped(t *testing.T) {
	for name := range endlessFlows(nil) {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				stopped := false
				job, err := endlessFlows(&stopped)[name].Start(background, w.in)
				require.NoError(w, err)
				must(job.Stop(background))
				assert.True(w, isDone(job))
				assert.Zero(w, w.sys.Count())
				assert.ErrorIs(w, job.Err(), flow.ErrStopped)
				assert.ErrorIs(w, job.Wait(background), flow.ErrStopped)
				must(job.Stop(background))
				assert.Equal(w, flow.ErrStopped, job.Err())
			})
		})
	}
}

func TestAJobIsStoppedByMany(t *testing.T) {
	inWorld(t, func(w *world) {
		job := start(w, flow.FromSeq(endless(nil)).Filter(isEven))
		var all sync.WaitGroup
		for range 10 {
			all.Go(func() { must(job.Stop(background)) })
			all.Go(func() { assert.ErrorIs(w, job.Wait(background), flow.ErrStopped) })
		}
		all.Wait()
	})
}

func TestAJobFails(t *testing.T) {
	inWorld(t, func(w *world) {
		job := start(w, flow.TryMap(flow.FromSeq(endless(nil)), func(int) (int, error) { return 0, errBoom }))
		<-job.Done()
		assert.ErrorIs(w, job.Err(), errBoom)
		must(job.Stop(background))
		assert.ErrorIs(w, job.Wait(background), errBoom, "it was not stopped, it had failed")
	})
}

func TestWaitIsGivenUp(t *testing.T) {
	inWorld(t, func(w *world) {
		job := start(w, flow.FromChan(make(chan int)))
		ctx, cancel := context.WithTimeout(background, time.Minute)
		defer cancel()
		assert.ErrorIs(w, job.Wait(ctx), context.DeadlineExceeded)
		assert.False(w, isDone(job))
		must(job.Stop(background))
	})
}

func TestAJobLivesAsLongAsItsContext(t *testing.T) {
	inWorld(t, func(w *world) {
		ctx, cancel := context.WithCancel(background)
		job, err := flow.FromChan(make(chan int)).Start(ctx, w.in)
		require.NoError(w, err)
		cancel()
		assert.ErrorIs(w, job.Wait(background), context.Canceled)
	})
}

// Stop waits for a stage that is stuck as long as Shutdown says; then the
// stage is given up and counted.
func TestAStuckStageIsAbandoned(t *testing.T) {
	for _, patience := range []time.Duration{0, time.Second, time.Minute} {
		inWorld(t, func(w *world) {
			g := newGate()
			f := flow.Map(one(10, flow.Shutdown(time.Millisecond)).Shuffle(flow.Stages(1), flow.Shutdown(patience)),
				func(n int) int { g.Await(); return n })
			job := start(w, f.Shuffle(flow.Shutdown(0)).Filter(isEven))
			w.settle()
			begin := time.Now()
			must(job.Stop(background))
			assert.Equal(w, max(patience, time.Millisecond), time.Since(begin), "the longest time counts")
			assert.Equal(w, flow.ErrStopped, job.Err())
			assert.Equal(w, 1, w.sys.Abandoned())
			g.Open()
			w.settle()
		})
	}
}

// Whoever stops a flow may give up before the flow does.
func TestStopIsGivenUp(t *testing.T) {
	inWorld(t, func(w *world) {
		g := newGate()
		job := start(w, one(10).Tap(func(int) { g.Await() }))
		w.settle()
		ctx, cancel := context.WithTimeout(background, time.Second)
		defer cancel()
		assert.ErrorIs(w, job.Stop(ctx), context.DeadlineExceeded)
		assert.False(w, isDone(job))
		g.Open()
		must(job.Stop(background))
		assert.Equal(w, flow.ErrStopped, job.Err())
	})
}

func TestWhatIsAtWorkMayComeToItsEnd(t *testing.T) {
	inWorld(t, func(w *world) {
		ended := false
		f := one(1).Tap(func(int) {
			time.Sleep(time.Second)
			ended = true
		})
		job := start(w, f)
		w.settle()
		begin := time.Now()
		must(job.Stop(background))
		assert.Equal(w, time.Second, time.Since(begin))
		assert.True(w, ended)
	})
}

// Stop from within an operation waits for itself, until the stage is given up.
func TestAStageThatStopsItsFlow(t *testing.T) {
	inWorld(t, func(w *world) {
		jobs := make(chan *flow.Job, 1)
		f := one(1, flow.Shutdown(time.Second)).Tap(func(int) { must((<-jobs).Stop(background)) })
		job := start(w, f)
		jobs <- job
		assert.ErrorIs(w, job.Wait(background), flow.ErrStopped)
		w.settle()
	})
}

func TestRunDropsWhatIsEmitted(t *testing.T) {
	inWorld(t, func(w *world) {
		seen := 0
		require.NoError(w, one(5000).Tap(func(int) { seen++ }).Run(background, w.in))
		assert.Equal(w, 5000, seen)
	})
}

func TestTheLoopGetsAllEvents(t *testing.T) {
	inWorld(t, func(w *world) {
		var got []int
		for n, err := range one(2500).All(background, w.in) {
			require.NoError(w, err)
			got = append(got, n)
		}
		assert.Equal(w, upTo(1, 2500), got)
		for range one(0).Filter(isEven).All(background, w.in) {
			w.Error("there is nothing")
		}
	})
}
