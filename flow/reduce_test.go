package flow_test

import (
	"fmt"
	"iter"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/flow"
)

func TestEachStageReducesItsEvents(t *testing.T) {
	inWorld(t, func(w *world) {
		f := one(100).PartitionTo(func(n int) int { return n % 3 }, flow.Stages(3))
		assert.ElementsMatch(w, []int{1683, 1717, 1650}, collect(w, sum(f).State()))
		assert.ElementsMatch(w, []int{0, 0, 0}, collect(w, sum(f.Filter(func(int) bool { return false })).State()))
	})
}

func TestWhatBecomesOfAState(t *testing.T) {
	inWorld(t, func(w *world) {
		assert.Equal(w, [][]int{{1, 2, 3}}, collect(w, list(one(3)).State()))
		assert.Equal(w, []int{1, 2, 3}, collect(w, flow.Items(list(one(3)))))
		assert.Empty(w, collect(w, list(one(3)).Nothing()))
		assert.ElementsMatch(w, []entry{{Key: "even", Value: 6}, {Key: "odd", Value: 9}}, collect(w, flow.Entries(sumsBy(one(5), parity))))
		assert.Equal(w, []map[string][]int{{"even": {2, 4}, "odd": {1, 3, 5}}}, collect(w, flow.GroupBy(one(5), parity).State()))
	})
}

// The original has the newest first.
func TestGroupsAreInOrder(t *testing.T) {
	inWorld(t, func(w *world) {
		pairs := flow.Map(one(2000), func(n int) entry { return entry{Key: parity(n), Value: n} })
		for _, f := range []flow.Flow[map[string][]int]{flow.GroupByKey(pairs).State(), flow.GroupBy(one(2000), parity).State()} {
			groups := collect(w, f)
			require.Len(w, groups, 1)
			for key, group := range groups[0] {
				assert.Len(w, group, 1000)
				assert.IsIncreasing(w, group)
				assert.Equal(w, key, parity(group[0]))
			}
		}
	})
}

func TestNothingIsForSideEffects(t *testing.T) {
	inWorld(t, func(w *world) {
		seen := 0
		note := flow.Reduce(one(10), zero, func(_, n int) int { seen += n; return 0 })
		require.NoError(w, note.Nothing().Run(background, w.in))
		assert.Equal(w, 55, seen)
	})
}

func TestEmitAndReduce(t *testing.T) {
	for _, opts := range asks() {
		inWorld(t, func(w *world) {
			f := flow.EmitAndReduce(one(4, opts...), zero, func(n, event int, emit func(string)) int {
				for range event {
					emit(fmt.Sprint(event))
				}
				return n + event
			})
			assert.Equal(w, []string{"1", "2", "2", "3", "3", "3", "4", "4", "4", "4"}, collect(w, f.Nothing()))
			total := func(n int, by flow.Firing) ([]string, int) { return []string{fmt.Sprint(by.Trigger, " ", n)}, n }
			assert.Equal(w, []string{"1", "2", "2", "3", "3", "3", "4", "4", "4", "4", "done 10"}, collect(w, f.OnTrigger(total)))
		})
	}
}

// Many results of one event go on in their order.
func TestEmitAndReduceOfMuch(t *testing.T) {
	inWorld(t, func(w *world) {
		f := flow.EmitAndReduce(one(3), zero, func(n, _ int, emit func(int)) int {
			for range 2000 {
				n++
				emit(n)
			}
			return n
		}).Nothing()
		assert.Equal(w, upTo(1, 6000), collect(w, f))
	})
}

func TestALayerBehindAReduce(t *testing.T) {
	inWorld(t, func(w *world) {
		groups := flow.GroupBy(flow.Partition(one(1000), flow.Stages(3)), digit).State()
		sizes := flow.FlatMap(groups.Shuffle(flow.Stages(2)), func(groups map[string][]int) iter.Seq[int] {
			return func(yield func(int) bool) {
				for _, group := range groups {
					if !yield(len(group)) {
						return
					}
				}
			}
		})
		assert.Equal(w, []int{1000}, collect(w, sum(sizes.Shuffle(flow.Stages(1))).State()))
		sums := flow.Entries(sumsBy(flow.Partition(one(1000), flow.Stages(3)), digit))
		values := flow.Map(sums.Shuffle(flow.Stages(2)), func(e entry) int { return e.Value })
		assert.Equal(w, []int{500500}, collect(w, sum(values.Shuffle(flow.Stages(1))).State()))
	})
}

func TestARunHasAStateOfItsOwn(t *testing.T) {
	inWorld(t, func(w *world) {
		f := sum(one(10)).State()
		for range 3 {
			assert.Equal(w, []int{55}, collect(w, f))
		}
	})
}
