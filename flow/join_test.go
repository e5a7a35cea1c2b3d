package flow_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/flow"
)

type row = flow.Row[string, int]

// joined are the rows of a join of words and lengths.
func joined(mode flow.JoinMode, words []string, lengths []int) (rows []row) {
	pair := func(s string, n int) row { return row{Left: s, Right: n, HasLeft: true, HasRight: true} }
	for _, s := range words {
		alone := true
		for _, n := range lengths {
			if len(s) == n {
				rows, alone = append(rows, pair(s, n)), false
			}
		}
		if alone && (mode == flow.LeftOuter || mode == flow.FullOuter) {
			rows = append(rows, row{Left: s, HasLeft: true})
		}
	}
	for _, n := range lengths {
		found := slices.ContainsFunc(words, func(s string) bool { return len(s) == n })
		if !found && (mode == flow.RightOuter || mode == flow.FullOuter) {
			rows = append(rows, row{Right: n, HasRight: true})
		}
	}
	return rows
}

func length(s string) int { return len(s) }

func TestJoins(t *testing.T) {
	words, lengths := []string{"a", "bb", "cc", "bb", "dddd", ""}, []int{1, 2, 2, 3, 9, 0}
	for _, mode := range []flow.JoinMode{flow.Inner, flow.LeftOuter, flow.RightOuter, flow.FullOuter} {
		for _, stages := range []int{1, 2, 5} {
			inWorld(t, func(w *world) {
				f := flow.Join(mode, flow.FromSlice(words), flow.FromSlice(lengths), length, same, flow.Stages(stages))
				assert.ElementsMatch(w, joined(mode, words, lengths), collect(w, f))
				f = flow.Join(mode, flow.FromSlice(words), flow.FromSlice([]int{}), length, same, flow.Stages(stages))
				assert.ElementsMatch(w, joined(mode, words, nil), collect(w, f))
				f = flow.Join(mode, flow.FromSlice([]string{}), flow.FromSlice(lengths), length, same, flow.Stages(stages))
				assert.ElementsMatch(w, joined(mode, nil, lengths), collect(w, f))
			})
		}
	}
}

func TestTheLayerOfAJoinGoesOn(t *testing.T) {
	inWorld(t, func(w *world) {
		rows := flow.Join(flow.FullOuter, one(10), one(15), same, same, flow.Stages(3))
		alone := rows.Filter(func(r flow.Row[int, int]) bool { return !r.HasLeft })
		assert.ElementsMatch(w, upTo(11, 15), collect(w, flow.Map(alone, func(r flow.Row[int, int]) int { return r.Right })))
		count := flow.Reduce(rows, zero, func(n int, _ flow.Row[int, int]) int { return n + 1 })
		counts := collect(w, count.State())
		assert.Len(w, counts, 3)
		assert.Equal(w, 15, counts[0]+counts[1]+counts[2])
	})
}

func TestASideOfAJoinMayReduceOrBeAUnion(t *testing.T) {
	inWorld(t, func(w *world) {
		left := flow.Entries(flow.GroupBy(flow.PartitionBy(one(20), isEven, flow.Stages(2)), isEven))
		right := flow.Union(one(1), one(2))
		rows := collect(w, flow.Join(flow.Inner, left, right, func(p flow.Pair[bool, []int]) bool { return p.Key }, isEven, flow.Stages(2)))
		require.Len(w, rows, 3)
		for _, r := range rows {
			assert.Equal(w, r.Left.Key, isEven(r.Right))
			assert.Len(w, r.Left.Value, 10)
		}
	})
}

func TestAFlowCanBeJoinedWithItself(t *testing.T) {
	inWorld(t, func(w *world) {
		f := one(10).Filter(isEven)
		assert.Len(w, collect(w, flow.Join(flow.Inner, f, f, same, same, flow.Stages(2))), 5)
	})
}

// running is a join over channels, in one stage.
type running struct {
	*world
	left, right chan int
	job         *flow.Job
	got         []flow.Row[int, int]
}

func (w *world) joining(window flow.Window[flow.Row[int, int]], opts ...flow.Option) *running {
	r := &running{world: w, left: make(chan int), right: make(chan int)}
	f := flow.WindowJoin(flow.FullOuter, flow.FromChan(r.left, flow.Stages(1)), flow.FromChan(r.right, flow.Stages(1)), window,
		func(n int) int { return n % 100 }, func(n int) int { return n % 100 }, append(opts, flow.Stages(1))...)
	r.job = start(w, f.Tap(func(row flow.Row[int, int]) { r.got = append(r.got, row) }))
	w.settle()
	return r
}

func (r *running) send(ch chan<- int, events ...int) []flow.Row[int, int] {
	for _, event := range events {
		ch <- event
		r.settle()
	}
	got := r.got
	r.got = nil
	return got
}

func (r *running) end() []flow.Row[int, int] {
	close(r.left)
	close(r.right)
	require.NoError(r, r.job.Wait(background))
	return r.got
}

func partners(left, right int) flow.Row[int, int] {
	return flow.Row[int, int]{Left: left, Right: right, HasLeft: true, HasRight: true}
}
func onlyLeft(n int) flow.Row[int, int]  { return flow.Row[int, int]{Left: n, HasLeft: true} }
func onlyRight(n int) flow.Row[int, int] { return flow.Row[int, int]{Right: n, HasRight: true} }

func TestPartnersAreEmittedAtOnce(t *testing.T) {
	inWorld(t, func(w *world) {
		r := w.joining(flow.Window[flow.Row[int, int]]{})
		assert.Empty(w, r.send(r.left, 1, 2))
		assert.Equal(w, []flow.Row[int, int]{partners(1, 101)}, r.send(r.right, 101))
		assert.Equal(w, []flow.Row[int, int]{partners(201, 101)}, r.send(r.left, 201))
		assert.Empty(w, r.send(r.right, 3))
		assert.Equal(w, []flow.Row[int, int]{onlyLeft(2), onlyRight(3)}, r.end())
	})
}

func TestPartnersAreOfOneWindow(t *testing.T) {
	inWorld(t, func(w *world) {
		r := w.joining(flow.Fixed(time.Second, flow.RowTime(at, at)))
		assert.Empty(w, r.send(r.left, 101, 202))
		assert.Equal(w, []flow.Row[int, int]{partners(101, 301)}, r.send(r.right, 301))
		assert.Empty(w, r.send(r.right, 1101), "same key, next window")
		assert.Equal(w, []flow.Row[int, int]{onlyLeft(202)}, r.send(r.left, 1202), "the first window is done")
		assert.Equal(w, []flow.Row[int, int]{onlyRight(1101), onlyLeft(1202)}, r.end())
	})
}

func TestAJoinForgetsAtTriggersIfItIsTold(t *testing.T) {
	every := flow.Global[flow.Row[int, int]]().Every(2)
	inWorld(t, func(w *world) {
		r := w.joining(every)
		assert.Empty(w, r.send(r.left, 1, 2))
		assert.Equal(w, []flow.Row[int, int]{partners(1, 101)}, r.send(r.right, 101), "it remembers")
		assert.Equal(w, []flow.Row[int, int]{onlyLeft(2)}, r.end())
	})
	inWorld(t, func(w *world) {
		r := w.joining(every, flow.ForgetOnTrigger())
		assert.Empty(w, r.send(r.left, 1, 2))
		assert.Empty(w, r.send(r.right, 101))
		assert.Equal(w, []flow.Row[int, int]{partners(201, 101)}, r.send(r.left, 201))
		assert.Equal(w, []flow.Row[int, int]{onlyLeft(7)}, append(r.send(r.left, 7), r.end()...))
	})
}

func TestTheTimeOfARowNeedsBothSides(t *testing.T) {
	assert.Nil(t, flow.RowTime(at, (func(string) time.Time)(nil)))
	assert.Nil(t, flow.RowTime((func(string) time.Time)(nil), at))
}
