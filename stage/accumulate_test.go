package stage_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/stage"
)

func TestHeldDemandAndEventsAreReplayedInTheOrderOfTheirArrival(t *testing.T) {
	inWorld(t, func(w *world) {
		from, to := &source{}, w.probe()
		from.onDemand = func(ctx *stage.Context[int], n int) error { ctx.Emit(100 * n); return nil }
		p := w.producer(from, stage.Demand(stage.Accumulate))
		push(p, 1, 2)
		ref := to.asking(p.PID(), 5)
		w.settle()
		push(p, 3)
		w.settle()
		to.ask(p.PID(), ref, 4)
		to.ask(p.PID(), ref, 0)
		w.settle()
		push(p, 4, 5)
		w.settle()
		assert.Empty(t, to.take())
		assert.Empty(t, from.demands())
		p.SetDemand(stage.Forward)
		w.settle()
		assert.Equal(t, []string{"events [1 2]", "events [500]", "events [3]", "events [400]", "events [4 5]"}, to.take())
		assert.Equal(t, []int{5, 4}, from.demands())
	})
}

func TestDemandCanBeHeldBackAtAnyTime(t *testing.T) {
	inWorld(t, func(w *world) {
		from, to := counting(100), w.probe()
		p := w.producer(from)
		ref := to.asking(p.PID(), 2)
		w.settle()
		p.SetDemand(stage.Accumulate)
		to.ask(p.PID(), ref, 3)
		p.SetDemand(stage.Accumulate)
		to.ask(p.PID(), ref, 1)
		w.settle()
		assert.Equal(t, []string{"events [1 2]"}, to.take())
		p.SetDemand(stage.Forward)
		p.SetDemand(stage.Forward)
		w.settle()
		assert.Equal(t, []int{2, 3, 1}, from.demands())
		assert.Equal(t, []string{"events [3 4 5]", "events [6]"}, to.take())
	})
}

func TestHeldDemandIsServedFromTheBufferFirst(t *testing.T) {
	inWorld(t, func(w *world) {
		from, to := counting(100), w.probe()
		p := w.producer(from)
		push(p, -3, -2, -1)
		p.SetDemand(stage.Accumulate)
		ref := to.asking(p.PID(), 2)
		to.ask(p.PID(), ref, 4)
		w.settle()
		assert.Equal(t, 3, w.buffered(p))
		p.SetDemand(stage.Forward)
		w.settle()
		assert.Equal(t, []int{3}, from.demands())
		assert.Equal(t, []string{"events [-3 -2 -1]", "events [1 2 3]"}, to.take())
	})
}

func TestHeldEventsDoNotOvertakeTheBuffer(t *testing.T) {
	inWorld(t, func(w *world) {
		from, to := counting(100), w.probe()
		p := w.producer(from)
		push(p, -5, -4)
		p.SetDemand(stage.Accumulate)
		push(p, -3, -2, -1)
		to.asking(p.PID(), 6)
		w.settle()
		p.SetDemand(stage.Forward)
		w.settle()
		assert.Equal(t, []string{"events [-5 -4]", "events [-3 -2 -1]", "events [1]"}, to.take())
	})
}

func TestHeldEventsAreNotInTheEstimate(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.producer(&source{}, stage.Demand(stage.Accumulate), stage.BufferSize(1))
		push(p, 1, 2, 3)
		assert.Zero(t, w.buffered(p))
		assert.Empty(t, w.log.Take(), "the buffer size is no limit for them")
		p.SetDemand(stage.Forward)
		assert.Equal(t, 1, w.buffered(p))
	})
}

func TestAnErrorInReplayStopsTheProducer(t *testing.T) {
	inWorld(t, func(w *world) {
		from, to := &source{}, w.probe()
		from.onDemand = func(*stage.Context[int], int) error { return assert.AnError }
		p := w.producer(from, stage.Demand(stage.Accumulate))
		to.asking(p.PID(), 1)
		w.settle()
		p.SetDemand(stage.Forward)
		w.settle()
		assert.Equal(t, assert.AnError, p.Err())
	})
}

func TestDemandModeOfEachRole(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.producer(&source{}, stage.Demand(stage.Accumulate))
		got, err := p.DemandMode(background)
		require.NoError(t, err)
		assert.Equal(t, stage.Accumulate, got)
		p.SetDemand(stage.Forward)
		got, err = p.DemandMode(background)
		require.NoError(t, err)
		assert.Equal(t, stage.Forward, got)

		pc := w.relay(&filter{}, nil)
		_, err = pc.DemandMode(background)
		assert.ErrorIs(t, err, stage.ErrNotAProducer)
		pc.SetDemand(stage.Forward)
		w.settle()
		assert.Empty(t, w.log.Take(), "it is the only mode of a producer_consumer")
		pc.SetDemand(stage.Accumulate)
		w.settle()
		assert.Equal(t, []string{"ERROR demand mode set on a stage that is not a producer role=producer_consumer"}, w.log.Take())

		pc.SetDemand(9)
		w.settle()
		assert.Equal(t, []string{"ERROR demand mode that does not exist mode=invalid(9)"}, w.log.Take())

		c := w.consumer(&sink{}, nil)
		_, err = c.DemandMode(background)
		assert.ErrorIs(t, err, stage.ErrNotAProducer)
		_, err = c.EstimateBuffered(background)
		assert.ErrorIs(t, err, stage.ErrNotAProducer)
		assert.Equal(t, []string{"ERROR buffered count asked of a stage that is not a producer"}, w.log.Take())
	})
}
