package stage_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/stagecraft-go/stagecraft/stage"
)

// loser is a source that hears of the events that its buffer drops.
type loser struct {
	source
	lost [][]int
}

func (l *loser) HandleDiscarded(_ *stage.Context[int], events []int) { l.lost = append(l.lost, events) }

func TestAProducerGetsTheEventsThatItsBufferDropped(t *testing.T) {
	for _, c := range []struct {
		size  int
		keep  stage.Keep
		lists [][]int
		lost  [][]int
	}{
		{3, stage.KeepLast, [][]int{{1, 2}, {3, 4}, {5}}, [][]int{{1}, {2}}},
		{3, stage.KeepFirst, [][]int{{1, 2}, {3, 4}, {5}}, [][]int{{4}, {5}}},
		{2, stage.KeepLast, [][]int{{1}, upTo(2, 6)}, [][]int{{1, 2, 3, 4}}},
		{2, stage.KeepFirst, [][]int{{1}, upTo(2, 6)}, [][]int{{3, 4, 5, 6}}},
		{0, stage.KeepLast, [][]int{{1, 2}}, [][]int{{1, 2}}},
		{stage.Infinite, stage.KeepLast, [][]int{upTo(1, 100)}, nil},
	} {
		t.Run(fmt.Sprint(c.size, c.keep, c.lists), func(t *testing.T) {
			inWorld(t, func(w *world) {
				l := new(loser)
				p := w.producer(l, stage.BufferSize(c.size), stage.BufferKeep(c.keep))
				for _, list := range c.lists {
					push(p, list...)
				}
				w.settle()
				assert.Equal(w, c.lost, l.lost)
			})
		})
	}
}
