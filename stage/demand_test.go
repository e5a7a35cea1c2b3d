package stage_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/stage"
)

// The arithmetic of asks: lists of a scripted producer, the batches that the
// consumer makes of them, and its asks.
func TestBatchesAndAsks(t *testing.T) {
	const given = -1 // leave MinDemand to its default
	for _, c := range []struct {
		max, min int
		lists    []int // sizes
		batches  []int
		asks     []int
	}{
		{1000, given, []int{1000}, []int{500, 500}, []int{1000, 500, 500}},
		{1000, 750, []int{100, 100, 100}, []int{100, 100, 100}, []int{1000, 300}},
		{1000, 750, []int{1000}, []int{250, 250, 250, 250}, []int{1000, 250, 250, 250, 250}},
		{10, given, []int{10}, []int{5, 5}, []int{10, 5, 5}},
		{10, 8, []int{10}, []int{2, 2, 2, 2, 2}, []int{10, 2, 2, 2, 2, 2}},
		{10, 0, []int{10}, []int{10}, []int{10, 10}},
		{10, 0, []int{4, 6}, []int{4, 6}, []int{10, 10}},
		{10, 9, []int{3}, []int{1, 1, 1}, []int{10, 1, 1, 1}},
		// Batches are not filled up from two lists.
		{10, given, []int{3, 3, 4}, []int{3, 3, 4}, []int{10, 6}},
		{10, given, []int{7, 3}, []int{5, 2, 3}, []int{10, 5, 5}},
		{10, given, []int{4}, []int{4}, []int{10}},
		// Half of an odd maximum is rounded down.
		{5, given, []int{5}, []int{3, 2}, []int{5, 3}},
		{3, given, []int{3}, []int{2, 1}, []int{3, 2}},
		{2, given, []int{2}, []int{1, 1}, []int{2, 1, 1}},
		{1, given, []int{1, 1}, []int{1, 1}, []int{1, 1, 1}},
		// Events in excess are processed, and do not count for new demand.
		{4, 2, []int{10}, []int{2, 2, 2, 2, 2}, []int{4, 2, 2}},
		{4, 0, []int{6}, []int{4, 2}, []int{4, 4}},
		{1, 0, []int{3}, []int{1, 1, 1}, []int{1, 1}},
		{4, 2, []int{0}, nil, []int{4}},
	} {
		t.Run(fmt.Sprintf("%d,%d lists %v", c.max, c.min, c.lists), func(t *testing.T) {
			inWorld(t, func(w *world) {
				from, to := w.probe(), &sink{}
				opts := []stage.SubscribeOption{stage.MaxDemand(c.max)}
				if c.min != given {
					opts = append(opts, stage.MinDemand(c.min))
				}
				w.consumer(to, stage.From(from.source(), opts...))
				w.settle()
				next := 1
				for _, size := range c.lists {
					from.sendEvents(0, upTo(next, next+size-1)...)
					next += size
				}
				w.settle()
				want := []string{"subscribe"}
				for _, n := range c.asks {
					want = append(want, fmt.Sprint("ask ", n))
				}
				assert.Equal(t, want, from.take())
				assert.Equal(t, c.batches, to.batches)
				assert.Equal(t, upTo(1, next-1), to.got)
			})
		})
	}
}

func TestExcessEventsAreLoggedByTheBatch(t *testing.T) {
	inWorld(t, func(w *world) {
		from := w.probe()
		w.consumer(&sink{}, stage.From(from.source(), stage.MaxDemand(4), stage.MinDemand(1)))
		w.settle()
		from.sendEvents(0, upTo(1, 8)...)
		w.settle()
		assert.Equal(t, []string{
			"ERROR more events received than asked for events=2",
			"ERROR more events received than asked for events=2",
		}, w.log.Take())
	})
}

func TestAnAskFollowsItsBatch(t *testing.T) {
	inWorld(t, func(w *world) {
		from, to := w.probe(), &sink{}
		w.consumer(to, stage.From(from.source(), stage.MaxDemand(4)), to.sends())
		w.settle()
		from.sendEvents(0, 1, 2, 3, 4)
		w.settle()
		assert.Equal(t, []string{
			"-> subscribe", "subscribe producer 4/2 permanent", "-> ask 4",
			"events [1 2]", "-> ask 2", "events [3 4]", "-> ask 2",
		}, to.take())
	})
}

func TestOnManualSubscriptionsTheBehaviourAsks(t *testing.T) {
	inWorld(t, func(w *world) {
		from, to := w.probe(), &sink{}
		to.onSubscribe = manual[stage.None]
		w.consumer(to, stage.From(from.source(), stage.MaxDemand(4)))
		w.settle()
		assert.Equal(t, []string{"subscribe"}, from.take())

		sub := to.subs[0]
		sub.Ask(0)
		sub.Ask(-3)
		sub.Ask(7)
		w.settle()
		assert.Equal(t, []string{"ask 7"}, from.take())

		from.sendEvents(0, upTo(1, 9)...)
		w.settle()
		assert.Equal(t, []int{9}, to.batches, "a list is one batch, however long")
		assert.Empty(t, from.take())
		assert.Empty(t, w.log.Take())
	})
}

func TestAManualConsumerAsksFromItsCallback(t *testing.T) {
	inWorld(t, func(w *world) {
		to := &sink{}
		to.onSubscribe = func(_ *stage.Context[stage.None], sub stage.Subscription) (stage.SubscriptionMode, error) {
			sub.Ask(1)
			return stage.Manual, nil
		}
		to.onEvents = func(_ *stage.Context[stage.None], events []int, from stage.Subscription) error {
			from.Ask(len(events) + 1)
			return nil
		}
		from := counting(15)
		w.consumer(to, stage.From(w.producer(from)))
		w.settle()
		assert.Equal(t, []int{1, 2, 3, 4, 5}, to.batches)
		assert.Equal(t, []int{1, 2, 3, 4, 5, 6}, from.demands())
	})
}

func TestADemandOfZeroIsNoDemand(t *testing.T) {
	inWorld(t, func(w *world) {
		from, to := &source{}, w.probe()
		p := w.producer(from)
		ref := to.asking(p.PID(), 0)
		w.settle()
		assert.Empty(t, from.demands())
		to.ask(p.PID(), ref, 2)
		w.settle()
		assert.Equal(t, []int{2}, from.demands())
	})
}

func TestANegativeAskEndsItsSubscription(t *testing.T) {
	inWorld(t, func(w *world) {
		from, bad, good := counting(5), w.probe(), w.probe()
		p := w.producer(from)
		bad.asking(p.PID(), -1)
		good.asking(p.PID(), 5)
		w.settle()
		assert.Equal(t, []string{"canceled stage: option Ask.N is negative, allowed is 0 or more"}, bad.take())
		assert.Equal(t, []string{"events [1 2 3 4 5]"}, good.take())
	})
}

func TestDemandThatTheProducerOwesIsNotAskedAgain(t *testing.T) {
	inWorld(t, func(w *world) {
		from, to := &source{}, w.probe()
		p := w.producer(from)
		ref := to.asking(p.PID(), 5)
		w.settle()
		push(p, 1, 2)
		to.ask(p.PID(), ref, 3)
		w.settle()
		assert.Equal(t, []int{5, 3}, from.demands())
		push(p, upTo(3, 9)...)
		w.settle()
		assert.Equal(t, []string{"events [1 2]", "events [3 4 5 6 7 8]"}, to.take())
		assert.Equal(t, 1, w.buffered(p))
	})
}

func TestSeveralSubscriptionsOfOneConsumerCountApart(t *testing.T) {
	inWorld(t, func(w *world) {
		one, two, to := w.probe(), w.probe(), &sink{}
		c := w.consumer(to, stage.From(one.source(), stage.MaxDemand(2)).And(two.source(), stage.MaxDemand(10)))
		_, err := stage.SyncSubscribe(background, c, one.source(), stage.MaxDemand(6))
		require.NoError(t, err)
		w.settle()
		one.sendEvents(1, 1, 2, 3, 4)
		two.sendEvents(0, 5, 6, 7, 8)
		one.sendEvents(0, 9)
		w.settle()
		assert.Equal(t, []string{"subscribe", "ask 2", "subscribe", "ask 6", "ask 3", "ask 1"}, one.take())
		assert.Equal(t, []string{"subscribe", "ask 10"}, two.take())
	})
}
