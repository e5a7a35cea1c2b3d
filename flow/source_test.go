package flow_test

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/dispatcher"
	"github.com/stagecraft-go/stagecraft/flow"
	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/process/processtest"
	"github.com/stagecraft-go/stagecraft/stage"
)

// asks are sizes of demand: the default, those that divide a list evenly and
// those that do not.
func asks() [][]flow.Option {
	return [][]flow.Option{
		{},
		{flow.MaxDemand(1)},
		{flow.MaxDemand(10)},
		{flow.MaxDemand(10), flow.MinDemand(0)},
		{flow.MaxDemand(7), flow.MinDemand(6)},
		{flow.MaxDemand(11)},
	}
}

// stagesOf adds a number of stages to options.
func stagesOf(n int, opts []flow.Option) []flow.Option {
	return append([]flow.Option{flow.Stages(n)}, opts...)
}

func TestASliceIsEmittedOnce(t *testing.T) {
	for _, size := range []int{0, 1, 9, 10, 11, 5000} {
		for _, opts := range asks() {
			inWorld(t, func(w *world) {
				items := upTo(1, size)
				assert.Equal(w, items, collect(w, flow.FromSlice(items)), "alone")
				got := collect(w, flow.FromSlice(items, stagesOf(1, opts)...).Tap(func(int) {}))
				assert.Equal(w, items, got)
				got = collect(w, flow.FromSlice(items, stagesOf(3, opts)...).Tap(func(int) {}))
				assert.ElementsMatch(w, items, got)
				assert.Equal(w, upTo(1, size), items, "the slice is only read")
			})
		}
	}
}

func TestASequenceIsEmittedOnce(t *testing.T) {
	for _, size := range []int{0, 1, 10, 2001} {
		for _, opts := range asks() {
			inWorld(t, func(w *world) {
				items := upTo(1, size)
				seq := slices.Values(items)
				assert.Equal(w, items, collect(w, flow.FromSeq(seq)))
				assert.Equal(w, items, collect(w, flow.FromSeq(seq, stagesOf(1, opts)...).Tap(func(int) {})))
				assert.ElementsMatch(w, items, collect(w, flow.FromSeq(seq, stagesOf(4, opts)...).Tap(func(int) {})))
			})
		}
	}
}

func TestASequenceIsNotPulledFurtherThanAsked(t *testing.T) {
	inWorld(t, func(w *world) {
		pulled := 0
		f := flow.FromSeq(func(yield func(int) bool) {
			for pulled = 1; yield(pulled); pulled++ {
			}
		}, flow.MaxDemand(8), flow.Stages(1))
		g := newGate()
		job := start(w, f.Tap(func(int) { g.Await() }))
		w.settle()
		assert.Equal(w, 8, pulled, "one list in work, the rest on its way")
		g.Open()
		must(job.Stop(background))
	})
}

// startCounting is how flows start a producer of 1 to last.
func startCounting(last int) func(context.Context, ...stage.Option) (*stage.Producer[int], error) {
	return func(ctx context.Context, opts ...stage.Option) (*stage.Producer[int], error) {
		return stage.StartProducer(ctx, &ending{left: last}, opts...)
	}
}

// ending is a producer that ends behind its last number.
type ending struct{ left, next int }

func (e *ending) HandleDemand(ctx *stage.Context[int], demand int) error {
	for ; demand > 0 && e.left > 0; demand-- {
		e.left--
		e.next++
		ctx.Emit(e.next)
	}
	if e.left == 0 {
		stage.AsyncInfo(ctx.Self(), struct{}{})
	}
	return nil
}

func (*ending) HandleInfo(*stage.Context[int], struct{}) error { return process.Normal }

func TestAProducerIsStartedWithTheFlow(t *testing.T) {
	inWorld(t, func(w *world) {
		f := flow.FromProducer(startCounting(1500))
		assert.Equal(w, upTo(1, 1500), collect(w, f))
		assert.ElementsMatch(w, upTo(1, 1500), collect(w, f.Tap(func(int) {})))
		assert.ElementsMatch(w, upTo(1, 1500), collect(w, flow.Partition(f, flow.Stages(3))))
		assert.NoError(w, f.Run(background, w.in))
	})
}

func TestAProducerThatGoesOnIsStoppedWithTheFlow(t *testing.T) {
	inWorld(t, func(w *world) {
		started := 0
		f := flow.FromProducer(func(ctx context.Context, opts ...stage.Option) (*stage.Producer[int], error) {
			started++
			return stage.StartProducer(ctx, countingTo(10), opts...)
		}, flow.Stages(1))
		assert.Zero(w, started, "nothing runs before the flow")
		got := 0
		for range f.Tap(func(int) {}).All(background, w.in) {
			if got++; got == 10 {
				break
			}
		}
		assert.Equal(w, 1, started)
		assert.Zero(w, w.sys.Count())
	})
}

func TestAProducerThatDeclinesIsLeftOut(t *testing.T) {
	declines := flow.FromProducer(func(context.Context, ...stage.Option) (*stage.Producer[int], error) {
		return nil, process.Ignore
	})
	inWorld(t, func(w *world) {
		assert.Empty(w, collect(w, declines))
		assert.Empty(w, collect(w, declines.Filter(isEven)))
		assert.Empty(w, collect(w, flow.Partition(declines, flow.Stages(3))))
		assert.NoError(w, declines.Run(background, w.in))
		assert.NoError(w, declines.Shuffle().Filter(isEven).Run(background, w.in))
		assert.Equal(w, upTo(1, 5), collect(w, flow.Union(declines, one(5))))
		both := flow.Union(declines, one(5)).With(flow.Stages(1))
		assert.Equal(w, []int{15}, collect(w, sum(both).State()))
	})
}

func TestRunningStagesSurviveTheFlow(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.producer(countingTo(1<<40), stage.Demand(stage.Accumulate))
		f := flow.FromStages([]stage.Source[int]{p}, flow.Stages(1), flow.MaxDemand(10))
		for _, f := range []flow.Flow[int]{f, f.Filter(isEven), flow.Partition(f, flow.Stages(2))} {
			got := 0
			for _, err := range f.All(background, w.in) {
				require.NoError(w, err)
				if got++; got == 25 {
					break
				}
			}
			w.settle()
			assert.NoError(w, p.Err(), "it lives on")
		}
		must(start(w, f).Stop(background))
		assert.NoError(w, p.Err())
		assert.Equal(w, 1, w.sys.Count())
		require.NoError(w, p.Stop(background, nil))
	})
}

func TestAFlowOfRunningStagesEndsWithThem(t *testing.T) {
	for name, reason := range map[string]error{"normal": process.Normal, "shutdown": process.Shutdown} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				a, b := w.producer(countingTo(100)), w.producer(countingTo(50))
				job := start(w, flow.FromStages([]stage.Source[int]{a, b}).Filter(isEven))
				w.settle()
				require.NoError(w, a.Stop(background, reason))
				w.settle()
				select {
				case <-job.Done():
					w.Error("one is left")
				default:
				}
				require.NoError(w, b.Stop(background, reason))
				assert.NoError(w, job.Wait(background))
			})
		})
	}
}

func TestAFlowFailsWithARunningStage(t *testing.T) {
	for name, f := range map[string]func(s ...stage.Source[int]) flow.Flow[int]{
		"alone":     func(s ...stage.Source[int]) flow.Flow[int] { return flow.FromStages(s) },
		"mapped":    func(s ...stage.Source[int]) flow.Flow[int] { return flow.FromStages(s).Filter(isEven) },
		"partition": func(s ...stage.Source[int]) flow.Flow[int] { return flow.Partition(flow.FromStages(s), flow.Stages(2)) },
	} {
		t.Run(name, func(t *testing.T) {
			for how := range allRuns(f()) {
				inWorld(t, func(w *world) {
					p, other := w.producer(countingTo(100)), w.producer(countingTo(100))
					done := make(chan error)
					go func() { done <- allRuns(f(p, other))[how](background, w.in) }()
					w.settle()
					p.Process().Exit(errBoom)
					assert.ErrorIs(w, <-done, errBoom)
					assert.NoError(w, other.Err())
					require.NoError(w, other.Stop(background, nil))
				})
			}
		})
	}
}

func TestAFlowOfStagesByName(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.producer(&ending{left: 20}, stage.Name("numbers"))
		byName := stage.ByName[int](w.sys, "numbers")
		assert.Equal(w, upTo(1, 20), collect(w, flow.FromStages([]stage.Source[int]{byName})))
		<-p.Done()
		assert.Equal(w, process.Normal, p.Err())
	})
}

func TestAStageThatIsGone(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.producer(countingTo(5))
		require.NoError(w, p.Stop(background, nil))
		for _, run := range allRuns(flow.FromStages([]stage.Source[int]{p}).Filter(isEven)) {
			assert.ErrorIs(w, run(background, w.in), process.NoProc)
		}
	})
}

func TestStagesOfAnotherSystem(t *testing.T) {
	inWorld(t, func(w *world) {
		other := processtest.NewSystem(w)
		p, err := stage.StartProducer(background, countingTo(5), stage.In(other))
		require.NoError(w, err)
		for _, run := range allRuns(flow.FromStages([]stage.Source[int]{p}).Filter(isEven)) {
			assert.ErrorIs(w, run(background, w.in), stage.ErrOtherSystem)
		}
	})
}

func TestAFlowRunsAsOftenAsItsSourcesCan(t *testing.T) {
	inWorld(t, func(w *world) {
		f := flow.Uniq(flow.Partition(flow.Union(
			flow.FromSlice(upTo(1, 500), flow.Stages(2)).Filter(isEven),
			flow.FromSeq(slices.Values(upTo(1, 500))),
			flow.FromProducer(startCounting(500)),
		), flow.Stages(3)).Window(flow.Global[int]()))
		for range 3 {
			assert.ElementsMatch(w, upTo(1, 500), collect(w, f))
		}
		var running sync.WaitGroup
		for range 8 {
			running.Go(func() {
				got, err := f.Collect(background, w.in)
				assert.NoError(w, err)
				assert.ElementsMatch(w, upTo(1, 500), got)
			})
		}
		running.Wait()
		all := f.All(background, w.in)
		for range 2 {
			got := 0
			for range all {
				got++
			}
			assert.Equal(w, 500, got, "each range is a run of its own")
		}
	})
}

func TestAFlowInTheDefaultSystem(t *testing.T) {
	before := process.Default().Count()
	got, err := one(3).Collect(background)
	require.NoError(t, err)
	assert.Equal(t, []int{1, 2, 3}, got)
	assert.Equal(t, before, process.Default().Count())
}

func TestOnInitIsCalledInEachStage(t *testing.T) {
	inWorld(t, func(w *world) {
		var mu sync.Mutex
		got := map[[2]int]int{}
		note := flow.OnInit(func(index, total int) {
			mu.Lock()
			defer mu.Unlock()
			got[[2]int{index, total}]++
		})
		f := flow.Partition(flow.FromSlice(upTo(1, 3), flow.Stages(2), note).Filter(isEven), flow.Stages(3), note)
		require.NoError(w, f.Run(background, w.in))
		assert.Equal(w, map[[2]int]int{{0, 2}: 1, {1, 2}: 1, {0, 3}: 1, {1, 3}: 1, {2, 3}: 1}, got)
	})
}

// A source without operations has no stages but its own: what follows
// subscribes to it directly.
func TestASourceWithoutOperationsHasNoLayer(t *testing.T) {
	inWorld(t, func(w *world) {
		most := new(atomic.Int64)
		f := flow.FromSlice(upTo(1, 100), flow.Stages(7), flow.OnInit(func(int, int) { w.Error("a stage of the source") }))
		next := flow.Partition(f, flow.Stages(2)).Tap(func(int) { most.Store(max(most.Load(), int64(w.sys.Count()))) })
		require.NoError(w, next.Run(background, w.in))
		assert.LessOrEqual(w, most.Load(), int64(1+2+1), "source, layer, sink")
	})
}

func TestMergeChoosesTheDispatcher(t *testing.T) {
	inWorld(t, func(w *world) {
		f := one(1000).Merge(dispatcher.Broadcast[int](), flow.Stages(3)).Filter(isEven)
		got := collect(w, f)
		assert.Len(w, got, 1500, "each stage has got all events")
		slices.Sort(got)
		assert.Len(w, slices.Compact(got), 500)
	})
}

// Buffers of a layer can lose events, if that is what the options say.
func TestOptionsOfTheBuffer(t *testing.T) {
	for keep, want := range map[stage.Keep][]int{
		stage.KeepFirst: upTo(1, 11),
		stage.KeepLast:  append([]int{1}, upTo(91, 100)...),
	} {
		inWorld(t, func(w *world) {
			// The trigger emits all events at once, and one is asked for.
			all := flow.Items(list(one(100, flow.BufferSize(10), flow.BufferKeep(keep))))
			slow := all.Shuffle(flow.Stages(1), flow.MaxDemand(1)).Tap(func(int) { w.settle() })
			assert.Equal(w, want, collect(w, slow))
		})
	}
}
