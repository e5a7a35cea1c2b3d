package stage_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/stage"
)

// between is a producer_consumer with a probe on either side.
type between struct {
	*filter
	up, down *probe
	pc       *stage.ProducerConsumer[int, int]
	ref      *process.Ref // of the subscription of down, which has asked for nothing
}

func (w *world) between(f *filter, opts ...stage.SubscribeOption) *between {
	b := &between{filter: f, up: w.probe(), down: w.probe()}
	b.pc = w.relay(f, stage.From(b.up.source(), opts...))
	b.ref = b.down.subscribe(b.pc.PID())
	w.settle()
	return b
}

func (b *between) ask(n int) { b.down.ask(b.pc.PID(), b.ref, n) }

func TestAProducerConsumerAsksAtOnceAndWaitsWithTheWork(t *testing.T) {
	inWorld(t, func(w *world) {
		b := w.between(&filter{}, stage.MaxDemand(4))
		assert.Equal(t, []string{"subscribe", "ask 4"}, b.up.take())
		b.up.sendEvents(0, 1, 2)
		b.up.sendEvents(0, 3, 4)
		w.settle()
		assert.Empty(t, b.only("events"))
		assert.Empty(t, b.up.take())
		assert.Zero(t, w.buffered(b.pc), "what waits for demand is not in the buffer")
	})
}

func TestQueuedListsAreProcessedWholeWhileThereIsDemand(t *testing.T) {
	inWorld(t, func(w *world) {
		b := w.between(&filter{}, stage.MaxDemand(100))
		for _, list := range [][]int{{1, 2, 3}, {4, 5, 6}, {7, 8, 9}} {
			b.up.sendEvents(0, list...)
		}
		for _, step := range []struct {
			ask      int
			handled  []string
			sent     []string
			buffered int
		}{
			{2, []string{"events [1 2 3]"}, []string{"events [1 2]"}, 1},
			{1, nil, []string{"events [3]"}, 0},
			{1, []string{"events [4 5 6]"}, []string{"events [4]"}, 2},
			{4, []string{"events [7 8 9]"}, []string{"events [5 6]", "events [7 8]"}, 1},
		} {
			b.take()
			b.ask(step.ask)
			w.settle()
			assert.Equal(t, step.handled, b.only("events"))
			assert.Equal(t, step.sent, b.down.take())
			assert.Equal(t, step.buffered, w.buffered(b.pc))
		}
	})
}

func TestAFilterWorksUntilTheDemandIsMet(t *testing.T) {
	inWorld(t, func(w *world) {
		to := &sink{}
		even := stage.EventsFunc[int, int](func(ctx *stage.Context[int], events []int, _ stage.Subscription) error {
			for _, n := range events {
				if n%100 == 0 {
					ctx.Emit(n)
				}
			}
			return nil
		})
		pc := w.relay(even, stage.From(w.producer(counting(1000)), stage.MaxDemand(3)))
		w.consumer(to, stage.From(pc, stage.MaxDemand(2)))
		w.settle()
		assert.Equal(t, []int{100, 200, 300, 400, 500, 600, 700, 800, 900, 1000}, to.got)
	})
}

func TestAMultiplierOvershootsByOneList(t *testing.T) {
	inWorld(t, func(w *world) {
		b := w.between(&filter{onEvents: func(ctx *stage.Context[int], events []int, _ stage.Subscription) error {
			for _, n := range events {
				ctx.EmitAll([]int{n, n, n})
			}
			return nil
		}}, stage.MaxDemand(2))
		b.up.sendEvents(0, 1, 2)
		b.up.sendEvents(0, 3)
		b.ask(1)
		w.settle()
		assert.Equal(t, []string{"events [1]", "events [2]"}, b.only("events"))
		assert.Equal(t, 5, w.buffered(b.pc))
		b.ask(6)
		w.settle()
		assert.Equal(t, []string{"events [1]", "events [1 1 2 2 2]", "events [3]"}, b.down.take())
		assert.Equal(t, 2, w.buffered(b.pc))
	})
}

func TestWhatAProducerConsumerEmitsUnaskedTakesDemand(t *testing.T) {
	inWorld(t, func(w *world) {
		b := w.between(&filter{})
		b.ask(2)
		w.settle()
		push(b.pc, -1, -2, -3)
		w.settle()
		b.up.sendEvents(0, 1)
		w.settle()
		assert.Empty(t, b.only("events"))
		b.ask(2)
		w.settle()
		assert.Equal(t, []string{"events [-1 -2]", "events [-3]", "events [1]"}, b.down.take())
	})
}

func TestTheEndOfAProducerWaitsBehindItsEvents(t *testing.T) {
	for kind, end := range endings {
		t.Run(kind, func(t *testing.T) {
			inWorld(t, func(w *world) {
				f := &filter{}
				f.onCancel = func(ctx *stage.Context[int], _ error) error { ctx.Emit(99); return nil }
				b := w.between(f, stage.OnCancel(stage.Transient))
				other, err := stage.SyncSubscribe(background, b.pc, w.probe().source())
				require.NoError(t, err)
				b.up.sendEvents(0, 1, 2)
				b.up.sendEvents(0, 3)
				b.up.take()
				end(b.up, process.Shutdown)
				w.settle()
				b.take()

				b.ask(2)
				w.settle()
				assert.Equal(t, []string{"events [1 2]"}, b.take())
				b.ask(3)
				w.settle()
				assert.Equal(t, []string{"events [3]", kind + " shutdown"}, b.take())
				assert.Equal(t, []string{"events [1 2]", "events [3]", "events [99]"}, b.down.take())
				assert.Empty(t, b.up.take(), "there is nobody to ask for more")
				assert.NoError(t, b.pc.Err())
				other.Cancel(nil)
			})
		})
	}
}

func TestAPermanentProducerConsumerStopsBehindTheLastEvents(t *testing.T) {
	inWorld(t, func(w *world) {
		oops := errors.New("oops")
		b := w.between(&filter{})
		b.down.watch(b.pc.PID())
		b.up.sendEvents(0, 1, 2)
		b.up.exit(oops)
		w.settle()
		assert.NoError(t, b.pc.Err(), "it waits for demand first")
		b.ask(3)
		w.settle()
		assert.Equal(t, []string{"events [1 2]", "down oops"}, b.down.take())
		assert.Equal(t, oops, b.pc.Err())
	})
}

func TestEventsOfAProducerThatIsGoneHaveNoPeer(t *testing.T) {
	inWorld(t, func(w *world) {
		var peers []*process.PID
		f := &filter{onEvents: func(_ *stage.Context[int], _ []int, from stage.Subscription) error {
			peers = append(peers, from.Peer())
			from.Ask(1)
			from.Cancel(nil)
			return nil
		}}
		b := w.between(f, stage.OnCancel(stage.Temporary), stage.MaxDemand(2))
		b.up.sendEvents(0, 1, 2)
		b.up.sendEvents(0, 3, 4, 5)
		b.up.sendCanceled(0, nil)
		w.settle()
		b.up.take()
		b.ask(100)
		w.settle()
		assert.Equal(t, []string{"events [1 2]", "events [3 4 5]"}, b.only("events"), "nobody is to be asked, so a list is one batch")
		assert.Equal(t, []*process.PID{nil, nil}, peers)
		assert.Empty(t, b.up.take())
	})
}

func TestAnInfoWaitsBehindQueuedEvents(t *testing.T) {
	inWorld(t, func(w *world) {
		b := w.between(&filter{})
		stage.AsyncInfo(b.pc, "nothing before it")
		w.settle()
		b.up.sendEvents(0, 1, 2)
		w.settle()
		require.NoError(t, stage.SyncInfo(background, b.pc, "behind 2"))
		b.up.sendEvents(0, 3)
		stage.AsyncInfo(b.pc, "behind 3")
		w.settle()
		b.ask(1)
		w.settle()
		b.ask(1)
		w.settle()
		b.ask(9)
		w.settle()
		assert.Equal(t, []string{
			"subscribe producer 1000/500 permanent", "subscribe consumer 1000/500 permanent",
			"info nothing before it",
			// An info passes through the mailbox, where later demand may precede it.
			"events [1 2]", "events [3]", "info behind 2", "info behind 3",
		}, b.take())
	})
}

func TestAnInfoThatLeavesTheQueueWaitsBehindTheBuffer(t *testing.T) {
	inWorld(t, func(w *world) {
		b := w.between(&filter{})
		b.up.sendEvents(0, 1, 2, 3)
		w.settle()
		stage.AsyncInfo(b.pc, "behind 3")
		w.settle()
		for range 3 {
			assert.Empty(t, b.only("info"))
			b.ask(1)
			w.settle()
		}
		b.ask(1)
		w.settle()
		assert.Equal(t, []string{"info behind 3"}, b.only("info"))
	})
}

func TestAnErrorInABatchLosesTheLaterOnes(t *testing.T) {
	inWorld(t, func(w *world) {
		oops := errors.New("oops")
		f := &filter{onEvents: func(ctx *stage.Context[int], events []int, _ stage.Subscription) error {
			ctx.EmitAll(events)
			if events[0] == 3 {
				return oops
			}
			return nil
		}}
		b := w.between(f, stage.MaxDemand(4))
		b.down.watch(b.pc.PID())
		b.ask(10)
		w.settle()
		b.up.take()
		b.up.sendEvents(0, 1, 2, 3, 4, 5, 6)
		w.settle()
		assert.Equal(t, []string{"events [1 2]", "events [3 4]"}, b.only("events"))
		assert.Equal(t, []string{"events [1 2]", "down oops"}, b.down.take())
		assert.Equal(t, []string{"ask 2"}, b.up.take())
	})
}

func TestListsOfSeveralProducersKeepTheOrderOfTheirArrival(t *testing.T) {
	inWorld(t, func(w *world) {
		one, two, down, f := w.probe(), w.probe(), w.probe(), &filter{}
		pc := w.relay(f, stage.From(one.source()).And(two.source()))
		w.settle()
		one.sendEvents(0, 1)
		two.sendEvents(0, 2)
		one.sendEvents(0, 3)
		w.settle()
		down.asking(pc.PID(), 10)
		w.settle()
		assert.Equal(t, []string{"events [1]", "events [2]", "events [3]"}, f.only("events"))
	})
}

func TestAManualProducerConsumer(t *testing.T) {
	inWorld(t, func(w *world) {
		f := &filter{}
		f.onSubscribe = manual[int]
		up := w.probe()
		pc := w.relay(f, stage.From(up.source(), stage.MaxDemand(2)))
		w.settle()
		assert.Equal(t, []string{"subscribe"}, up.take())
		f.subs[0].Ask(5)
		f.onSubscribe = nil
		w.probe().asking(pc.PID(), 10)
		w.settle()
		up.sendEvents(0, 1, 2, 3, 4, 5)
		w.settle()
		assert.Equal(t, []string{"events [1 2 3 4 5]"}, f.only("events"))
		assert.Equal(t, []string{"ask 5"}, up.take())
	})
}

func TestALineOfProducerConsumersKeepsOrderAndCount(t *testing.T) {
	inWorld(t, func(w *world) {
		to := &sink{}
		var from stage.Source[int] = w.producer(counting(2000))
		for i, max := range []int{1, 2, 7, 100, 1000} {
			f := &filter{onEvents: func(ctx *stage.Context[int], events []int, _ stage.Subscription) error {
				if i%2 == 0 {
					ctx.EmitOwned(events)
				} else {
					ctx.EmitAll(events)
				}
				return nil
			}}
			from = w.relay(f, stage.From(from, stage.MaxDemand(max)))
		}
		w.consumer(to, stage.From(from, stage.MaxDemand(3)))
		w.settle()
		assert.Equal(t, upTo(1, 2000), to.got)
	})
}
