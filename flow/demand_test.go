package flow_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/flow"
)

// Between one stage and one stage events keep their order, over any number of
// layers.
func TestOneStageAfterTheOtherKeepsTheOrder(t *testing.T) {
	for _, opts := range asks() {
		for _, next := range asks() {
			inWorld(t, func(w *world) {
				f := one(2000, opts...).Filter(func(int) bool { return true })
				f = flow.Map(f.Shuffle(stagesOf(1, next)...), func(n int) int { return -n })
				f = flow.Map(flow.Partition(f, stagesOf(1, opts)...), func(n int) int { return -n })
				assert.Equal(w, upTo(1, 2000), collect(w, f))
			})
		}
	}
}

// Of each pair of stages the events keep their order, also if there are many.
func TestEachPairOfStagesKeepsTheOrder(t *testing.T) {
	for _, opts := range asks() {
		inWorld(t, func(w *world) {
			counting := func(from string) flow.Flow[entry] {
				return flow.Map(one(1000), func(n int) entry { return entry{Key: from, Value: n} })
			}
			f := flow.Partition(flow.Union(counting("a"), counting("b"), counting("c")), stagesOf(4, opts)...)
			last := flow.Reduce(f, newCounts, func(last counts, e entry) counts {
				assert.Less(w, last[e.Key], e.Value, "from %s", e.Key)
				last[e.Key] = e.Value
				return last
			})
			require.NoError(w, last.Nothing().Run(background, w.in))
		})
	}
}

// flight counts the events between a layer and the next one.
type flight struct {
	mu        sync.Mutex
	now, most int
}

func (f *flight) add(n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.now += n
	f.most = max(f.most, f.now)
}

// No more events than MaxDemand are on the way between two stages: sent, and
// not all of their list handled.
func TestNoMoreEventsAreOnTheWayThanMaxDemand(t *testing.T) {
	for _, demand := range [][2]int{{1, 0}, {2, 1}, {10, 0}, {10, 5}, {10, 9}, {100, 50}} {
		for stages := 1; stages <= 3; stages++ {
			t.Run(fmt.Sprint(demand, stages), func(t *testing.T) {
				inWorld(t, func(w *world) {
					way := new(flight)
					opts := []flow.Option{flow.Stages(stages), flow.MaxDemand(demand[0]), flow.MinDemand(demand[1])}
					next := 0
					source := flow.FromSeq(func(yield func(int) bool) {
						for ; next < 3000; next++ {
							way.add(1)
							if !yield(next) {
								return
							}
						}
					}, opts...)
					seen := flow.MapBatch(source, func(l []int) []int {
						assert.LessOrEqual(w, len(l), demand[0]-demand[1], "a list is of at most MaxDemand-MinDemand")
						way.add(-len(l))
						return l
					})
					assert.Len(w, collect(w, seen), 3000)
					assert.LessOrEqual(w, way.most, stages*demand[0])
					assert.Zero(w, way.now)
				})
			})
		}
	}
}

// A layer that stands still holds up those before it.
func TestASlowLayerHoldsUpAllBeforeIt(t *testing.T) {
	inWorld(t, func(w *world) {
		g, pulled := newGate(), 0
		source := flow.FromSeq(func(yield func(int) bool) {
			for ; pulled < 10_000; pulled++ {
				if !yield(pulled) {
					return
				}
			}
		}, flow.Stages(1), flow.MaxDemand(10)).Filter(func(int) bool { return true })
		job := start(w, source.Shuffle(flow.Stages(1), flow.MaxDemand(20)).Filter(func(int) bool { g.Await(); return true }))
		w.settle()
		assert.LessOrEqual(w, pulled, 10+20+10)
		g.Open()
		require.NoError(w, job.Wait(background))
		assert.Equal(w, 10_000, pulled)
	})
}

// A mapper with many results for one event is held up too.
func TestResultsWaitForDemand(t *testing.T) {
	inWorld(t, func(w *world) {
		g, calls := newGate(), 0
		f := flow.MapBatch(one(1000, flow.MaxDemand(1)), func(l []int) []int {
			calls++
			return upTo(1, 1000)
		})
		job := start(w, f.Shuffle(flow.Stages(1), flow.MaxDemand(100)).Tap(func(int) { g.Await() }))
		w.settle()
		assert.LessOrEqual(w, calls, 2)
		g.Open()
		must(job.Stop(background))
	})
}
