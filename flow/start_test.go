package flow_test

import (
	"context"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/dispatcher"
	"github.com/stagecraft-go/stagecraft/flow"
	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/stage"
)

// badStart is a way to run a flow with a function that starts a stage.
type badStart struct {
	run runner
	op  string
	at  int
}

// badStarts call fail in that function, and start nothing.
func badStarts(fail func()) map[string]badStart {
	before := flow.FromSeq(endless(nil)).Filter(isEven)
	return map[string]badStart{
		"producer": {flow.Union(before, flow.FromProducer(func(context.Context, ...stage.Option) (*stage.Producer[int], error) {
			fail()
			return nil, nil
		})).Run, "FromProducer", 3},
		"through": {flow.ThroughStarted(before, []relayStart{
			func(context.Context, stage.Sources[int], ...stage.Option) (*stage.ProducerConsumer[int, int], error) {
				fail()
				return nil, nil
			},
		}).Filter(isEven).Run, "ThroughStarted", 3},
		"into": {func(ctx context.Context, opts ...flow.RunOption) error {
			_, err := before.IntoStarted(ctx, []func(context.Context, stage.Sources[int], ...stage.Option) (*stage.Consumer[int], error){
				func(context.Context, stage.Sources[int], ...stage.Option) (*stage.Consumer[int], error) {
					fail()
					return nil, nil
				},
			}, opts...)
			return err
		}, "IntoStarted", 3},
	}
}

// A start function that panics or returns nothing ends the flow like any other
// failure, and nothing is left: inWorld sees to it.
func TestAStartFunctionThatFails(t *testing.T) {
	for how, fail := range map[string]func(){"nothing": func() {}, "panic": func() { panic(errBoom) }} {
		for name, c := range badStarts(fail) {
			t.Run(name+" "+how, func(t *testing.T) {
				inWorld(t, func(w *world) {
					begin := time.Now()
					err := c.run(background, w.in)
					requireBlamed(w, err, c.op, c.at)
					if how == "panic" {
						assert.ErrorIs(w, err, errBoom)
					}
					assert.Zero(w, time.Since(begin))
					assert.Zero(w, w.sys.Count())
				})
			})
		}
	}
}

// So does a test that fails within such a function.
func TestAStartFunctionThatLeavesItsGoroutine(t *testing.T) {
	for name, c := range badStarts(runtime.Goexit) {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				left := make(chan struct{})
				go func() {
					defer close(left)
					_ = c.run(background, w.in)
				}()
				<-left
				assert.Zero(w, w.sys.Count())
			})
		})
	}
}

func TestADispatcherThatCannotBeMade(t *testing.T) {
	for how, factory := range map[string]dispatcher.Factory[int]{
		"error": func(dispatcher.Config) (dispatcher.Dispatcher[int], error) { return nil, errBoom },
		"panic": func(dispatcher.Config) (dispatcher.Dispatcher[int], error) { panic(errBoom) },
	} {
		t.Run(how, func(t *testing.T) {
			inWorld(t, func(w *world) {
				err := one(3).Filter(isEven).Merge(factory).Filter(isEven).Run(background, w.in)
				assert.ErrorIs(w, err, errBoom)
				requireBlamed(w, err, "Merge", 3)
			})
		})
	}
}

func TestAStageThatIsNoStage(t *testing.T) {
	inWorld(t, func(w *world) {
		f := flow.FromProducer(func(context.Context, ...stage.Option) (*stage.Producer[int], error) {
			return new(stage.Producer[int]), nil
		})
		assert.Error(w, flow.Union(flow.FromSeq(endless(nil)), f).Run(background, w.in))
		assert.Zero(w, w.sys.Count())
		none := []stage.Sink[int]{(*stage.Consumer[int])(nil)}
		_, err := one(3).Into(background, none, w.in)
		var refused *flow.ProgramError
		require.ErrorAs(w, err, &refused)
	})
}

// The error says that ctx has ended, and why, and blames no operation.
func TestTheErrorOfAContext(t *testing.T) {
	for how := range allRuns(one(1)) {
		t.Run(how, func(t *testing.T) {
			inWorld(t, func(w *world) {
				silent := flow.FromChan(make(chan int), flow.Stages(2)).Filter(isEven)
				run := allRuns(flow.Partition(silent, flow.Stages(2)))[how]
				for _, late := range []time.Duration{0, time.Second} {
					ctx, cancel := context.WithCancelCause(background)
					if late > 0 {
						time.AfterFunc(late, func() { cancel(errBoom) })
					} else {
						cancel(errBoom)
					}
					err := run(ctx, w.in)
					assert.EqualError(w, err, "flow: context canceled: boom")
					assert.ErrorIs(w, err, errBoom)
					assert.ErrorIs(w, err, context.Canceled)
				}
			})
		})
	}
}

func TestTheErrorOfADeadline(t *testing.T) {
	inWorld(t, func(w *world) {
		ctx, cancel := context.WithTimeoutCause(background, time.Second, errBoom)
		defer cancel()
		err := flow.FromChan(make(chan int)).Run(ctx, w.in)
		assert.ErrorIs(w, err, context.DeadlineExceeded)
		assert.ErrorIs(w, err, errBoom)
	})
}

func TestWaitTellsTheCause(t *testing.T) {
	inWorld(t, func(w *world) {
		job := start(w, flow.FromChan(make(chan int)))
		ctx, cancel := context.WithCancelCause(background)
		cancel(errBoom)
		err := job.Wait(ctx)
		assert.ErrorIs(w, err, context.Canceled)
		assert.ErrorIs(w, err, errBoom)
		must(job.Stop(background))
	})
}

// The demand of short producers is held back until all stages have subscribed.
func TestAFlowOfAShortProducer(t *testing.T) {
	inWorld(t, func(w *world) {
		for range 20 {
			for _, run := range []func(f flow.Flow[int]) ([]int, error){
				func(f flow.Flow[int]) ([]int, error) { return f.Collect(background, w.in) },
				func(f flow.Flow[int]) ([]int, error) {
					return upTo(1, 3), f.Shuffle(flow.Stages(3)).Filter(isEven).Run(background, w.in)
				},
			} {
				p, err := stage.StartProducer(background, &ending{left: 3}, stage.In(w.sys))
				require.NoError(w, err)
				got, err := run(flow.Map(flow.FromStages([]stage.Source[int]{p}, flow.Stages(4)), same))
				require.NoError(w, err)
				assert.ElementsMatch(w, upTo(1, 3), got)
				<-p.Done()
				assert.Equal(w, process.Normal, p.Err())
			}
		}
	})
}

// What was held back is let go, also if the flow does not come to it.
func TestAProducerOfOthersIsLetGoWhenTheStartFails(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.producer(countingTo(100))
		broken := flow.FromProducer(func(context.Context, ...stage.Option) (*stage.Producer[int], error) { return nil, errBoom })
		require.Error(w, flow.Union(flow.FromStages([]stage.Source[int]{p}), broken).Run(background, w.in))
		mode, err := p.DemandMode(background)
		require.NoError(w, err)
		assert.Equal(w, stage.Forward, mode)
		require.NoError(w, p.Stop(background, nil))
	})
}

func TestCheck(t *testing.T) {
	assert.NoError(t, one(3).Filter(isEven).Check())
	var refused *flow.ProgramError
	assert.ErrorAs(t, one(3).Filter(nil).Check(), &refused)
	assert.ErrorAs(t, flow.Flow[int]{}.Check(), &refused)
}
