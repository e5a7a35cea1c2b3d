package process

import (
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

func (w *workers) counts() (running, parked int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.running, len(w.parked)
}

// occupy runs n jobs at the same time and returns how to end them.
func occupy(w *workers, n int) (release func()) {
	free := make(chan struct{})
	for range n {
		w.Schedule(func() { <-free })
	}
	return func() { close(free) }
}

func TestWorkersAreAsManyAsAreNeeded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorkers()
		w.maxParked = 3
		release := occupy(w, 10)
		synctest.Wait()
		running, parked := w.counts()
		require.Equal(t, 10, running)
		require.Zero(t, parked)

		release()
		synctest.Wait()
		running, parked = w.counts()
		require.Equal(t, 3, running)
		require.Equal(t, 3, parked)
		w.stop(true)
		running, _ = w.counts()
		require.Zero(t, running)
	})
}

func TestUnusedWorkersEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorkers()
		occupy(w, 5)()
		synctest.Wait()
		for range 5 { // one of them stays in use
			time.Sleep(w.parkTimeout / 2)
			occupy(w, 1)()
			synctest.Wait()
		}
		running, _ := w.counts()
		require.Equal(t, 1, running)
		time.Sleep(3 * w.parkTimeout)
		synctest.Wait()
		running, _ = w.counts()
		require.Zero(t, running)
		require.False(t, w.armed)

		occupy(w, 1)()
		w.stop(true)
	})
}

func TestOptionsOfTheWorkers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sys := NewSystem(WithMaxParked(2), WithParkTimeout(time.Minute))
		release := occupy(sys.workers, 5)
		release()
		synctest.Wait()
		_, parked := sys.workers.counts()
		require.Equal(t, 2, parked)
		time.Sleep(3 * time.Minute)
		running, _ := sys.workers.counts()
		require.Zero(t, running)
		require.NoError(t, sys.Shutdown(t.Context()))
	})
}

func TestAGoexitTakesOnlyItsWorker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorkers()
		w.Schedule(runtime.Goexit)
		synctest.Wait()
		running, parked := w.counts()
		require.Zero(t, running)
		require.Zero(t, parked)
		w.stop(true)
		w.stop(true)
	})
}
