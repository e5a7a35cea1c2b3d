package flow_test

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/stagecraft-go/stagecraft/flow"
)

// behindSlow is a layer of one stage that takes a minute for each list.
func behindSlow(f flow.Flow[[]int]) flow.Flow[[]int] {
	return f.Shuffle(flow.Stages(1), flow.MaxDemand(1)).Tap(func([]int) { time.Sleep(time.Minute) })
}

// A producer whose lists wait in the stage for demand is not idle: time must not
// go on without them.
func TestAProducerThatIsHeldBackIsNotIdle(t *testing.T) {
	for name, window := range map[string]flow.Window[int]{
		"fixed":   tens(),
		"session": flow.Session(5*ms, at, func(n int) int { return n / 10 }),
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				var late atomic.Int64
				f := one(300, flow.MaxDemand(20)).Window(window.IdleTimeout(time.Second).CountLate(&late))
				counted := 0
				for _, l := range collect(w, behindSlow(list(f).State())) {
					counted += len(l)
				}
				assert.Equal(w, 300, counted)
				assert.Zero(w, late.Load())
			})
		})
	}
}

// The clock of AllowLateness ends a window behind the lists that have come by
// then, also if they wait for demand.
func TestLateEventsThatAreHeldBack(t *testing.T) {
	inWorld(t, func(w *world) {
		var late atomic.Int64
		ch := make(chan int)
		window := tens().AllowLateness(10 * time.Second).CountLate(&late)
		var seen [][]int
		f := behindSlow(list(flow.FromChan(ch, flow.Stages(1)).Window(window)).State()).Tap(func(l []int) { seen = append(seen, l) })
		job := start(w, f)
		ch <- 1
		ch <- 35
		ch <- 55
		ch <- 75
		w.settle() // three windows have fired: one is at work, two wait
		ch <- 2
		close(ch)
		assert.NoError(w, job.Wait(background))
		assert.Contains(w, seen, []int{1, 2})
		assert.Zero(w, late.Load())
	})
}

// Windows that are passed one soon after the other wait for late events
// together, and none of them ends twice.
func TestAWindowIsDoneOnce(t *testing.T) {
	inWorld(t, func(w *world) {
		var late atomic.Int64
		v := w.watching(1, tens().AllowLateness(64*time.Second).CountLate(&late))
		v.send(0, 5, 15)
		assert.Equal(w, []fired(nil), v.pass(500*ms))
		v.send(0, 25)
		done := v.pass(63_700 * ms)
		done = append(done, v.send(0, 6)...)
		done = append(done, v.pass(5*time.Second)...)
		assert.Equal(w, []fired{in10(0, flow.Done, 5, 6), in10(10, flow.Done, 15)}, done)
		done = v.send(0, 7)
		assert.EqualValues(w, 1, late.Load())
		assert.Equal(w, []fired{in10(20, flow.Done, 25)}, append(done, v.end(0)...))
	})
}
