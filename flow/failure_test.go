package flow_test

import (
	"context"
	"errors"
	"io"
	"iter"
	"runtime"
	"slices"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/flow"
	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/stage"
)

// A failing is a program in which an operation fails by calling fail.
type failing struct {
	name string
	op   string
	at   int
	make func(stages int, fail func()) []runner
}

// runner is one way to run a program.
type runner func(ctx context.Context, opts ...flow.RunOption) error

// runs are the ways to run a flow.
func runs[T any](f flow.Flow[T]) []runner {
	collect := func(ctx context.Context, opts ...flow.RunOption) error {
		_, err := f.Collect(ctx, opts...)
		return err
	}
	return []runner{f.Run, collect}
}

func numbers(stages int) flow.Flow[int] {
	return flow.FromSlice(upTo(1, 5000), flow.Stages(stages), flow.MaxDemand(10))
}

// at is a time of the numbers for windows.
func at(n int) time.Time { return time.UnixMilli(int64(n)) }

func failings() []failing {
	onlySome := func(n int, fail func()) int {
		if n == 2000 {
			fail()
		}
		return n
	}
	return []failing{
		{"sequence", "FromSeq", 1, func(s int, fail func()) []runner {
			return runs(flow.FromSeq(func(yield func(int) bool) {
				for n := 0; yield(onlySome(n, fail)); n++ {
				}
			}, flow.Stages(s)).Filter(isEven))
		}},
		{"sequence alone", "FromSeq", 1, func(_ int, fail func()) []runner {
			return runs(flow.FromSeq(func(yield func(int) bool) {
				for n := 0; yield(onlySome(n, fail)); n++ {
				}
			}))
		}},
		{"sequence before a partition", "FromSeq", 1, func(s int, fail func()) []runner {
			seq := func(yield func(int) bool) {
				for n := 0; yield(onlySome(n, fail)); n++ {
				}
			}
			return runs(flow.Partition(flow.FromSeq(seq, flow.Stages(s)), flow.Stages(s)))
		}},
		{"producer", "FromProducer", 1, func(s int, fail func()) []runner {
			return runs(flow.FromProducer(func(ctx context.Context, opts ...stage.Option) (*stage.Producer[int], error) {
				return stage.StartProducer(ctx, demandFunc(func(*stage.Context[int], int) error { fail(); return nil }), opts...)
			}, flow.Stages(s)).Shuffle(flow.Stages(s)))
		}},
		{"reader", "Lines", 1, func(s int, fail func()) []runner {
			f := func() flow.Flow[string] { // for one run each
				return flow.Lines(readFunc(func([]byte) (int, error) { fail(); return 0, io.EOF }), flow.Stages(s)).Shuffle()
			}
			return []runner{runs(f())[0], runs(f())[1]}
		}},
		{"on init of a source", "FromSlice", 1, func(s int, fail func()) []runner {
			return runs(flow.FromSlice(upTo(1, 9), flow.Stages(s), flow.OnInit(func(i, n int) {
				if i == n-1 {
					fail()
				}
			})).Filter(isEven).Reject(isEven))
		}},
		{"on init of a layer", "Shuffle", 2, func(s int, fail func()) []runner {
			f := one(9).Shuffle(flow.Stages(s), flow.OnInit(func(int, int) { fail() }))
			return runs(f.Window(flow.Count[int](2)).Filter(isEven))
		}},
		{"map", "Map", 3, func(s int, fail func()) []runner {
			f := flow.Map(numbers(s).Filter(func(int) bool { return true }), func(n int) int { return onlySome(n, fail) })
			return runs(f.Filter(isEven))
		}},
		{"try map", "TryMap", 2, func(s int, fail func()) []runner {
			return runs(flow.TryMap(numbers(s), func(n int) (int, error) { return onlySome(n, fail), nil }))
		}},
		{"map values", "MapValues", 3, func(s int, fail func()) []runner {
			pairs := flow.Map(numbers(s), func(n int) entry { return entry{Value: n} })
			return runs(flow.MapValues(pairs, func(n int) int { return onlySome(n, fail) }))
		}},
		{"filter", "Filter", 2, func(s int, fail func()) []runner {
			return runs(numbers(s).Filter(func(n int) bool { return isEven(onlySome(n, fail)) }))
		}},
		{"reject", "Reject", 2, func(s int, fail func()) []runner {
			return runs(numbers(s).Reject(func(n int) bool { return isEven(onlySome(n, fail)) }))
		}},
		{"tap", "Tap", 2, func(s int, fail func()) []runner {
			return runs(numbers(s).Tap(func(n int) { onlySome(n, fail) }))
		}},
		{"flat map", "FlatMap", 2, func(s int, fail func()) []runner {
			return runs(flow.FlatMap(numbers(s), func(n int) iter.Seq[int] { return slices.Values([]int{onlySome(n, fail)}) }))
		}},
		{"flat map yield", "FlatMapYield", 2, func(s int, fail func()) []runner {
			return runs(flow.FlatMapYield(numbers(s), func(n int, yield func(int) bool) { _ = yield(n) && yield(onlySome(n, fail)) }))
		}},
		{"inside of a flat map", "FlatMap", 3, func(s int, fail func()) []runner {
			return runs(flow.FlatMap(numbers(s).Tap(func(int) {}), func(n int) iter.Seq[int] {
				return func(yield func(int) bool) { _ = yield(n) && yield(onlySome(n, fail)) }
			}).Filter(isEven))
		}},
		{"behind a flat map", "Filter", 3, func(s int, fail func()) []runner {
			return runs(flow.FlatMap(numbers(s), func(n int) iter.Seq[int] { return slices.Values([]int{n, n}) }).
				Filter(func(n int) bool { return isEven(onlySome(n, fail)) }))
		}},
		{"uniq by", "UniqBy", 2, func(s int, fail func()) []runner {
			return runs(flow.UniqBy(numbers(s), func(n int) int { return onlySome(n, fail) }))
		}},
		{"uniq by what has no hash", "UniqBy", 2, func(s int, fail func()) []runner {
			return runs(flow.UniqBy(numbers(s), func(int) any { return fail }))
		}},
		{"map batch", "MapBatch", 3, func(s int, fail func()) []runner {
			f := flow.MapBatch(numbers(s), func(b []int) []int { return b })
			return runs(flow.MapBatch(f, func(b []int) []int { onlySome(slices.Max(b)/10*10, fail); return b }).Filter(isEven))
		}},
		{"init of a reduce", "Reduce", 3, func(s int, fail func()) []runner {
			return runs(flow.Reduce(numbers(s).Filter(isEven), func() int { fail(); return 0 }, add).State())
		}},
		{"init of a later window", "Reduce", 3, func(s int, fail func()) []runner {
			times := 0
			f := numbers(1).Window(flow.Count[int](500))
			return runs(flow.Reduce(f, func() int {
				if times++; times%3 == 0 {
					fail()
				}
				return 0
			}, add).State())
		}},
		{"step of a reduce", "Reduce", 2, func(s int, fail func()) []runner {
			return runs(flow.Reduce(numbers(s), zero, func(a, n int) int { return a + onlySome(n, fail) }).State())
		}},
		{"group by", "GroupBy", 3, func(s int, fail func()) []runner {
			return runs(flow.GroupBy(numbers(s).Filter(isEven), func(n int) string { return digit(onlySome(n, fail)) }).State())
		}},
		{"on trigger", "OnTrigger", 3, func(s int, fail func()) []runner {
			return runs(flow.OnTrigger(sum(numbers(s)), func(n int, _ flow.Firing) ([]int, int) { fail(); return nil, n }))
		}},
		{"on a trigger before the end", "OnTrigger", 4, func(s int, fail func()) []runner {
			f := numbers(s).Window(flow.Global[int]().Every(10))
			return runs(flow.OnTrigger(sum(f), func(n int, by flow.Firing) ([]int, int) { fail(); return nil, n }))
		}},
		{"step of an emitting reduce", "EmitAndReduce", 2, func(s int, fail func()) []runner {
			return runs(flow.EmitAndReduce(numbers(s), zero, func(a, n int, emit func(int)) int {
				emit(n)
				return a + onlySome(n, fail)
			}).Nothing())
		}},
		{"init of an emitting reduce", "EmitAndReduce", 2, func(s int, fail func()) []runner {
			return runs(flow.EmitAndReduce(numbers(s), func() int { fail(); return 0 }, func(a, n int, emit func(int)) int { return a }).Nothing())
		}},
		{"trigger of an emitting reduce", "OnTrigger", 3, func(s int, fail func()) []runner {
			return runs(flow.EmitAndReduce(numbers(s), zero, func(a, n int, emit func(int)) int { return a }).
				OnTrigger(func(n int, _ flow.Firing) ([]int, int) { fail(); return nil, n }))
		}},
		{"key of a partition", "PartitionBy", 3, func(s int, fail func()) []runner {
			f := flow.PartitionBy(numbers(s).Tap(func(int) {}), func(n int) int { return onlySome(n, fail) }, flow.Stages(s+1))
			return runs(f.Filter(isEven))
		}},
		{"key of a partition right behind the source", "PartitionBy", 2, func(s int, fail func()) []runner {
			return runs(flow.PartitionBy(numbers(s), func(n int) int { return onlySome(n, fail) }, flow.Stages(s+1)))
		}},
		{"place", "PartitionTo", 2, func(s int, fail func()) []runner {
			return runs(numbers(s).PartitionTo(func(n int) int { onlySome(n, fail); return 0 }, flow.Stages(s+1)))
		}},
		{"place that keeps", "PartitionKeep", 2, func(s int, fail func()) []runner {
			return runs(numbers(s).PartitionKeep(func(n int) (int, int, bool) { return onlySome(n, fail), 0, true }, flow.Stages(s+1)))
		}},
		{"partition by what has no hash", "PartitionBy", 2, func(s int, fail func()) []runner {
			return runs(flow.PartitionBy(numbers(s), func(int) any { return fail }, flow.Stages(s+1)))
		}},
		{"init of a departition", "Departition", 4, func(s int, fail func()) []runner {
			return runs(flow.Departition(sum(numbers(s)).State(), func() int { fail(); return 0 }, add, func(n int, _ flow.WindowID) int { return n }))
		}},
		{"merge of a departition", "Departition", 4, func(s int, fail func()) []runner {
			return runs(flow.Departition(sum(numbers(s)).State(), zero, func(a, b int) int { fail(); return a }, func(n int, _ flow.WindowID) int { return n }))
		}},
		{"done of a departition", "Departition", 4, func(s int, fail func()) []runner {
			return runs(flow.Departition(sum(numbers(s)).State(), zero, add, func(n int, _ flow.WindowID) int { fail(); return n }))
		}},
		{"compare of a sort", "TakeSort", 2, func(s int, fail func()) []runner {
			return runs(flow.TakeSort(numbers(s), 10, func(a, b int) int { fail(); return a - b }))
		}},
		{"compare of a sort behind a reduce", "TakeSort", 4, func(s int, fail func()) []runner {
			return runs(flow.TakeSort(flow.Items(list(numbers(s))), 10, func(a, b int) int { fail(); return a - b }))
		}},
		{"left key of a join", "Join", 3, func(s int, fail func()) []runner {
			return runs(flow.Join(flow.Inner, numbers(s), numbers(s), func(n int) int { return onlySome(n, fail) }, same, flow.Stages(s)))
		}},
		{"right key of a join", "WindowJoin", 5, func(s int, fail func()) []runner {
			var w flow.Window[flow.Row[int, int]]
			f := flow.WindowJoin(flow.Inner, numbers(s).Filter(isEven), numbers(s).Filter(isEven), w, same, func(n int) int { return onlySome(n, fail) }, flow.Stages(s))
			return runs(f.Filter(func(flow.Row[int, int]) bool { return true }))
		}},
		{"time of a window join", "WindowJoin", 3, func(s int, fail func()) []runner {
			w := flow.Fixed(time.Second, func(flow.Row[int, int]) time.Time { fail(); return time.Time{} })
			return runs(flow.WindowJoin(flow.Inner, numbers(s), numbers(s), w, same, same, flow.Stages(s)))
		}},
		{"time of a fixed window", "Window", 2, func(s int, fail func()) []runner {
			w := flow.Fixed(time.Second, func(n int) time.Time { return at(onlySome(n, fail)) })
			return runs(numbers(s).Window(w).Filter(isEven))
		}},
		{"time of the first event", "Window", 2, func(s int, fail func()) []runner {
			w := flow.Fixed(time.Second, func(n int) time.Time { fail(); return at(n) })
			return runs(numbers(s).Window(w).Filter(isEven))
		}},
		{"late event", "Window", 2, func(s int, fail func()) []runner {
			w := flow.Fixed(time.Second, func(n int) time.Time { return at(-1000 * n) }).OnLate(func(int) { fail() })
			return runs(numbers(s).Window(w).Filter(isEven))
		}},
		{"time of a session", "Window", 2, func(s int, fail func()) []runner {
			w := flow.Session(time.Second, func(n int) time.Time { return at(onlySome(n, fail)) }, same)
			return runs(numbers(s).Window(w).Filter(isEven))
		}},
		{"key of a session", "Window", 3, func(s int, fail func()) []runner {
			w := flow.Session(time.Second, at, func(n int) int { return onlySome(n, fail) })
			return runs(flow.MapBatch(numbers(s), func(b []int) []int { return b }).Window(w).Filter(isEven))
		}},
		{"trigger", "Window", 2, func(s int, fail func()) []runner {
			w := flow.Global[int]().Trigger(func() func([]int) flow.Cut[int] {
				return func(l []int) flow.Cut[int] { fail(); return flow.Cut[int]{Before: l} }
			})
			return runs(numbers(s).Window(w).Filter(isEven))
		}},
		{"trigger after some work", "Window", 2, func(s int, fail func()) []runner {
			w := flow.Global[int]().Trigger(func() func([]int) flow.Cut[int] {
				return func(l []int) flow.Cut[int] { onlySome(slices.Max(l)/10*10, fail); return flow.Cut[int]{Before: l} }
			})
			return runs(numbers(s).Window(w).Filter(isEven))
		}},
		{"making a trigger", "Window", 2, func(s int, fail func()) []runner {
			w := flow.Global[int]().Trigger(func() func([]int) flow.Cut[int] { fail(); return nil })
			return runs(numbers(s).Window(w).Filter(isEven))
		}},
	}
}

type demandFunc func(ctx *stage.Context[int], demand int) error

func (f demandFunc) HandleDemand(ctx *stage.Context[int], demand int) error { return f(ctx, demand) }

type readFunc func(p []byte) (int, error)

func (f readFunc) Read(p []byte) (int, error) { return f(p) }

// TestAPanicEndsTheFlow runs each operation that calls functions of the user,
// with one that panics.
func TestAPanicEndsTheFlow(t *testing.T) {
	for _, c := range failings() {
		for _, stages := range []int{1, 3} {
			for _, run := range c.make(stages, func() { panic(errBoom) }) {
				t.Run(c.name, func(t *testing.T) {
					inWorld(t, func(w *world) {
						begin := time.Now()
						err := run(background, w.in)
						assert.Zero(w, time.Since(begin), "it waited for something")
						requireBlamed(w, err, c.op, c.at)
						var crash *process.Crash
						require.ErrorAs(w, err, &crash)
						assert.NotEmpty(w, crash.Stack)
					})
				})
			}
		}
	}
}

// requireBlamed checks that an operation is named as the one that failed.
func requireBlamed(t testing.TB, err error, op string, at int) {
	t.Helper()
	require.Error(t, err)
	var blamed *flow.OpError
	require.ErrorAs(t, err, &blamed, "%v", err)
	assert.Equal(t, op, blamed.Op, "%v", err)
	assert.Equal(t, at, blamed.Position, "%v", err)
}

func TestGoexitEndsTheFlow(t *testing.T) {
	for _, run := range runs(one(10).Tap(func(int) { runtime.Goexit() })) {
		inWorld(t, func(w *world) {
			err := run(background, w.in)
			var crash *process.Crash
			require.ErrorAs(w, err, &crash)
			requireBlamed(w, err, "Tap", 2)
		})
	}
}

func TestAnErrorEndsTheFlow(t *testing.T) {
	failsAt := func(n int) func(int) (int, error) {
		return func(i int) (int, error) {
			if i >= n {
				return 0, errBoom
			}
			return i, nil
		}
	}
	for name, c := range map[string]struct {
		op   string
		at   int
		runs []runner
	}{
		"first event":         {"TryMap", 2, runs(flow.TryMap(numbers(3), failsAt(0)))},
		"later":               {"TryMap", 3, runs(flow.TryMap(numbers(3).Tap(func(int) {}), failsAt(3000)))},
		"behind a partition":  {"TryMap", 3, runs(flow.TryMap(flow.Partition(numbers(2), flow.Stages(3)), failsAt(3000)))},
		"before a partition":  {"TryMap", 2, runs(flow.Partition(flow.TryMap(numbers(2), failsAt(3000)), flow.Stages(3)))},
		"inside of a flatmap": {"TryMap", 3, runs(flow.TryMap(flow.FlatMap(numbers(2), func(int) iter.Seq[int] { return endless(nil) }), failsAt(3000)))},
		"endless source":      {"TryMap", 2, runs(flow.TryMap(flow.FromSeq(endless(nil), flow.Stages(2)), failsAt(3000)))},
		"reader":              {"Lines", 1, runs(flow.Lines(iotest.ErrReader(errBoom)))[:1]},
		"producer": {"FromProducer", 1, runs(flow.FromProducer(func(ctx context.Context, opts ...stage.Option) (*stage.Producer[int], error) {
			return stage.StartProducer(ctx, demandFunc(func(*stage.Context[int], int) error { return errBoom }), opts...)
		}).Filter(isEven).Shuffle())},
		"start of a producer": {"FromProducer", 1, runs(flow.FromProducer(func(context.Context, ...stage.Option) (*stage.Producer[int], error) {
			return nil, errBoom
		}).Filter(isEven))},
		"start of a second producer": {"FromProducer", 2, runs(flow.Union(one(10), flow.FromProducer(func(context.Context, ...stage.Option) (*stage.Producer[int], error) {
			return nil, errBoom
		})).Filter(isEven))},
	} {
		for _, run := range c.runs {
			t.Run(name, func(t *testing.T) {
				inWorld(t, func(w *world) {
					begin := time.Now()
					err := run(background, w.in)
					assert.Zero(w, time.Since(begin), "it waited for something")
					assert.ErrorIs(w, err, errBoom)
					requireBlamed(w, err, c.op, c.at)
				})
			})
		}
	}
}

func TestThePlaceOfAnEventIsChecked(t *testing.T) {
	for _, place := range []int{-1, 3, 1 << 40} {
		inWorld(t, func(w *world) {
			err := one(10).PartitionTo(func(int) int { return place }, flow.Stages(3)).Run(background, w.in)
			requireBlamed(w, err, "PartitionTo", 2)
			assert.ErrorContains(w, err, "allowed is 0 to 2")
			err = one(10).PartitionKeep(func(n int) (int, int, bool) { return n, place, n > 5 }, flow.Stages(3)).Run(background, w.in)
			requireBlamed(w, err, "PartitionKeep", 2)
			assert.ErrorContains(w, err, "allowed is 0 to 2")
		})
	}
}

// What is incomplete must not look like a result: nothing fires Done because
// the flow has failed or was stopped.
func TestAFailureFiresNothing(t *testing.T) {
	fails := func(n int) (int, error) {
		if n == 700 {
			return 0, errBoom
		}
		return n, nil
	}
	for range 100 {
		inWorld(t, func(w *world) {
			f := flow.TryMap(flow.FromSeq(endless(nil), flow.Stages(2), flow.MaxDemand(10)), fails)
			err := firesDone(w, flow.Partition(f, flow.Stages(3))).Run(background, w.in)
			require.ErrorIs(w, err, errBoom)
		})
	}
}

func TestTheEndOfTheContextFiresNothing(t *testing.T) {
	for range 100 {
		inWorld(t, func(w *world) {
			ctx, cancel := context.WithCancel(background)
			f := flow.FromSeq(endless(nil), flow.Stages(2), flow.MaxDemand(10)).Tap(func(n int) {
				if n == 700 {
					cancel()
				}
			})
			err := firesDone(w, flow.Partition(f, flow.Stages(3))).Run(ctx, w.in)
			require.ErrorIs(w, err, context.Canceled)
		})
	}
}

// firesDone is a flow that must not come to its end.
func firesDone(t testing.TB, f flow.Flow[int]) flow.Flow[int] {
	return flow.OnTrigger(sum(f), func(n int, by flow.Firing) ([]int, int) {
		t.Errorf("%v fires %s", by.Window, by.Trigger)
		return nil, n
	})
}

func TestTheErrorTellsWhere(t *testing.T) {
	err := error(&flow.OpError{Op: "Map", Position: 2, Err: errBoom})
	assert.EqualError(t, err, "flow: Map (operation 2): boom")
	assert.True(t, errors.Is(err, errBoom))
}

// The loop over a failing flow gets the events before the failure, as far as
// they had come, and then the error, once.
func TestTheErrorComesLast(t *testing.T) {
	inWorld(t, func(w *world) {
		f := flow.TryMap(one(1000, flow.MaxDemand(1)), func(n int) (int, error) {
			if n == 4 {
				return 0, errBoom
			}
			return n, nil
		})
		var got []int
		var errs []error
		for n, err := range f.All(background, w.in) {
			if err != nil {
				assert.Zero(t, n)
				errs = append(errs, err)
				continue
			}
			require.Empty(t, errs)
			got = append(got, n)
		}
		require.Len(t, errs, 1)
		require.ErrorIs(w, errs[0], errBoom)
		assert.Equal(t, upTo(1, len(got)), got)
		events, err := f.Collect(background, w.in)
		assert.Nil(t, events)
		assert.ErrorIs(t, err, errBoom)
	})
}
