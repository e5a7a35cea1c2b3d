package flow_test

import (
	"context"
	"errors"
	"iter"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/flow"
	"github.com/stagecraft-go/stagecraft/process"
)

// endlessFlows are programs over an endless source, which tells when it was
// stopped.
func endlessFlows(stopped *bool) map[string]flow.Flow[int] {
	source := flow.FromSeq(endless(stopped), flow.Stages(2))
	pass := func(int) bool { return true }
	running := flow.EmitAndReduce(source, zero, func(a, n int, emit func(int)) int {
		emit(a + n)
		return a + n
	}).Nothing()
	return map[string]flow.Flow[int]{
		"source alone":      source,
		"mapper":            source.Filter(pass),
		"shuffle":           source.Shuffle(flow.Stages(3)).Filter(pass),
		"partition":         flow.Partition(source.Filter(pass), flow.Stages(3)),
		"layers":            flow.Partition(source.Shuffle().Filter(pass).Shuffle(flow.MaxDemand(1)), flow.Stages(3)).Tap(func(int) {}),
		"reduce that emits": running,
		"union":             flow.Union(source, flow.FromSeq(endless(nil))).Filter(pass),
		"union alone":       flow.Union(source, one(2)),
		"running sums": flow.OnTrigger(sum(source.Window(flow.Count[int](2))), func(n int, _ flow.Firing) ([]int, int) {
			return []int{n}, n
		}),
		"join": flow.Map(flow.Join(flow.Inner, source, flow.FromSeq(endless(nil)), same, same, flow.Stages(2)),
			func(r flow.Row[int, int]) int { return r.Left }),
	}
}

func TestLeavingTheLoopStopsTheFlow(t *testing.T) {
	for name := range endlessFlows(nil) {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				stopped, begin := true, time.Now() // one that never began need not be told
				got := 0
				for _, err := range endlessFlows(&stopped)[name].All(background, w.in) {
					require.NoError(w, err)
					if got++; got == 3 {
						break
					}
				}
				assert.Zero(w, w.sys.Count(), "processes when the loop is left")
				assert.Zero(w, time.Since(begin))
				w.settle()
				assert.True(w, stopped, "the sequence was told to stop")
			})
		})
	}
}

func TestAPanicInTheLoopStopsTheFlow(t *testing.T) {
	inWorld(t, func(w *world) {
		stopped := false
		assert.PanicsWithValue(w, "out", func() {
			for range flow.FromSeq(endless(&stopped)).Filter(isEven).All(background, w.in) {
				panic("out")
			}
		})
		assert.Zero(w, w.sys.Count())
		w.settle()
		assert.True(w, stopped)
	})
}

// stuck is a sequence that blocks behind its first elements until the gate is
// opened.
func stuck(first int, g gate) iter.Seq[int] {
	return func(yield func(int) bool) {
		for n := range first {
			if !yield(n) {
				return
			}
		}
		g.Await()
	}
}

func TestLeavingTheLoopGivesAStuckStageItsTime(t *testing.T) {
	for name, makeFlow := range map[string]func(g gate) flow.Flow[int]{
		"source alone": func(g gate) flow.Flow[int] {
			return flow.FromSeq(stuck(2, g), flow.MaxDemand(1), flow.Shutdown(7*time.Second)).
				Shuffle(flow.Stages(1), flow.MaxDemand(1), flow.Shutdown(time.Second))
		},
		"operation": func(g gate) flow.Flow[int] {
			return one(10, flow.MaxDemand(1)).Shuffle(flow.Stages(1), flow.MaxDemand(1), flow.Shutdown(7*time.Second)).Tap(func(n int) {
				if n > 3 {
					g.Await()
				}
			})
		},
		"other stage of the layer": func(g gate) flow.Flow[int] {
			return one(10).PartitionTo(func(n int) int { return n % 2 }, flow.Stages(2), flow.Shutdown(7*time.Second)).Tap(func(n int) {
				if n == 1 {
					g.Await()
				}
			})
		},
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				stuck, begin := newGate(), time.Now()
				for _, err := range makeFlow(stuck).All(background, w.in) {
					require.NoError(w, err)
					w.settle()
					break
				}
				assert.Equal(w, 7*time.Second, time.Since(begin))
				assert.Zero(w, w.sys.Count())
				assert.Equal(w, 1, w.sys.Abandoned())
				stuck.Open()
				w.settle()
			})
		})
	}
}

// allRuns are all ways to run a flow, as functions that wait for its end.
func allRuns[T any](f flow.Flow[T]) map[string]runner {
	return map[string]runner{
		"run": f.Run,
		"collect": func(ctx context.Context, opts ...flow.RunOption) error {
			_, err := f.Collect(ctx, opts...)
			return err
		},
		"all": func(ctx context.Context, opts ...flow.RunOption) (last error) {
			for _, err := range f.All(ctx, opts...) {
				last = errors.Join(last, err)
			}
			return last
		},
		"start": func(ctx context.Context, opts ...flow.RunOption) error {
			job, err := f.Start(ctx, opts...)
			if err != nil {
				return err
			}
			return job.Wait(background)
		},
	}
}

func TestAContextThatHasEnded(t *testing.T) {
	stopped, cause := false, errors.New("no")
	for name, f := range endlessFlows(&stopped) {
		for how, run := range allRuns(f) {
			t.Run(name+" "+how, func(t *testing.T) {
				inWorld(t, func(w *world) {
					ctx, cancel := context.WithCancel(background)
					cancel()
					assert.ErrorIs(w, run(ctx, w.in), context.Canceled)
					because, end := context.WithCancelCause(background)
					end(cause)
					assert.ErrorIs(w, run(because, w.in), cause)
				})
			})
		}
	}
}

func TestAContextThatEnds(t *testing.T) {
	for name := range endlessFlows(nil) {
		for _, how := range []string{"run", "collect", "all", "start"} {
			t.Run(name+" "+how, func(t *testing.T) {
				inWorld(t, func(w *world) {
					ctx, cancel := context.WithCancelCause(background)
					seen, stopped := 0, true // one that never began need not be told
					f := endlessFlows(&stopped)[name].Shuffle(flow.Stages(1)).Filter(func(int) bool {
						if seen++; seen == 1500 {
							cancel(errBoom)
						}
						return false
					})
					begin := time.Now()
					err := allRuns(f)[how](ctx, w.in)
					assert.ErrorIs(w, err, errBoom)
					assert.Zero(w, time.Since(begin))
					assert.Zero(w, w.sys.Count())
					w.settle()
					assert.True(w, stopped)
					blamed := new(flow.OpError)
					assert.False(w, errors.As(err, &blamed), "no operation has failed: %v", err)
				})
			})
		}
	}
}

func TestADeadline(t *testing.T) {
	inWorld(t, func(w *world) {
		ctx, cancel := context.WithTimeout(background, time.Minute)
		defer cancel()
		begin := time.Now()
		err := flow.FromChan(make(chan int)).Filter(isEven).Run(ctx, w.in)
		assert.ErrorIs(w, err, context.DeadlineExceeded)
		assert.Equal(w, time.Minute, time.Since(begin))
	})
}

// A source that waits on a channel of FromChan is no reason to wait; one that
// is stuck in a function of the user is given up after its time.
func TestAContextThatEndsWhileTheSourceIsBlocked(t *testing.T) {
	for _, how := range []string{"run", "collect", "all", "start"} {
		t.Run(how, func(t *testing.T) {
			inWorld(t, func(w *world) {
				g := newGate()
				for _, c := range []struct {
					f         flow.Flow[int]
					takes     time.Duration
					abandoned int
				}{
					{flow.FromChan(make(chan int)), 0, 0},
					{flow.FromChan(make(chan int)).Filter(isEven), 0, 0},
					{flow.FromSeq(stuck(0, g), flow.Shutdown(3*time.Second)), 3 * time.Second, 1},
					{flow.FromSeq(stuck(0, g)).Shuffle().Filter(isEven), 5 * time.Second, 2},
				} {
					ctx, cancel := context.WithCancel(background)
					done := make(chan error)
					go func() { done <- allRuns(c.f)[how](ctx, w.in) }()
					w.settle()
					begin := time.Now()
					cancel()
					assert.ErrorIs(w, <-done, context.Canceled)
					assert.Equal(w, c.takes, time.Since(begin))
					assert.Zero(w, w.sys.Count())
					assert.Equal(w, c.abandoned, w.sys.Abandoned())
				}
				g.Open()
				w.settle()
			})
		})
	}
}

func TestAReadThatBlocksIsGivenItsTime(t *testing.T) {
	inWorld(t, func(w *world) {
		g := newGate()
		text := readFunc(func(p []byte) (int, error) {
			g.Await()
			return strings.NewReader("late\n").Read(p)
		})
		ctx, cancel := context.WithCancel(background)
		done := make(chan error)
		go func() { done <- flow.Lines(text, flow.Shutdown(2*time.Second)).Run(ctx, w.in) }()
		w.settle()
		begin := time.Now()
		cancel()
		assert.ErrorIs(w, <-done, context.Canceled)
		assert.Equal(w, 2*time.Second, time.Since(begin))
		assert.Equal(w, 1, w.sys.Abandoned())
		g.Open()
		w.settle()
	})
}

func TestTheLoopEndsWithTheErrorOfTheContext(t *testing.T) {
	inWorld(t, func(w *world) {
		ctx, cancel := context.WithCancel(background)
		defer cancel()
		var errs []error
		got := 0
		for _, err := range flow.FromSeq(endless(nil)).Filter(isEven).All(ctx, w.in) {
			if err != nil {
				errs = append(errs, err)
			} else if got++; got == 10 {
				cancel()
			}
		}
		require.Len(w, errs, 1)
		assert.ErrorIs(w, errs[0], context.Canceled)
	})
}

// A flow inside of an operation of another one is a flow like any other.
func TestAFlowInsideOfAnOperation(t *testing.T) {
	inWorld(t, func(w *world) {
		f := flow.TryMap(one(3), func(n int) (int, error) {
			inner, err := sum(one(n)).State().Collect(background, w.in)
			if err != nil {
				return 0, err
			}
			return inner[0], nil
		})
		assert.Equal(w, []int{1, 3, 6}, collect(w, f))
	})
}

func TestASystemThatHasStopped(t *testing.T) {
	sys := process.NewSystem()
	require.NoError(t, sys.Shutdown(background))
	for _, run := range allRuns(one(3).Filter(isEven)) {
		assert.ErrorIs(t, run(background, flow.In(sys)), process.ErrSystemStopped)
	}
}
