package flow_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/flow"
)

// received is what a flow has got so far, in a test that looks on.
type received struct{ events []int }

func (r *received) tap(f flow.Flow[int]) flow.Flow[int] {
	return f.Tap(func(n int) { r.events = append(r.events, n) })
}

func TestAChannelEndsTheFlowWhenItIsClosed(t *testing.T) {
	for _, buffer := range []int{0, 1, 100, 3000} {
		for _, opts := range asks() {
			inWorld(t, func(w *world) {
				for _, stages := range []int{1, 3} {
					ch := make(chan int, buffer)
					go func() {
						defer close(ch)
						for n := range 3000 {
							ch <- n
						}
					}()
					got := collect(w, flow.FromChan(ch, stagesOf(stages, opts)...).Tap(func(int) {}))
					if stages > 1 {
						slices.Sort(got)
					}
					assert.Equal(w, upTo(0, 2999), got)
				}
			})
		}
	}
}

func TestAClosedChannel(t *testing.T) {
	inWorld(t, func(w *world) {
		ch := make(chan int)
		close(ch)
		assert.Empty(w, collect(w, flow.FromChan(ch)))
		assert.Empty(w, collect(w, flow.FromChan(ch).Filter(isEven)))
		assert.Equal(w, []int{0}, collect(w, sum(flow.FromChan(ch, flow.Stages(1))).State()))
	})
}

func TestAValueOfAChannelDoesNotWaitForOthers(t *testing.T) {
	inWorld(t, func(w *world) {
		ch, got := make(chan int), new(received)
		job := start(w, got.tap(flow.FromChan(ch, flow.Stages(1))))
		for n := range 5 {
			ch <- n
			w.settle()
			assert.Equal(w, upTo(0, n), got.events)
		}
		close(ch)
		require.NoError(w, job.Wait(background))
	})
}

func TestNoMoreIsTakenOutOfAChannelThanIsAskedFor(t *testing.T) {
	inWorld(t, func(w *world) {
		ch, g := make(chan int, 100), newGate()
		for n := range 100 {
			ch <- n
		}
		got := new(received)
		f := flow.FromChan(ch, flow.Stages(1), flow.MaxDemand(10))
		job := start(w, got.tap(f).Tap(func(int) { g.Await() }))
		w.settle()
		assert.Len(w, ch, 90)
		g.Open()
		close(ch)
		require.NoError(w, job.Wait(background))
		assert.Equal(w, upTo(0, 99), got.events)
	})
}

func TestASenderIsHeldUpByASlowFlow(t *testing.T) {
	inWorld(t, func(w *world) {
		ch, g, sent := make(chan int), newGate(), 0
		go func() {
			defer close(ch)
			for ; sent < 100; sent++ {
				ch <- sent
			}
		}()
		job := start(w, flow.FromChan(ch, flow.Stages(1), flow.MaxDemand(7)).Tap(func(int) { g.Await() }))
		w.settle()
		assert.Equal(w, 7, sent)
		g.Open()
		require.NoError(w, job.Wait(background))
		assert.Equal(w, 100, sent)
	})
}

func TestAFlowThatEndsLeavesTheChannelAlone(t *testing.T) {
	inWorld(t, func(w *world) {
		ch := make(chan int)
		job := start(w, flow.FromChan(ch))
		w.settle()
		must(job.Stop(background))
		select {
		case ch <- 1:
			w.Error("somebody receives")
		default:
		}
	})
}

// Two flows can share a channel: each value goes to one of them.
func TestTwoFlowsOfOneChannel(t *testing.T) {
	inWorld(t, func(w *world) {
		ch := make(chan int)
		a, b := new(received), new(received)
		f := flow.FromChan(ch, flow.Stages(1), flow.MaxDemand(3))
		first, second := start(w, a.tap(f)), start(w, b.tap(f))
		for n := range 1000 {
			ch <- n
		}
		close(ch)
		require.NoError(w, first.Wait(background))
		require.NoError(w, second.Wait(background))
		assert.ElementsMatch(w, upTo(0, 999), append(a.events, b.events...))
	})
}
