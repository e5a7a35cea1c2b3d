package stage_test

import (
	"context"
	"iter"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/dispatcher"
	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/stage"
)

// pulled is an endless sequence of numbers that knows how many were taken and
// whether it was told to stop.
type pulled struct {
	count   int
	stopped bool
}

func (p *pulled) seq(yield func(int) bool) {
	defer func() { p.stopped = true }()
	for {
		p.count++
		if !yield(p.count) {
			return
		}
	}
}

func (w *world) fromSeq(seq iter.Seq[int], opts ...stage.Option) *stage.Producer[int] {
	w.Helper()
	p, err := stage.FromSeq(background, seq, w.options(opts)...)
	require.NoError(w, err)
	w.Leave(p)
	return p
}

func TestASequenceEndsBehindItsLastEvents(t *testing.T) {
	for _, max := range []int{1, 3, 10, 11, 1000} {
		inWorld(t, func(w *world) {
			to := &sink{}
			p := w.fromSeq(slices.Values(upTo(1, 10)))
			c := w.consumer(to, stage.From(p, stage.MaxDemand(max)))
			w.settle()
			assert.Equal(t, upTo(1, 10), to.got)
			assert.Equal(t, process.Normal, p.Err())
			assert.Equal(t, process.Normal, c.Err())
		})
	}
}

func TestAnEmptySequenceEndsAtTheFirstDemand(t *testing.T) {
	inWorld(t, func(w *world) {
		p, to := w.fromSeq(slices.Values([]int(nil))), w.probe()
		to.watch(p.PID())
		ref := to.subscribe(p.PID())
		w.settle()
		require.NoError(t, p.Err())
		to.ask(p.PID(), ref, 1)
		w.settle()
		assert.Equal(t, []string{"down normal"}, to.take())
	})
}

func TestASequenceIsPulledAsFarAsIsAsked(t *testing.T) {
	inWorld(t, func(w *world) {
		endless, to := &pulled{}, w.probe()
		p := w.fromSeq(endless.seq)
		ref := to.subscribe(p.PID())
		w.settle()
		assert.Zero(t, endless.count)
		to.ask(p.PID(), ref, 3)
		w.settle()
		assert.Equal(t, 3, endless.count)
		to.ask(p.PID(), ref, 2)
		w.settle()
		assert.Equal(t, 5, endless.count)
		assert.Equal(t, []string{"events [1 2 3]", "events [4 5]"}, to.take())
		require.NoError(t, p.Stop(background, nil))
		w.settle()
		assert.True(t, endless.stopped)
	})
}

func TestADemandIsFilledHoweverSlowTheSequence(t *testing.T) {
	inWorld(t, func(w *world) {
		slow, to := make(chan int), w.probe()
		p := w.fromSeq(func(yield func(int) bool) {
			for n := range slow {
				if !yield(n) {
					return
				}
			}
		})
		to.asking(p.PID(), 3)
		slow <- 1
		slow <- 2
		w.settle()
		assert.Empty(t, to.take())
		slow <- 3
		w.settle()
		assert.Equal(t, []string{"events [1 2 3]"}, to.take())
		close(slow)
	})
}

func TestTheEndOfASequenceWaitsBehindTheBuffer(t *testing.T) {
	inWorld(t, func(w *world) {
		gone, to := w.probe(), w.probe()
		p := w.fromSeq(slices.Values(upTo(1, 5)), stage.Demand(stage.Accumulate))
		gone.cancel(p.PID(), gone.asking(p.PID(), 9), nil)
		p.SetDemand(stage.Forward)
		w.settle()
		assert.Equal(t, 5, w.buffered(p), "the demand of a consumer that is gone")
		to.watch(p.PID())
		ref := to.asking(p.PID(), 3)
		w.settle()
		require.NoError(t, p.Err())
		to.ask(p.PID(), ref, 4)
		w.settle()
		assert.Equal(t, []string{"events [1 2 3]", "events [4 5]", "down normal"}, to.take())
	})
}

func TestASequenceWaitsForTheQueuesOfItsDispatcher(t *testing.T) {
	inWorld(t, func(w *world) {
		even, odd := &sink{}, &sink{}
		p := w.fromSeq(slices.Values(upTo(1, 20)), byParity())
		w.consumer(even, stage.From(p, stage.Partition(0)))
		w.settle()
		require.NoError(t, p.Err(), "half of the events wait for partition 1")
		w.consumer(odd, stage.From(p, stage.Partition(1), stage.MaxDemand(2)))
		w.settle()
		assert.Len(t, even.got, 10)
		assert.Len(t, odd.got, 10)
		assert.Equal(t, process.Normal, p.Err())
	})
}

func TestAnAccumulatingSequenceWaitsForAllConsumers(t *testing.T) {
	inWorld(t, func(w *world) {
		sinks := []*sink{{}, {}, {}}
		p := w.fromSeq(slices.Values(upTo(1, 20)), stage.Demand(stage.Accumulate), stage.Dispatch(dispatcher.Broadcast[int]()))
		for i, s := range sinks {
			w.consumer(s, stage.From(p, stage.MaxDemand(1+i)))
		}
		w.settle()
		p.SetDemand(stage.Forward)
		w.settle()
		for _, s := range sinks {
			assert.Equal(t, upTo(1, 20), s.got)
		}
	})
}

func TestASequenceThatFails(t *testing.T) {
	for name, end := range map[string]func(){"panic": func() { panic("boom") }, "goexit": runtime.Goexit} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				cleaned := false
				p := w.fromSeq(func(yield func(int) bool) {
					defer func() { cleaned = true }()
					for n := range 5 {
						if !yield(n) {
							return
						}
					}
					end()
				})
				to := &sink{}
				c := w.consumer(to, stage.From(p, stage.MaxDemand(2)))
				w.settle()
				var crash *process.Crash
				require.ErrorAs(t, p.Err(), &crash)
				assert.Equal(t, p.Err(), c.Err())
				assert.Equal(t, []int{0, 1, 2, 3, 4}, to.got[:5:5])
				assert.True(t, cleaned)
			})
		})
	}
}

func TestStopAfterLastConsumer(t *testing.T) {
	inWorld(t, func(w *world) {
		endless := &pulled{}
		p := w.fromSeq(endless.seq, stage.StopAfterLastConsumer())
		one, two := w.probe(), w.probe()
		r1 := one.asking(p.PID(), 1)
		two.asking(p.PID(), 1)
		w.settle()
		one.cancel(p.PID(), r1, nil)
		w.settle()
		require.NoError(t, p.Err())
		two.exit(process.Shutdown)
		w.settle()
		assert.Equal(t, process.Normal, p.Err())
		assert.True(t, endless.stopped)
	})
}

func TestARefusedConsumerIsNotTheLast(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.fromSeq((&pulled{}).seq, stage.StopAfterLastConsumer(), byParity())
		w.probe().subscribe(p.PID(), stage.Partition(7))
		w.settle()
		assert.NoError(t, p.Err())
	})
}

func TestWithoutConsumersASequenceGoesOnWaiting(t *testing.T) {
	inWorld(t, func(w *world) {
		p, to := w.fromSeq((&pulled{}).seq), w.probe()
		to.cancel(p.PID(), to.asking(p.PID(), 1), nil)
		w.settle()
		assert.NoError(t, p.Err())
	})
}

func TestASequenceIsToldToStopHoweverItsStageEnds(t *testing.T) {
	for name, end := range map[string]func(p *stage.Producer[int], cancel func()){
		"stop":    func(p *stage.Producer[int], _ func()) { _ = p.Stop(background, nil) },
		"kill":    func(p *stage.Producer[int], _ func()) { p.Kill() },
		"exit":    func(p *stage.Producer[int], _ func()) { p.Process().Exit(assert.AnError) },
		"context": func(_ *stage.Producer[int], cancel func()) { cancel() },
	} {
		for _, started := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				inWorld(t, func(w *world) {
					ctx, cancel := context.WithCancel(background)
					defer cancel()
					endless := &pulled{}
					p, err := stage.FromSeq(ctx, endless.seq, stage.In(w.sys))
					require.NoError(t, err)
					if started {
						w.probe().asking(p.PID(), 2)
					}
					w.settle()
					end(p, cancel)
					w.settle()
					assert.Equal(t, started, endless.stopped, "what has not begun need not stop")
				})
			})
		}
	}
}

func TestAKilledStageLetsGoOfABlockedSequenceWhenItReturns(t *testing.T) {
	inWorld(t, func(w *world) {
		stuck, stopped := newGate(), false
		p := w.fromSeq(func(yield func(int) bool) {
			defer func() { stopped = true }()
			for yield(1) {
				stuck.Await()
			}
		})
		to := w.probe()
		to.watch(p.PID())
		to.asking(p.PID(), 2)
		w.settle()
		p.Kill()
		w.settle()
		assert.Equal(t, []string{"down killed"}, to.take())
		assert.Equal(t, 1, w.sys.Abandoned())
		assert.False(t, stopped)
		stuck.Open()
		w.settle()
		assert.True(t, stopped)
		assert.Zero(t, w.sys.Abandoned())
		assert.Empty(t, to.take())
	})
}

func TestNoSequenceIsAnError(t *testing.T) {
	p, err := stage.FromSeq[int](background, nil)
	assert.Nil(t, p)
	assert.ErrorIs(t, err, stage.ErrNilSeq)
	w := outside(t)
	_, err = stage.StartProducer(background, stage.Seq[int](nil), stage.In(w.sys))
	assert.ErrorIs(t, err, stage.ErrNilSeq)
}

// slowToLeave takes a second to clean up.
func slowToLeave(left *bool) iter.Seq[int] {
	return func(yield func(int) bool) {
		defer func() {
			time.Sleep(time.Second)
			*left = true
		}()
		for n := 1; yield(n); n++ {
		}
	}
}

func TestAStageIsDoneWhenItsSequenceHasBeenLeft(t *testing.T) {
	inWorld(t, func(w *world) {
		left := false
		p := w.fromSeq(slowToLeave(&left))
		to := w.probe()
		to.ask(p.PID(), to.subscribe(p.PID()), 3)
		w.settle()
		require.NoError(t, p.Stop(background, nil))
		assert.True(t, left)
	})
}

func TestASequenceThatFailsWhenItIsStopped(t *testing.T) {
	for name, seq := range map[string]iter.Seq[int]{
		"it panics in its clean-up": func(yield func(int) bool) {
			defer panic("boom")
			for yield(1) {
			}
		},
		"it goes on": func(yield func(int) bool) {
			for {
				yield(1)
			}
		},
		"it ends its goroutine": func(yield func(int) bool) {
			defer runtime.Goexit()
			for yield(1) {
			}
		},
	} {
		for how, end := range map[string]func(p *stage.Producer[int]){
			"stopped": func(p *stage.Producer[int]) { _ = p.Stop(background, nil) },
			"killed":  func(p *stage.Producer[int]) { p.Process().Kill() },
		} {
			t.Run(name+", "+how, func(t *testing.T) {
				inWorld(t, func(w *world) {
					p, to := w.fromSeq(seq), w.probe()
					to.ask(p.PID(), to.subscribe(p.PID()), 3)
					w.settle()
					end(p)
					w.settle()
					assert.Error(t, p.Err())
					w.log.Take()
				})
			})
		}
	}
}
