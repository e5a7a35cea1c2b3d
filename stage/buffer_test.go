package stage_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/stagecraft-go/stagecraft/stage"
)

func TestWhatSurvivesInABuffer(t *testing.T) {
	for _, c := range []struct {
		size      int
		keep      stage.Keep
		lists     [][]int
		kept      []int
		discarded []int // for each list that overflows
	}{
		{0, stage.KeepLast, [][]int{{1, 2}, {3}}, nil, []int{2, 1}},
		{0, stage.KeepFirst, [][]int{{1, 2}, {3}}, nil, []int{2, 1}},
		{1, stage.KeepLast, [][]int{{1}, {2}, {3, 4}}, []int{4}, []int{1, 2}},
		{1, stage.KeepFirst, [][]int{{1}, {2}, {3, 4}}, []int{1}, []int{1, 2}},
		{3, stage.KeepLast, [][]int{{1, 2, 3}}, []int{1, 2, 3}, nil},
		{3, stage.KeepLast, [][]int{{1, 2}, {3, 4, 5, 6}}, []int{4, 5, 6}, []int{3}},
		{3, stage.KeepFirst, [][]int{{1, 2}, {3, 4, 5, 6}}, []int{1, 2, 3}, []int{3}},
		{3, stage.KeepLast, [][]int{upTo(1, 9), upTo(10, 19)}, []int{17, 18, 19}, []int{6, 10}},
		{stage.Infinite, stage.KeepLast, [][]int{upTo(1, 20_000)}, upTo(1, 20_000), nil},
		{stage.Infinite, stage.KeepFirst, [][]int{upTo(1, 20_000)}, upTo(1, 20_000), nil},
	} {
		t.Run(fmt.Sprintf("size %d keep %s %d lists", c.size, c.keep, len(c.lists)), func(t *testing.T) {
			inWorld(t, func(w *world) {
				to := &sink{}
				p := w.producer(&source{}, stage.BufferSize(c.size), stage.BufferKeep(c.keep))
				for _, list := range c.lists {
					push(p, list...)
				}
				assert.Equal(t, len(c.kept), w.buffered(p))
				w.consumer(to, stage.From(p, stage.MaxDemand(100_000)))
				w.settle()
				assert.Equal(t, c.kept, to.got)
				assert.Zero(t, w.buffered(p))
				var log []string
				for _, n := range c.discarded {
					log = append(log, fmt.Sprintf("WARN events discarded from the buffer events=%d", n))
				}
				assert.Equal(t, log, w.log.Take())
			})
		})
	}
}

func TestEventsWithinDemandNeedNoBuffer(t *testing.T) {
	inWorld(t, func(w *world) {
		to := &sink{}
		p := w.producer(counting(3000), stage.BufferSize(0))
		w.consumer(to, stage.From(p, stage.MaxDemand(10)))
		w.settle()
		assert.Equal(t, upTo(1, 3000), to.got)
		assert.Empty(t, w.log.Take())
	})
}

func TestDefaultSizeOfBuffers(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.producer(&source{})
		push(p, upTo(1, 10_001)...)
		assert.Equal(t, 10_000, w.buffered(p))
		pc := w.relay(&filter{}, nil)
		push(pc, upTo(1, 30_000)...)
		assert.Equal(t, 30_000, w.buffered(pc))
	})
}

func TestABufferMayBeLimitedInAProducerConsumer(t *testing.T) {
	inWorld(t, func(w *world) {
		up, to := w.probe(), w.probe()
		pc := w.relay(&filter{}, stage.From(up.source()), stage.BufferSize(2), stage.BufferKeep(stage.KeepFirst))
		ref := to.asking(pc.PID(), 1)
		w.settle()
		up.sendEvents(0, upTo(1, 9)...)
		w.settle()
		assert.Equal(t, []string{"WARN events discarded from the buffer events=6"}, w.log.Take())
		to.ask(pc.PID(), ref, 9)
		w.settle()
		assert.Equal(t, []string{"events [1]", "events [2 3]"}, to.take())
	})
}

// discarder is a source that hears of discarded events.
type discarder struct {
	source
	warn        bool
	onDiscarded func() error
}

func (d *discarder) FormatDiscarded(count int) bool {
	d.note("discarded %d", count)
	if d.onDiscarded != nil {
		_ = d.onDiscarded()
	}
	return d.warn
}

func TestFormatDiscardedDecidesOnTheWarning(t *testing.T) {
	for _, warn := range []bool{true, false} {
		t.Run(fmt.Sprint(warn), func(t *testing.T) {
			inWorld(t, func(w *world) {
				from := &discarder{warn: warn}
				p := w.producer(from, stage.BufferSize(2))
				push(p, 1, 2)
				push(p, 3)
				push(p, upTo(4, 9)...)
				w.settle()
				assert.Equal(t, []string{"discarded 1", "discarded 6"}, from.take())
				if warn {
					assert.Len(t, w.log.Take(), 2)
				} else {
					assert.Empty(t, w.log.Take())
				}
			})
		})
	}
}

func TestAnInfoIsNeverDroppedWithTheEventsBeforeIt(t *testing.T) {
	inWorld(t, func(w *world) {
		from := &source{}
		p := w.producer(from, stage.BufferSize(2))
		push(p, 1, 2)
		stage.AsyncInfo(p, "behind 2")
		push(p, 3) // drops 1
		w.settle()
		assert.Empty(t, from.take())
		push(p, 4) // drops 2
		stage.AsyncInfo(p, "behind 4")
		w.settle()
		assert.Equal(t, []string{"info behind 2"}, from.take())
		push(p, upTo(5, 9)...) // drops all, and more
		w.settle()
		assert.Equal(t, []string{"info behind 4"}, from.take())
	})
}

func TestAFullBufferThatKeepsTheFirstKeepsInfosInTheirPlace(t *testing.T) {
	inWorld(t, func(w *world) {
		from, to := &source{}, w.probe()
		p := w.producer(from, stage.BufferSize(2), stage.BufferKeep(stage.KeepFirst))
		push(p, 1, 2, 3)
		stage.AsyncInfo(p, "behind 2")
		push(p, 4)
		w.settle()
		assert.Empty(t, from.take())
		to.asking(p.PID(), 2)
		w.settle()
		assert.Equal(t, []string{"events [1 2]"}, to.take())
		assert.Equal(t, []string{"info behind 2"}, from.only("info"))
	})
}

func TestABufferOfSizeZeroLetsInfosPass(t *testing.T) {
	inWorld(t, func(w *world) {
		from := &source{}
		p := w.producer(from, stage.BufferSize(0))
		push(p, 1, 2)
		stage.AsyncInfo(p, "alone")
		w.settle()
		assert.Equal(t, []string{"info alone"}, from.take())
	})
}
