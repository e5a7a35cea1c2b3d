package flow_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/flow"
)

// sorting starts a channel, a partition of two stages by the last digit, and a
// TakeSort behind windows of 10 ms.
func (w *world) sorting(window flow.Window[int]) (ch chan int, take func() [][]int, job *flow.Job) {
	ch = make(chan int)
	var v windowed
	f := flow.FromChan(ch).PartitionTo(func(n int) int { return n % 2 }, flow.Stages(2)).Window(window)
	sorted := flow.TakeSortIn(flow.Items(list(f)), 10, ascending).Tap(func(s flow.Sorted[int]) {
		v.note(fired{s.Window, flow.Done, s.Items})
	})
	job = start(w, sorted)
	w.settle()
	return ch, func() (lists [][]int) {
		w.settle()
		for _, f := range v.take() {
			lists = append(lists, f.events)
		}
		return lists
	}, job
}

// A stage that never gets an event holds back what merges its layer.
func TestAStageWithoutEvents(t *testing.T) {
	inWorld(t, func(w *world) {
		ch, take, job := w.sorting(tens())
		ch <- 2
		ch <- 22
		assert.Empty(w, take())
		time.Sleep(time.Hour)
		assert.Empty(w, take(), "without a timeout")
		must(job.Stop(background))
	})
	inWorld(t, func(w *world) {
		ch, take, job := w.sorting(tens().IdleTimeout(time.Minute))
		ch <- 2
		ch <- 22
		assert.Empty(w, take())
		time.Sleep(2 * time.Minute)
		assert.Equal(w, [][]int{{2}, {22}}, take(), "all is quiet")
		ch <- 1_000_002
		ch <- 1_000_012
		assert.Equal(w, [][]int{{1_000_002}}, take(), "the other stage is still idle")
		ch <- 1_000_015
		assert.Empty(w, take())
		ch <- 1_000_022
		assert.Empty(w, take(), "it has an open window")
		ch <- 1_000_021
		assert.Equal(w, [][]int{{1_000_012, 1_000_015}}, take())
		must(job.Stop(background))
	})
}

// What a stage says about a window that was merged without it comes out as well.
func TestAWindowThatWasMergedWithoutAStage(t *testing.T) {
	for name, window := range map[string]flow.Window[int]{"sparse": tens(), "gaps": tens().WithGaps()} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				ch, take, job := w.sorting(window.IdleTimeout(time.Minute))
				for n := 2; n <= 42; n += 10 {
					time.Sleep(50 * time.Second)
					ch <- n
				}
				assert.Equal(w, [][]int{{2}, {12}, {22}, {32}}, take())
				ch <- 5
				ch <- 35
				assert.Equal(w, []int{5}, take()[0])
				must(job.Stop(background))
			})
		})
	}
}

func TestSessionsAreOverWhenAllIsIdle(t *testing.T) {
	inWorld(t, func(w *world) {
		v := w.watching(2, flow.Session(time.Hour, at, func(int) string { return "even" }).IdleTimeout(time.Minute))
		v.send(0, 2)
		v.send(1, 4)
		assert.Empty(w, v.pass(59*time.Minute))
		assert.Equal(w, []fired{visit(2, 2, 4)}, v.pass(3*time.Minute))
		assert.Empty(w, v.end(0, 1))
	})
}

// An idle stage with an open session is waited for.
func TestAnIdleStageWithASession(t *testing.T) {
	inWorld(t, func(w *world) {
		window := flow.Session(10*time.Minute, at, func(n int) int { return n % 2 }).IdleTimeout(time.Minute)
		ch, take, job := w.sorting(window)
		ch <- 1
		const step = 15 * 60_000
		for n := step; n <= 2*step; n += step {
			ch <- n
		}
		time.Sleep(3 * time.Minute)
		assert.Empty(w, take(), "the session of 1 began before")
		time.Sleep(9 * time.Minute)
		assert.Equal(w, [][]int{{1}, {step}, {2 * step}}, take())
		must(job.Stop(background))
	})
}

// A producer that ends is no reason to wait.
func TestTheEndOfAProducerEndsSessions(t *testing.T) {
	inWorld(t, func(w *world) {
		v := w.watching(2, visits())
		v.send(0, 2)
		v.send(1, 4, 30)
		close(v.channels[0])
		w.settle()
		assert.Equal(w, []fired{visit(2, 2, 4)}, v.take())
		assert.Equal(w, []fired{visit(30, 30)}, v.end(1))
	})
}

// The operations that the end of a producer sets off may fail.
func TestAFailureAtTheEndOfAProducer(t *testing.T) {
	inWorld(t, func(w *world) {
		slow, fast := make(chan int), make(chan int)
		f := flow.OnTrigger(list(flow.Union(flow.FromChan(slow), flow.FromChan(fast)).With(flow.Stages(1)).Window(tens())),
			func([]int, flow.Firing) ([]int, []int) { panic(errBoom) })
		job := start(w, f)
		slow <- 1
		fast <- 25
		close(slow)
		err := job.Wait(background)
		require.ErrorIs(w, err, errBoom)
		var op *flow.OpError
		require.ErrorAs(w, err, &op)
		assert.Equal(w, "OnTrigger", op.Op)
	})
}
