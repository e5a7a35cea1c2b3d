package dispatcher

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// What leaves a queue leaves in order, and nothing that has left is kept alive by
// its memory.
func TestAQueueUsesItsMemoryAgain(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	var q queue[*int]
	var model []*int
	for range 5_000 {
		if rng.IntN(2) == 0 {
			events := make([]*int, rng.IntN(20))
			for i := range events {
				events[i] = new(int)
			}
			q.push(events)
			model = append(model, events...)
		} else {
			events := q.next(rng.IntN(25))
			require.True(t, slices.Equal(model[:len(events)], events))
			model = model[len(events):]
			q.drop(len(events))
		}
		require.Equal(t, len(model), q.len())
		for i, event := range q.memory[:cap(q.memory)] {
			if i < q.first || i >= len(q.memory) {
				if event != nil {
					t.Fatalf("place %d of %d is not empty", i, cap(q.memory))
				}
			}
		}
	}
	require.Equal(t, len(model), q.clear())
}

func TestAnEmptyQueueKeepsLittle(t *testing.T) {
	var q queue[int]
	q.push(make([]int, keepRoom))
	q.drop(keepRoom)
	kept := cap(q.memory)
	require.LessOrEqual(t, kept, keepRoom)
	require.Zero(t, testing.AllocsPerRun(10, func() {
		q.push(q.memory[:kept:kept])
		q.drop(kept)
	}))
	q.push(make([]int, keepRoom+1))
	q.drop(keepRoom + 1)
	require.Zero(t, cap(q.memory))
}

// A notice stands behind the events before it, wherever they are in memory.
func TestNoticesKeepTheirPlace(t *testing.T) {
	var q queue[int]
	q.push([]int{1, 2, 3})
	q.drop(len(q.next(2)))
	delivered := false
	q.pushNotice(&notice{deliver: func() { delivered = true }})
	q.push([]int{4, 5, 6, 7, 8}) // moves 3 to the front
	require.Equal(t, []int{3}, q.next(10))
	q.popNotices()
	require.False(t, delivered)
	q.drop(1)
	q.popNotices()
	require.True(t, delivered)
	require.Equal(t, []int{4, 5, 6, 7, 8}, q.next(10))
}
