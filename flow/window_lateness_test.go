package flow_test

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/stagecraft-go/stagecraft/flow"
)

func TestAWindowWaitsForLateEvents(t *testing.T) {
	inWorld(t, func(w *world) {
		v := w.watching(1, tens().AllowLateness(time.Minute))
		assert.Equal(w, []fired{in10(0, flow.Watermark, 1)}, v.send(0, 1, 15))
		assert.Equal(w, []fired{in10(10, flow.Watermark, 15)}, v.send(0, 2, 25))
		assert.Empty(w, v.send(0, 3))
		assert.Equal(w, []fired{
			in10(0, flow.Done, 1, 2, 3), in10(10, flow.Done, 15), in10(20, flow.Done, 25),
		}, v.end(0), "at the end none waits any longer")
	})
}

func TestTheWaitForLateEventsEnds(t *testing.T) {
	inWorld(t, func(w *world) {
		var late atomic.Int64
		v := w.watching(1, tens().AllowLateness(time.Minute).CountLate(&late))
		v.send(0, 1, 15)
		assert.Empty(w, v.pass(30*time.Second))
		assert.Equal(w, []fired{in10(10, flow.Watermark, 15)}, v.send(0, 25))
		assert.Empty(w, v.pass(29*time.Second))
		assert.Empty(w, v.send(0, 2))
		assert.Equal(w, []fired{in10(0, flow.Done, 1, 2)}, v.pass(time.Second))
		assert.Empty(w, v.send(0, 3))
		assert.EqualValues(w, 1, late.Load())
		assert.Empty(w, v.send(0, 11), "the next one still waits")
		assert.Equal(w, []fired{in10(10, flow.Done, 15, 11)}, v.pass(30*time.Second))
		assert.Equal(w, []fired{in10(20, flow.Done, 25)}, v.end(0))
	})
}

// What counts is when a window's time was over, not whether somebody had been
// there by then.
func TestALateEventOpensItsWindow(t *testing.T) {
	inWorld(t, func(w *world) {
		var late atomic.Int64
		v := w.watching(1, tens().AllowLateness(time.Minute).CountLate(&late))
		assert.Equal(w, []fired{in10(0, flow.Watermark, 1)}, v.send(0, 1, 35))
		assert.Empty(w, v.pass(20*time.Second))
		assert.Empty(w, v.send(0, 15, -5), "also before the first one")
		assert.Empty(w, v.pass(39*time.Second))
		v.send(0, 16)
		assert.ElementsMatch(w, []fired{in10(0, flow.Done, 1), in10(10, flow.Done, 15, 16), in10(-10, flow.Done, -5)}, v.pass(time.Second))
		assert.Empty(w, v.send(0, 17, 25, -6))
		assert.EqualValues(w, 3, late.Load())
		assert.Equal(w, []fired{in10(30, flow.Done, 35)}, v.end(0))
	})
}

// Windows that were passed at different times wait for that long, each.
func TestLateEventsOfManyWindows(t *testing.T) {
	inWorld(t, func(w *world) {
		var late atomic.Int64
		v := w.watching(1, tens().AllowLateness(time.Minute).CountLate(&late))
		for i := range 1000 { // one each 100 ms, the last 600 may be late
			v.send(0, 10*i)
			v.pass(100 * ms)
		}
		for i := range 1000 {
			v.send(0, 10*i+5)
		}
		assert.InDelta(w, 400, late.Load(), 11)
		assert.LessOrEqual(w, late.Load(), int64(400), "each waits a minute at least")
		v.end(0)
	})
}

func TestGapsWaitAsWell(t *testing.T) {
	inWorld(t, func(w *world) {
		v := w.watching(1, tens().AllowLateness(time.Minute).WithGaps())
		assert.Equal(w, []fired{
			in10(0, flow.Watermark, 1), in10(10, flow.Watermark), in10(20, flow.Watermark),
		}, v.send(0, 1, 35))
		assert.Empty(w, v.send(0, 15))
		assert.Equal(w, []fired{
			in10(0, flow.Done, 1), in10(10, flow.Done, 15), in10(20, flow.Done),
		}, v.pass(time.Minute))
		assert.Equal(w, []fired{in10(30, flow.Watermark, 35)}, v.send(0, 41))
		assert.Equal(w, []fired{in10(30, flow.Done, 35), in10(40, flow.Done, 41)}, v.end(0))
	})
}

// A trigger with a state of its own goes on counting behind the watermark.
func TestTriggersOfAWindowThatWaits(t *testing.T) {
	inWorld(t, func(w *world) {
		v := w.watching(1, tens().AllowLateness(time.Minute).Every(2))
		assert.Equal(w, []fired{in10(0, flow.Watermark, 1)}, v.send(0, 1, 15))
		assert.Equal(w, []fired{in10(0, "every 2", 1, 2)}, v.send(0, 2))
		assert.Equal(w, []fired{in10(0, flow.Done, 1, 2), in10(10, flow.Done, 15)}, v.end(0))
	})
}
