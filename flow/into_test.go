package flow_test

import (
	"context"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/flow"
	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/stage"
)

// basket is a consumer that keeps what it gets. It may stop after some events.
type basket struct {
	mu    sync.Mutex
	got   []int
	stops int
	why   error
}

func (b *basket) HandleEvents(_ *stage.Context[stage.None], events []int, _ stage.Subscription) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.got = append(b.got, events...)
	if b.stops > 0 && len(b.got) >= b.stops {
		return b.why
	}
	return nil
}

func (b *basket) take() []int {
	b.mu.Lock()
	defer b.mu.Unlock()
	got := b.got
	b.got = nil
	return got
}

// consumer starts a running consumer of the test's own.
func (w *world) consumer(b *basket) *stage.Consumer[int] {
	w.Helper()
	c, err := stage.StartConsumer(background, b, nil, stage.In(w.sys))
	require.NoError(w, err)
	return c
}

func into(w *world, f flow.Flow[int], consumers ...stage.Sink[int]) *flow.Job {
	w.Helper()
	job, err := f.Into(background, consumers, w.in)
	require.NoError(w, err)
	return job
}

func TestRunningConsumersSurviveTheFlow(t *testing.T) {
	inWorld(t, func(w *world) {
		a, b := &basket{}, &basket{}
		first, second := w.consumer(a), w.consumer(b)
		for range 2 {
			job := into(w, flow.FromSlice(upTo(1, 3000), flow.Stages(3)).Tap(func(int) {}), first, second)
			require.NoError(w, job.Wait(background))
			w.settle()
			assert.ElementsMatch(w, upTo(1, 3000), append(a.take(), b.take()...))
			assert.NoError(w, first.Err())
			assert.NoError(w, second.Err())
		}
		job := into(w, flow.FromSeq(endless(nil)).Filter(isEven), first)
		must(job.Stop(background))
		assert.Equal(w, flow.ErrStopped, job.Err())
		w.settle()
		assert.NoError(w, first.Err())
		require.NoError(w, first.Stop(background, nil))
		require.NoError(w, second.Stop(background, nil))
	})
}

// A consumer hears of a failure as of that of any producer: it is subscribed
// as Transient.
func TestRunningConsumersOfAFlowThatFails(t *testing.T) {
	inWorld(t, func(w *world) {
		c := w.consumer(&basket{})
		job := into(w, flow.TryMap(one(10), func(int) (int, error) { return 0, errBoom }), c)
		assert.ErrorIs(w, job.Wait(background), errBoom)
		<-c.Done()
		assert.ErrorIs(w, c.Err(), errBoom)
	})
}

func TestTheFlowEndsWithTheLastRunningConsumer(t *testing.T) {
	for _, f := range []func() flow.Flow[int]{
		func() flow.Flow[int] { return flow.FromSeq(endless(nil)) },
		func() flow.Flow[int] { return flow.FromSeq(endless(nil), flow.Stages(2)).Filter(isEven) },
		func() flow.Flow[int] { return flow.FromChan(make(chan int), flow.Stages(2)).Filter(isEven) },
	} {
		inWorld(t, func(w *world) {
			a, b := w.consumer(&basket{stops: 1, why: process.Normal}), w.consumer(&basket{})
			job := into(w, f(), a, b)
			_ = a.Stop(background, nil)
			select {
			case <-job.Done():
				w.Error("one is left")
			default:
			}
			require.NoError(w, b.Stop(background, nil))
			assert.NoError(w, job.Wait(background))
		})
	}
}

func TestAConsumerThatIsGone(t *testing.T) {
	inWorld(t, func(w *world) {
		c := w.consumer(&basket{})
		require.NoError(w, c.Stop(background, nil))
		job, err := one(10).Filter(isEven).Into(background, []stage.Sink[int]{c}, w.in)
		assert.Nil(w, job)
		assert.ErrorIs(w, err, process.NoProc)
		assert.Zero(w, w.sys.Count(), "what was started is stopped")
	})
}

// vandal is a consumer that changes the lists that it gets, which are its own.
type vandal struct{ basket }

func (v *vandal) HandleEvents(ctx *stage.Context[stage.None], events []int, from stage.Subscription) error {
	defer clear(events)
	return v.basket.HandleEvents(ctx, events, from)
}

func TestASliceIsSafeFromConsumers(t *testing.T) {
	inWorld(t, func(w *world) {
		items := upTo(1, 3000)
		v := &vandal{}
		c, err := stage.StartConsumer[int](background, v, nil, stage.In(w.sys))
		require.NoError(w, err)
		require.NoError(w, into(w, flow.FromSlice(items), c).Wait(background))
		require.NoError(w, c.Stop(background, nil), "behind its last events")
		assert.Equal(w, upTo(1, 3000), v.take())
		assert.Equal(w, upTo(1, 3000), items)
	})
}

type consumerStart = func(context.Context, stage.Sources[int], ...stage.Option) (*stage.Consumer[int], error)

// starts is how a flow starts a consumer.
func starts(b *basket) consumerStart {
	return func(ctx context.Context, from stage.Sources[int], opts ...stage.Option) (*stage.Consumer[int], error) {
		return stage.StartConsumer(ctx, b, from, opts...)
	}
}

func TestConsumersThatAreStartedWithTheFlow(t *testing.T) {
	inWorld(t, func(w *world) {
		a, b := &basket{}, &basket{}
		f := flow.FromSlice(upTo(1, 3000), flow.Stages(3)).Tap(func(int) {})
		job, err := f.IntoStarted(background, []consumerStart{starts(a), starts(b)}, w.in)
		require.NoError(w, err)
		require.NoError(w, job.Wait(background), "it ends with the flow")
		assert.ElementsMatch(w, upTo(1, 3000), append(a.take(), b.take()...))
		assert.Zero(w, w.sys.Count())
	})
}

func TestTheFlowEndsWithAConsumerThatItHasStarted(t *testing.T) {
	for _, reason := range []error{process.Normal, process.Shutdown} {
		inWorld(t, func(w *world) {
			a, b := &basket{stops: 3000, why: reason}, &basket{}
			job, err := flow.FromSeq(endless(nil)).Filter(isEven).IntoStarted(background, []consumerStart{starts(a), starts(b)}, w.in)
			require.NoError(w, err)
			assert.NoError(w, job.Wait(background))
		})
	}
	inWorld(t, func(w *world) {
		a := &basket{stops: 10, why: errBoom}
		job, err := flow.FromSeq(endless(nil)).Filter(isEven).IntoStarted(background, []consumerStart{starts(a)}, w.in)
		require.NoError(w, err)
		err = job.Wait(background)
		assert.ErrorIs(w, err, errBoom)
		requireBlamed(w, err, "IntoStarted", 3)
	})
}

func TestAConsumerThatDoesNotStart(t *testing.T) {
	inWorld(t, func(w *world) {
		fails := func(context.Context, stage.Sources[int], ...stage.Option) (*stage.Consumer[int], error) {
			return nil, errBoom
		}
		job, err := one(10).Filter(isEven).IntoStarted(background, []consumerStart{starts(&basket{}), fails}, w.in)
		assert.Nil(w, job)
		assert.ErrorIs(w, err, errBoom)
		assert.Zero(w, w.sys.Count(), "what was started is stopped")
	})
}

// No event is emitted before all consumers are there.
func TestTheSourceWaitsForAllConsumers(t *testing.T) {
	inWorld(t, func(w *world) {
		pulled := false
		f := flow.FromSeq(func(yield func(int) bool) {
			pulled = true
			for n := 1; yield(n); n++ {
			}
		})
		a := &basket{}
		late := func(ctx context.Context, from stage.Sources[int], opts ...stage.Option) (*stage.Consumer[int], error) {
			w.settle()
			assert.False(w, pulled)
			return stage.StartConsumer(ctx, a, from, opts...)
		}
		job, err := f.IntoStarted(background, []consumerStart{starts(&basket{}), late}, w.in)
		require.NoError(w, err)
		must(job.Stop(background))
	})
}

// lister is a consumer that only reads, and keeps its lists.
type lister struct{ lists [][]int }

func (l *lister) HandleEvents(_ *stage.Context[stage.None], events []int, _ stage.Subscription) error {
	l.lists = append(l.lists, events)
	return nil
}

func TestASliceIsNotCopiedForReaders(t *testing.T) {
	inWorld(t, func(w *world) {
		items := upTo(1, 3000)
		l := &lister{}
		c, err := stage.StartConsumer[int](background, l, nil, stage.In(w.sys), stage.ReadOnly())
		require.NoError(w, err)
		require.NoError(w, into(w, flow.FromSlice(items), c).Wait(background))
		require.NoError(w, c.Stop(background, nil), "behind its last events")
		n := 0
		for _, list := range l.lists {
			assert.Same(w, &items[n], &list[0])
			n += len(list)
		}
		assert.Equal(w, 3000, n)
	})
}
