package stage_test

import (
	"context"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/dispatcher"
	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/process/processtest"
	"github.com/stagecraft-go/stagecraft/stage"
)

// upward emits 1, 2, 3 and so on.
func upward() stage.ProducerFunc[int] {
	next := 0
	return func(ctx *stage.Context[int], demand int) error {
		for range demand {
			next++
			ctx.Emit(next)
		}
		return nil
	}
}

// passOn hands on the slices that it gets.
func passOn(ctx *stage.Context[int], events []int, _ stage.Subscription) error {
	ctx.EmitOwned(events)
	return nil
}

// inSequence checks that 1, 2, 3 and so on arrive, and spoils what it owns.
func inSequence(t *testing.T, until int, done chan<- struct{}) stage.ConsumerFunc[int] {
	last := 0
	return func(_ *stage.Context[stage.None], events []int, _ stage.Subscription) error {
		for i := range events {
			last++
			assert.Equal(t, last, events[i])
			events[i] = -1
		}
		if last >= until {
			close(done)
			return process.Normal
		}
		return nil
	}
}

// keeping is a dispatcher of which nothing is known: it may keep slices.
type keeping struct{ dispatcher.Dispatcher[int] }

func TestRecyclingRespectsADispatcherThatMayKeepSlices(t *testing.T) {
	w := outside(t)
	keep := func(c dispatcher.Config) (dispatcher.Dispatcher[int], error) {
		d, err := dispatcher.Demand[int]()(c)
		return keeping{d}, err
	}
	done := make(chan struct{})
	pc := w.relay(stage.EventsFunc[int, int](passOn), stage.From(w.producer(upward()), stage.MaxDemand(100)),
		stage.Recycle(), stage.Dispatch[int](keep))
	w.consumer(inSequence(t, 5000, done), stage.From(pc, stage.MaxDemand(100)))
	<-done
}

func TestASharedSliceIsCopiedForWhoMayPassItOn(t *testing.T) {
	w := outside(t)
	p := w.producer(upward(), stage.Dispatch(dispatcher.Broadcast[int]()), stage.Demand(stage.Accumulate))
	var all []chan struct{}
	for range 2 {
		done := make(chan struct{})
		pc := w.relay(stage.EventsFunc[int, int](passOn),
			stage.From(p, stage.MaxDemand(10), stage.OnCancel(stage.Temporary)))
		w.consumer(inSequence(t, 500, done), stage.From(pc, stage.MaxDemand(10), stage.OnCancel(stage.Temporary)))
		all = append(all, done)
	}
	p.SetDemand(stage.Forward)
	for _, done := range all {
		<-done
	}
}

func TestAKilledStageHandlesNothingMore(t *testing.T) {
	w := outside(t)
	entered, free, calls := make(chan struct{}), make(chan struct{}), 0
	c := w.consumer(stage.ConsumerFunc[int](func(*stage.Context[stage.None], []int, stage.Subscription) error {
		if calls++; calls == 1 {
			close(entered)
			<-free
		}
		return nil
	}), stage.From(w.producer(upward()), stage.MaxDemand(10), stage.MinDemand(9)))
	<-entered
	c.Kill()
	close(free)
	require.Eventually(t, func() bool { return w.sys.Abandoned() == 0 }, 10*time.Second, time.Millisecond)
	assert.Equal(t, 1, calls, "the rest of the list is left alone")
}

// lateWords is a producer whose Terminate waits until its last event was handled.
type lateWords struct {
	stop    context.CancelFunc
	handled chan struct{}
}

func (l *lateWords) HandleDemand(ctx *stage.Context[int], _ int) error {
	l.stop()
	<-ctx.Context().Done()
	ctx.Emit(1)
	return nil
}

func (l *lateWords) Terminate(*stage.Context[int], error) { <-l.handled }

func TestTheLastEventIsHandledWhileTerminateRuns(t *testing.T) {
	w := outside(t)
	ctx, cancel := context.WithCancel(background)
	defer cancel()
	last := &lateWords{cancel, make(chan struct{})}
	p, err := stage.StartProducer(ctx, last, stage.In(w.sys))
	require.NoError(t, err)
	w.consumer(stage.ConsumerFunc[int](func(*stage.Context[stage.None], []int, stage.Subscription) error {
		close(last.handled)
		return nil
	}), stage.From(p, stage.OnCancel(stage.Temporary)))
	<-p.Done()
}

func TestHandleCancelEmitsForThoseWhoStay(t *testing.T) {
	inBothModes(t, func(w *world, exact bool, opts ...stage.Option) {
		from := &source{}
		from.onCancel = func(ctx *stage.Context[int], _ error) error {
			ctx.Emit(42)
			return nil
		}
		p := w.producer(from, opts...)
		leaving, staying := w.probe(), w.probe()
		ref := leaving.asking(p.PID(), 10)
		staying.asking(p.PID(), 5)
		w.settle()
		leaving.take()
		leaving.cancel(p.PID(), ref, process.Normal)
		w.settle()
		assert.Equal(t, either(exact, []string(nil), []string{"events [42]"}), staying.take())
	})
}

func TestDemandDoesNotOverflow(t *testing.T) {
	for name, d := range map[string]dispatcher.Factory[int]{
		"demand": dispatcher.Demand[int](), "broadcast": dispatcher.Broadcast[int](), "partition": byNothing(),
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				p, to := w.producer(&source{}, stage.Dispatch(d)), w.probe()
				ref := to.subscribe(p.PID(), stage.Partition(0))
				for _, n := range []int{math.MaxInt, 1, math.MaxInt, 7} {
					to.ask(p.PID(), ref, n)
				}
				push(p, 1)
				w.settle()
				assert.NoError(t, p.Err())
				assert.Contains(t, strings.Join(to.take(), " "), "[1]")
			})
		})
	}
}

func byNothing() dispatcher.Factory[int] { return dispatcher.Partition[int](1, nil) }

func TestIncompleteMessagesHarmNobody(t *testing.T) {
	for name, message := range map[string]any{
		"subscribe without sender": &stage.Subscribe{Ref: process.NewRef()},
		"subscribe without ref":    &stage.Subscribe{},
		"ask without sender":       &stage.Ask{Ref: process.NewRef(), N: 1},
		"no subscribe":             (*stage.Subscribe)(nil),
		"no ask":                   (*stage.Ask)(nil),
		"no cancel":                (*stage.Cancel)(nil),
		"no canceled":              (*stage.Canceled)(nil),
		"no demand mode":           (*stage.SetDemand)(nil),
		"no down":                  (*process.Down)(nil),
		"no timer":                 (*process.Timer)(nil),
		"events without sender":    &stage.Events[int]{Events: []int{1}},
		"no events":                (*stage.Events[int])(nil),
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				p := w.producer(upward(), stage.Dispatch(dispatcher.Broadcast[int]()))
				pc := w.relay(stage.EventsFunc[int, int](passOn), nil)
				p.Process().Send(message)
				pc.Process().Send(message)
				w.settle()
				assert.NoError(t, p.Err())
				assert.NoError(t, pc.Err())
			})
		})
	}
}

func TestStagesOfTwoSystemsDoNotSubscribe(t *testing.T) {
	w, other := outside(t), processtest.NewSystem(t)
	p, err := stage.StartProducer(background, upward(), stage.In(other))
	require.NoError(t, err)
	_, err = stage.StartConsumer(background, stage.ConsumerFunc[int](deaf), stage.From(p), stage.In(w.sys))
	assert.ErrorIs(t, err, stage.ErrOtherSystem)
}

func TestNilFunctionsAreRefused(t *testing.T) {
	_, err := stage.StartProducer(background, stage.ProducerFunc[int](nil))
	assert.ErrorIs(t, err, stage.ErrNilBehaviour)
	_, err = stage.StartProducerConsumer(background, stage.EventsFunc[int, int](nil), nil)
	assert.ErrorIs(t, err, stage.ErrNilBehaviour)
	_, err = stage.StartConsumer(background, stage.ConsumerFunc[int](nil), nil)
	assert.ErrorIs(t, err, stage.ErrNilBehaviour)
}

// mistaken has a HandleCancel of a producer of int, but is a consumer.
type mistaken struct{ stage.ConsumerFunc[int] }

func (mistaken) HandleCancel(*stage.Context[int], stage.CancelKind, stage.Subscription, error) error {
	return nil
}

func TestACallbackWithAWrongSignatureIsRefused(t *testing.T) {
	_, err := stage.StartConsumer(background, mistaken{deaf}, nil)
	var wrong *stage.CallbackError
	require.ErrorAs(t, err, &wrong)
	assert.Equal(t, "HandleCancel", wrong.Callback)
	assert.ErrorContains(t, err, "stage.CancelHandler")
}

// Nobody has to say where a stage is to live that has a source.
func TestAStageLivesWhereItsSourcesDo(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.producer(&source{})
		pc, err := stage.StartProducerConsumer(background, stage.EventsFunc[int, int](func(*stage.Context[int], []int, stage.Subscription) error { return nil }), stage.From(p))
		require.NoError(t, err)
		c, err := stage.StartConsumer(background, stage.ConsumerFunc[int](deaf), stage.From(pc))
		require.NoError(t, err)
		w.Leave(pc)
		w.Leave(c)
		assert.Same(t, w.sys, c.Process().System())
		for event, err := range stage.Stream(background, stage.From(w.producer(upward()))) {
			require.NoError(t, err)
			assert.Equal(t, 1, event)
			break
		}
		_, err = stage.StartConsumer(background, stage.ConsumerFunc[int](deaf), stage.From[int]((*stage.Producer[int])(nil)).And(p))
		assert.ErrorIs(t, err, process.NoProc)
	})
}

// A stage that a process starts lives where the process does.
func TestAStageLivesWhereItIsStarted(t *testing.T) {
	inWorld(t, func(w *world) {
		from := new(source)
		from.onCall = func(ctx *stage.Context[int], _ string, _ stage.Caller[string]) (string, error) {
			p, err := stage.StartProducer(ctx.Context(), upward())
			require.NoError(t, err)
			w.Leave(p)
			assert.Same(t, w.sys, p.Process().System())
			return "", nil
		}
		_, err := stage.Call[string](background, w.producer(from), "start")
		require.NoError(t, err)
	})
}

func TestAStreamOfAnotherSystem(t *testing.T) {
	w, other := outside(t), processtest.NewSystem(t)
	p, err := stage.StartProducer(background, upward(), stage.In(other))
	require.NoError(t, err)
	for _, err := range stage.Stream(background, stage.From(p), stage.In(w.sys)) {
		assert.ErrorIs(t, err, stage.ErrOtherSystem)
	}
}

// Handles that name nobody are refused, and stop nobody.
func TestHandlesOfNobody(t *testing.T) {
	inWorld(t, func(w *world) {
		p, c := w.producer(&source{}), w.consumer(&sink{}, nil)
		_, err := stage.SyncSubscribe(background, c, stage.Named[int]{}, stage.OnCancel(stage.Temporary))
		assert.NoError(t, err)
		_, err = stage.SyncSubscribe(background, (*stage.Consumer[int])(nil), p)
		assert.ErrorIs(t, err, process.NoProc)
		_, err = stage.Call[string](background, (*stage.Producer[int])(nil), "a")
		assert.ErrorIs(t, err, process.NoProc)
		stage.Cast((*stage.Producer[int])(nil), "a")
		w.settle()
		assert.NoError(t, c.Err())
	})
}
