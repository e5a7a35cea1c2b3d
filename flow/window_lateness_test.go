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

func TestAnEventTooLateForAWindowThatNeverWas(t *testing.T) {
	inWorld(t, func(w *world) {
		var late atomic.Int64
		v := w.watching(1, tens().AllowLateness(time.Minute).CountLate(&late))
		v.send(0, 1, 35, 15)
		assert.EqualValues(w, 1, late.Load(), "there was no window to keep open")
		assert.Equal(w, []fired{in10(0, flow.Done, 1), in10(30, flow.Done, 35)}, v.end(0))
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
