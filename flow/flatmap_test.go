package flow_test

import (
	"context"
	"iter"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/flow"
)

// always keeps a mapper in a program.
func always(int) bool { return true }

// A long inner sequence is suspended when much more of it is there than is
// asked for, in the middle of a list.
func TestALongSequenceIsSuspended(t *testing.T) {
	for name, next := range map[string]func(f flow.Flow[int]) flow.Flow[int]{
		"alone":     func(f flow.Flow[int]) flow.Flow[int] { return f },
		"mapped":    func(f flow.Flow[int]) flow.Flow[int] { return flow.Map(f, same) },
		"shuffled":  func(f flow.Flow[int]) flow.Flow[int] { return f.Shuffle(flow.Stages(2)).Filter(always) },
		"partition": func(f flow.Flow[int]) flow.Flow[int] { return flow.Partition(f, flow.Stages(3)) },
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				made, left := 0, false
				const lists, size = 3, 50_000
				f := next(flow.FlatMap(one(lists), func(int) iter.Seq[int] {
					return func(yield func(int) bool) {
						for n := range size {
							made++
							if !yield(n) {
								left = true
								return
							}
						}
					}
				}))
				got := 0
				for _, err := range f.All(background, w.in) {
					require.NoError(w, err)
					if got++; got%10_000 == 1 {
						w.settle()
						require.Less(w, made-got, 20_000)
					}
				}
				assert.Equal(w, lists*size, got)
				assert.False(w, left)
			})
		})
	}
}

func TestAnEndlessSequenceIsLeft(t *testing.T) {
	for _, inner := range []int{1, 3000} { // one list, and several
		inWorld(t, func(w *world) {
			stopped := false
			f := flow.FlatMap(one(inner), func(int) iter.Seq[int] { return endless(&stopped) })
			got := 0
			for _, err := range f.Filter(isEven).All(background, w.in) {
				require.NoError(w, err)
				if got++; got == 10_000 {
					break
				}
			}
			assert.Zero(w, w.sys.Count())
			w.settle()
			assert.True(w, stopped)
		})
	}
}

// Whether its results are wanted or not, an endless sequence ends with the flow.
func TestAnEndlessSequenceEndsWithTheFlow(t *testing.T) {
	for how := range allRuns(one(1)) {
		for name, next := range map[string]func(f flow.Flow[int]) flow.Flow[int]{
			"mapped":  func(f flow.Flow[int]) flow.Flow[int] { return f.Reject(isEven).Filter(isEven) },
			"reduced": func(f flow.Flow[int]) flow.Flow[int] { return sum(f).State() },
			"tried": func(f flow.Flow[int]) flow.Flow[int] {
				return flow.TryMap(f.Reject(always), func(n int) (int, error) { return n, nil })
			},
			"emitting": func(f flow.Flow[int]) flow.Flow[int] {
				return flow.EmitAndReduce(f, zero, func(a, n int, _ func(int)) int { return a }).Nothing()
			},
		} {
			t.Run(name+" "+how, func(t *testing.T) {
				inWorld(t, func(w *world) {
					ctx, cancel := context.WithCancel(background)
					f := flow.FlatMap(one(2), func(int) iter.Seq[int] {
						return func(yield func(int) bool) {
							for n := 0; yield(n); n++ {
								if n == 100_000 {
									cancel()
								}
							}
						}
					})
					begin := time.Now()
					assert.ErrorIs(w, allRuns(next(f))[how](ctx, w.in), context.Canceled)
					assert.Zero(w, time.Since(begin))
					cancel()
				})
			})
		}
	}
}

// What comes while a sequence is suspended waits for its turn: events, the end,
// and timers.
func TestNothingOvertakesASequenceThatIsSuspended(t *testing.T) {
	inWorld(t, func(w *world) {
		source := flow.FromSlice(upTo(0, 29), flow.Stages(1), flow.MaxDemand(10))
		windowed := source.Window(flow.Global[int]().Periodically(time.Second))
		f := flow.FlatMap(windowed, func(i int) iter.Seq[int] { return slices.Values(upTo(10_000*i, 10_000*i+9_999)) })
		want := 0
		for n, err := range f.All(background, w.in) {
			require.NoError(w, err)
			require.Equal(w, want, n)
			if want++; want%5000 == 0 {
				time.Sleep(time.Second)
			}
		}
		assert.Equal(w, 300_000, want)
	})
}

// Short sequences come out as ever, in order, whatever the demand.
func TestShortSequencesInOrder(t *testing.T) {
	for _, opts := range asks() {
		inWorld(t, func(w *world) {
			f := flow.FlatMap(one(2000, opts...), func(n int) iter.Seq[int] { return slices.Values([]int{2*n - 1, 2 * n}) })
			assert.Equal(w, upTo(1, 4000), collect(w, f))
			f = flow.FlatMap(f.Shuffle(stagesOf(1, opts)...), func(n int) iter.Seq[int] { return slices.Values([]int{n}[:n%2]) })
			assert.Len(w, collect(w, f), 2000)
		})
	}
}

func TestAPanicInALongSequence(t *testing.T) {
	inWorld(t, func(w *world) {
		f := flow.FlatMap(one(3), func(int) iter.Seq[int] {
			return func(yield func(int) bool) {
				for n := range 50_000 {
					if !yield(n) {
						return
					}
				}
				panic(errBoom)
			}
		})
		got := 0
		for _, err := range f.All(background, w.in) {
			if err != nil {
				requireBlamed(w, err, "FlatMap", 2)
				assert.ErrorIs(w, err, errBoom)
				continue
			}
			got++
		}
		assert.Greater(w, got, 30_000)
	})
}

func TestASequenceThatIsSuspendedIsStopped(t *testing.T) {
	inWorld(t, func(w *world) {
		stopped, g := false, newGate()
		f := flow.FlatMap(one(3), func(int) iter.Seq[int] { return endless(&stopped) })
		job := start(w, f.Shuffle(flow.Stages(1), flow.Shutdown(time.Second)).Tap(func(int) { g.Await() }))
		w.settle()
		assert.False(w, stopped)
		must(job.Stop(background))
		w.settle()
		assert.True(w, stopped)
		g.Open()
		w.settle()
	})
}

func TestAStuckSequenceIsAbandoned(t *testing.T) {
	inWorld(t, func(w *world) {
		g, left := newGate(), false
		f := flow.FlatMap(one(3, flow.Shutdown(time.Second)), func(int) iter.Seq[int] {
			return func(yield func(int) bool) {
				defer func() { left = true }()
				g.Await()
				yield(1)
			}
		})
		job := start(w, f.Shuffle(flow.Stages(1), flow.Shutdown(time.Second)).Filter(isEven))
		w.settle()
		must(job.Stop(background))
		assert.Equal(w, 1, w.sys.Abandoned())
		g.Open()
		w.settle()
		assert.True(w, left)
	})
}

// TryMap is what waits for others: it looks at each event whether the flow goes
// on.
func TestASlowTryMapIsStopped(t *testing.T) {
	inWorld(t, func(w *world) {
		ctx, cancel := context.WithTimeout(background, 1500*time.Millisecond)
		defer cancel()
		begin, calls := time.Now(), 0
		err := flow.TryMap(one(500), func(n int) (int, error) {
			calls++
			time.Sleep(time.Second)
			return n, nil
		}).Run(ctx, w.in)
		assert.ErrorIs(w, err, context.DeadlineExceeded)
		assert.Equal(w, 2*time.Second, time.Since(begin))
		assert.Equal(w, 2, calls)
	})
}

func TestFilterMap(t *testing.T) {
	inWorld(t, func(w *world) {
		f := flow.FilterMap(one(6), func(n int) (int, bool) { return n / 2, isEven(n) })
		assert.Equal(w, []int{1, 2, 3}, collect(w, f))
	})
}
