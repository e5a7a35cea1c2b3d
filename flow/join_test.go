package flow_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/flow"
)

type row = flow.Row[int, int]

// joined are the rows of a join of numbers and tens of numbers.
func joined(mode flow.JoinMode, numbers, tens []int) (rows []row) {
	for _, n := range numbers {
		alone := true
		for _, ten := range tens {
			if tenOf(n) == ten {
				rows, alone = append(rows, partners(n, ten)), false
			}
		}
		if alone && (mode == flow.LeftOuter || mode == flow.FullOuter) {
			rows = append(rows, onlyLeft(n))
		}
	}
	for _, ten := range tens {
		found := slices.ContainsFunc(numbers, func(n int) bool { return tenOf(n) == ten })
		if !found && (mode == flow.RightOuter || mode == flow.FullOuter) {
			rows = append(rows, onlyRight(ten))
		}
	}
	return rows
}

func tenOf(n int) int { return n / 10 }

func TestJoins(t *testing.T) {
	numbers, tens := []int{10, 20, 21, 20, 40, 7}, []int{1, 2, 2, 3, 9, 0}
	for _, mode := range []flow.JoinMode{flow.Inner, flow.LeftOuter, flow.RightOuter, flow.FullOuter} {
		for _, stages := range []int{1, 2, 5} {
			inWorld(t, func(w *world) {
				f := flow.Join(mode, flow.FromSlice(numbers), flow.FromSlice(tens), tenOf, same, flow.Stages(stages))
				assert.ElementsMatch(w, joined(mode, numbers, tens), collect(w, f))
				f = flow.Join(mode, flow.FromSlice(numbers), flow.FromSlice([]int{}), tenOf, same, flow.Stages(stages))
				assert.ElementsMatch(w, joined(mode, numbers, nil), collect(w, f))
				f = flow.Join(mode, flow.FromSlice([]int{}), flow.FromSlice(tens), tenOf, same, flow.Stages(stages))
				assert.ElementsMatch(w, joined(mode, nil, tens), collect(w, f))
			})
		}
	}
}

func TestTheLayerOfAJoinGoesOn(t *testing.T) {
	inWorld(t, func(w *world) {
		rows := flow.Join(flow.FullOuter, one(10), one(15), same, same, flow.Stages(3))
		alone := rows.Filter(func(r row) bool { return !r.HasLeft })
		assert.ElementsMatch(w, upTo(11, 15), collect(w, flow.Map(alone, func(r row) int { return r.Right })))
		count := flow.Reduce(rows, zero, func(n int, _ row) int { return n + 1 })
		counts := collect(w, count.State())
		assert.Len(w, counts, 3)
		assert.Equal(w, 15, counts[0]+counts[1]+counts[2])
	})
}

func TestASideOfAJoinMayReduceOrBeAUnion(t *testing.T) {
	inWorld(t, func(w *world) {
		left := flow.Items(list(flow.PartitionBy(one(20), isEven, flow.Stages(2))))
		right := flow.Union(one(1), one(2))
		rows := collect(w, flow.Join(flow.Inner, left, right, isEven, isEven, flow.Stages(2)))
		require.Len(w, rows, 10+2*10, "the even numbers with 2, the odd ones with 1 and 1")
		for _, r := range rows {
			assert.Equal(w, isEven(r.Left), isEven(r.Right))
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
	got         []row
}

func (w *world) joining(window flow.Window[row], opts ...flow.Option) *running {
	r := &running{world: w, left: make(chan int), right: make(chan int)}
	f := flow.WindowJoin(flow.FullOuter, flow.FromChan(r.left, flow.Stages(1)), flow.FromChan(r.right, flow.Stages(1)), window,
		func(n int) int { return n % 100 }, func(n int) int { return n % 100 }, append(opts, flow.Stages(1))...)
	r.job = start(w, f.Tap(func(row row) { r.got = append(r.got, row) }))
	w.settle()
	return r
}

func (r *running) send(ch chan<- int, events ...int) []row {
	for _, event := range events {
		ch <- event
		r.settle()
	}
	got := r.got
	r.got = nil
	return got
}

func (r *running) end() []row {
	close(r.left)
	close(r.right)
	require.NoError(r, r.job.Wait(background))
	return r.got
}

func partners(left, right int) row {
	return row{Left: left, Right: right, HasLeft: true, HasRight: true}
}
func onlyLeft(n int) row  { return row{Left: n, HasLeft: true} }
func onlyRight(n int) row { return row{Right: n, HasRight: true} }

func TestPartnersAreEmittedAtOnce(t *testing.T) {
	inWorld(t, func(w *world) {
		r := w.joining(flow.Window[row]{})
		assert.Empty(w, r.send(r.left, 1, 2))
		assert.Equal(w, []row{partners(1, 101)}, r.send(r.right, 101))
		assert.Equal(w, []row{partners(201, 101)}, r.send(r.left, 201))
		assert.Empty(w, r.send(r.right, 3))
		assert.Equal(w, []row{onlyLeft(2), onlyRight(3)}, r.end())
	})
}

func TestPartnersAreOfOneWindow(t *testing.T) {
	inWorld(t, func(w *world) {
		r := w.joining(flow.Fixed(time.Second, flow.RowTime(at, at)))
		assert.Empty(w, r.send(r.left, 101, 202))
		assert.Equal(w, []row{partners(101, 301)}, r.send(r.right, 301))
		assert.Empty(w, r.send(r.right, 1101), "same key, next window")
		assert.Equal(w, []row{onlyLeft(202)}, r.send(r.left, 1202), "the first window is done")
		assert.Equal(w, []row{onlyRight(1101), onlyLeft(1202)}, r.end())
	})
}

func TestAJoinForgetsAtTriggersIfItIsTold(t *testing.T) {
	every := flow.Global[row]().Every(2)
	inWorld(t, func(w *world) {
		r := w.joining(every)
		assert.Empty(w, r.send(r.left, 1, 2))
		assert.Equal(w, []row{partners(1, 101)}, r.send(r.right, 101), "it remembers")
		assert.Equal(w, []row{onlyLeft(2)}, r.end())
	})
	inWorld(t, func(w *world) {
		r := w.joining(every, flow.ForgetOnTrigger())
		assert.Equal(w, []row{onlyLeft(1), onlyLeft(2)}, r.send(r.left, 1, 2), "they will have no partner")
		assert.Empty(w, r.send(r.right, 101))
		assert.Equal(w, []row{partners(201, 101)}, r.send(r.left, 201))
		assert.Equal(w, []row{onlyLeft(7)}, append(r.send(r.left, 7), r.end()...))
	})
}

func TestTheTimeOfARowNeedsBothSides(t *testing.T) {
	assert.Nil(t, flow.RowTime(at, (func(string) time.Time)(nil)))
	assert.Nil(t, flow.RowTime((func(string) time.Time)(nil), at))
}
