package flow_test

import (
	"iter"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/flow"
)

func TestOperationsInOrder(t *testing.T) {
	for _, opts := range asks() {
		inWorld(t, func(w *world) {
			f := one(1500, opts...).Filter(isEven).Reject(func(n int) bool { return n%3 == 0 })
			texts := flow.Map(f, strconv.Itoa)
			digits := flow.FlatMap(texts, func(s string) iter.Seq[string] { return strings.SplitSeq(s, "") })
			var want []string
			for n := 1; n <= 1500; n++ {
				if n%2 == 0 && n%3 != 0 {
					want = append(want, strings.Split(strconv.Itoa(n), "")...)
				}
			}
			assert.Equal(w, want, collect(w, digits))
		})
	}
}

func TestTryMap(t *testing.T) {
	inWorld(t, func(w *world) {
		f := flow.TryMap(flow.FromSlice([]string{"1", "22"}, flow.Stages(1)), strconv.Atoi)
		assert.Equal(w, []int{1, 22}, collect(w, f))
	})
}

func TestFlatMapOfNothingAndOfMuch(t *testing.T) {
	inWorld(t, func(w *world) {
		f := flow.FlatMap(one(3), func(n int) iter.Seq[int] {
			if n == 2 {
				return func(func(int) bool) {}
			}
			return slices.Values(upTo(1, n*5000))
		})
		assert.Equal(w, append(upTo(1, 5000), upTo(1, 15000)...), collect(w, f))
	})
}

func TestFlatMapYield(t *testing.T) {
	inWorld(t, func(w *world) {
		f := flow.FlatMapYield(one(3), func(n int, yield func(int) bool) {
			if n != 2 {
				slices.Values(upTo(1, n*5000))(yield)
			}
		})
		assert.Equal(w, append(upTo(1, 5000), upTo(1, 15000)...), collect(w, f))
	})
}

// What is yielded without end is suspended, and told to stop when the loop is left.
func TestFlatMapYieldWithoutEnd(t *testing.T) {
	inWorld(t, func(w *world) {
		stopped := false
		f := flow.FlatMapYield(one(1), func(_ int, yield func(int) bool) { endless(&stopped)(yield) })
		want := 1
		for n, err := range f.All(background, w.in) {
			require.NoError(w, err)
			require.Equal(w, want, n)
			if want++; want == 20_000 {
				break
			}
		}
		assert.True(w, stopped)
	})
}

// The sequences of a FlatMap are told to stop when the flow fails behind it.
func TestASequenceInsideOfAFlatMapIsToldToStop(t *testing.T) {
	inWorld(t, func(w *world) {
		stopped := false
		f := flow.FlatMap(one(1), func(int) iter.Seq[int] { return endless(&stopped) })
		err := flow.TryMap(f, func(n int) (int, error) {
			if n == 10_000 {
				return 0, errBoom
			}
			return n, nil
		}).Run(background, w.in)
		require.ErrorIs(w, err, errBoom)
		assert.True(w, stopped)
	})
}

func TestTapSeesWhatPasses(t *testing.T) {
	inWorld(t, func(w *world) {
		before, behind := new(received), new(received)
		assert.Equal(w, []int{2, 4}, collect(w, behind.tap(before.tap(one(5)).Filter(isEven))))
		assert.Equal(w, upTo(1, 5), before.events)
		assert.Equal(w, []int{2, 4}, behind.events)
	})
}

func TestMapValues(t *testing.T) {
	inWorld(t, func(w *world) {
		pairs := flow.FromSlice([]entry{{Key: "a", Value: 1}, {Key: "b", Value: 2}}, flow.Stages(1))
		negated := flow.MapValues(pairs, func(n int) int { return -n })
		assert.Equal(w, []entry{{Key: "a", Value: -1}, {Key: "b", Value: -2}}, collect(w, negated))
	})
}

func TestUniqKeepsTheFirst(t *testing.T) {
	for _, opts := range asks() {
		inWorld(t, func(w *world) {
			f := flow.FromSlice([]int{3, 1, 3, 2, 1, 3}, stagesOf(1, opts)...)
			assert.Equal(w, []int{3, 1, 2}, collect(w, flow.Uniq(f)))
			assert.Equal(w, []int{3, 2}, collect(w, flow.UniqBy(f, isEven)))
			assert.Equal(w, []int{3 + 1 + 2}, collect(w, sum(flow.Uniq(f)).State()), "before a reduce")
		})
	}
}

// Those that survive a Uniq are not held back.
func TestUniqDoesNotWait(t *testing.T) {
	inWorld(t, func(w *world) {
		ch, got := make(chan int), new(received)
		job := start(w, got.tap(flow.Uniq(flow.FromChan(ch, flow.Stages(1)))))
		ch <- 1
		ch <- 1
		ch <- 2
		w.settle()
		assert.Equal(w, []int{1, 2}, got.events)
		must(job.Stop(background))
	})
}

func TestUniqInParallel(t *testing.T) {
	inWorld(t, func(w *world) {
		var items []int
		for range 3 {
			items = append(items, upTo(1, 1000)...)
		}
		f := flow.Partition(flow.FromSlice(items, flow.Stages(3)).Filter(func(int) bool { return true }), flow.Stages(3))
		assert.ElementsMatch(w, upTo(1, 1000), collect(w, flow.Uniq(f)))
	})
}

func TestMapBatchGetsLists(t *testing.T) {
	inWorld(t, func(w *world) {
		var sizes []int
		f := flow.MapBatch(one(1000, flow.MaxDemand(100), flow.MinDemand(70)), func(l []int) []int {
			sizes = append(sizes, len(l))
			return l
		})
		assert.Equal(w, upTo(1, 1000), collect(w, f))
		assert.LessOrEqual(w, slices.Max(sizes), 30)
		assert.NotContains(w, sizes, 0)
	})
}

func TestMapBatchesAreAppliedInOrder(t *testing.T) {
	inWorld(t, func(w *world) {
		sums := flow.MapBatch(one(6, flow.MaxDemand(3), flow.MinDemand(0)), func(l []int) []string {
			texts := make([]string, len(l))
			for i, n := range l {
				texts[i] = strconv.Itoa(n)
			}
			return texts
		})
		lines := flow.MapBatch(sums, func(l []string) []string { return []string{strings.Join(l, " ")} })
		assert.Equal(w, []string{"1 2 3", "4 5 6"}, collect(w, lines))
		none := flow.MapBatch(one(6), func([]int) []int { return nil })
		assert.Empty(w, collect(w, none))
	})
}

// The list belongs to the function, also if the layer before uses its memory
// again.
func TestMapBatchMayKeepTheList(t *testing.T) {
	inWorld(t, func(w *world) {
		var kept [][]int
		f := flow.MapBatch(one(5000, flow.MaxDemand(7)).Shuffle(flow.Stages(1), flow.MaxDemand(10)), func(l []int) []int {
			kept = append(kept, l)
			return slices.Clone(l)
		})
		doubled := flow.Map(f, func(n int) int { return -n })
		collect(w, doubled)
		assert.Equal(w, upTo(1, 5000), slices.Concat(kept...))
	})
}
