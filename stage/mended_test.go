package stage_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/dispatcher"
	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/stage"
)

// The defects of GenStage: mended by default, and as they were with Exact.
// Those of partitions that lose or starve are in oracle_test.go, G15 to G17.

// inBothModes runs a test as a stage is by default, and with Exact.
func inBothModes(t *testing.T, test func(w *world, exact bool, opts ...stage.Option)) {
	t.Run("mended", func(t *testing.T) { inWorld(t, func(w *world) { test(w, false) }) })
	t.Run("exact", func(t *testing.T) { inWorld(t, func(w *world) { test(w, true, stage.Exact()) }) })
}

// either is one of two values.
func either[T any](exact bool, original, mended T) T {
	if exact {
		return original
	}
	return mended
}

func TestNewEventsQueueBehindTheBuffer(t *testing.T) {
	for name, d := range map[string]dispatcher.Factory[int]{"demand": dispatcher.Demand[int](), "broadcast": dispatcher.Broadcast[int]()} {
		t.Run(name, func(t *testing.T) {
			inBothModes(t, func(w *world, exact bool, opts ...stage.Option) {
				from, gone, to := &source{}, w.probe(), w.probe()
				p := w.producer(from, append(opts, stage.Dispatch(d), to.sends())...)
				ref := gone.asking(p.PID(), 4)
				gone.cancel(p.PID(), ref, nil)
				w.settle()
				push(p, 1, 2) // Paid into the buffer: upstream owed 4 events.
				to.asking(p.PID(), 2)
				w.settle()
				push(p, 3, 4)
				w.settle()
				assert.Equal(t, []int{4}, from.demands())
				got := unshared(to.only("->"))[1:] // without the canceled for gone
				assert.Equal(t, either(exact, []string{"-> events [3 4]"}, []string{"-> events [1 2]"}), got)
				assert.Equal(t, 2, w.buffered(p))
			})
		})
	}
}

func TestAccumulateHoldsEverythingInOrder(t *testing.T) {
	inBothModes(t, func(w *world, exact bool, opts ...stage.Option) {
		from, to := &source{}, w.probe()
		p := w.producer(from, opts...)
		push(p, 1, 2)
		p.SetDemand(stage.Accumulate)
		push(p, 3)
		to.asking(p.PID(), 4)
		w.settle()
		assert.Equal(t, either(exact, 0, 2), w.buffered(p), "GenStage moves the buffer behind what is held")
		p.SetDemand(stage.Forward)
		w.settle()
		assert.Equal(t, either(exact,
			[]string{"events [3]", "events [1 2]"},
			[]string{"events [1 2]", "events [3]"}), to.take())
		assert.Equal(t, []int{2}, from.demands())
	})
}

func TestAnInfoStaysBehindHeldEvents(t *testing.T) {
	inBothModes(t, func(w *world, exact bool, opts ...stage.Option) {
		from := &source{}
		p := w.producer(from, append(opts, stage.Demand(stage.Accumulate))...)
		to := w.probe()
		to.asking(p.PID(), 1)
		w.settle()
		from.take()
		push(p, 1)
		stage.AsyncInfo(p, "behind")
		w.settle()
		assert.Equal(t, either(exact, []string{"info behind"}, nil), from.take(), "in GenStage it overtakes them")
		p.SetDemand(stage.Forward)
		w.settle()
		assert.Equal(t, []string{"events [1]"}, to.take())
		assert.Contains(t, append(from.take(), either(exact, "info behind", "")), "info behind")
	})
}

func TestTheEstimateCountsWhatTheDispatcherHolds(t *testing.T) {
	inBothModes(t, func(w *world, exact bool, opts ...stage.Option) {
		p := w.producer(&source{}, append(opts, byParity())...)
		w.probe().asking(p.PID(), 2, stage.Partition(0))
		w.settle()
		push(p, 1, 3, 5)
		assert.Equal(t, either(exact, 1, 3), w.buffered(p))
	})
}

func TestInfosDoNotCountAsEventsOfAnInfiniteBuffer(t *testing.T) {
	inBothModes(t, func(w *world, exact bool, opts ...stage.Option) {
		from, to := &source{}, w.probe()
		p := w.producer(from, append(opts, stage.BufferSize(stage.Infinite))...)
		push(p, 1, 2)
		stage.AsyncInfo(p, "behind 2")
		w.settle()
		assert.Equal(t, either(exact, 3, 2), w.buffered(p))
		to.asking(p.PID(), 2)
		w.settle()
		assert.Equal(t, either(exact, nil, []string{"info behind 2"}), from.only("info"), "GenStage wants demand to reach it")
	})
}

func TestABufferOfSizeZero(t *testing.T) {
	inBothModes(t, func(w *world, exact bool, opts ...stage.Option) {
		p, err := stage.StartProducer(background, &source{}, append(opts, stage.BufferSize(0), stage.In(w.sys))...)
		if !exact {
			require.NoError(t, err)
			w.Leave(p)
			return
		}
		var bad *stage.OptionError
		require.ErrorAs(t, err, &bad)
		assert.Equal(t, &stage.OptionError{Option: "BufferSize", Value: "0", Allowed: "1 or more, or Infinite, with Exact"}, bad)
	})
}

func TestABadSubscriptionAtTheStart(t *testing.T) {
	inBothModes(t, func(w *world, exact bool, opts ...stage.Option) {
		from := stage.From(w.producer(&source{}), stage.MaxDemand(0))
		c, err := stage.StartConsumer(background, &sink{}, from, append(opts, stage.In(w.sys))...)
		assert.Equal(t, exact, err == nil, "GenStage starts without it")
		if err == nil {
			w.Leave(c)
		}
		assert.Contains(t, w.log.Take()[0], "ERROR subscription refused for an invalid option")
	})
}

// refusals are subscriptions that a dispatcher refuses.
var refusals = []struct {
	name       string
	dispatcher dispatcher.Factory[int]
	good, bad  stage.SubscribeOption
	kind       error
}{
	{"partition missing", dispatcher.Partition[int](1, nil), stage.Partition(0), func(*stage.SubscribeOptions) {}, dispatcher.ErrPartitionMissing},
	{"partition unknown", dispatcher.Partition[int](1, nil), stage.Partition(0), stage.Partition(1), dispatcher.ErrPartitionUnknown},
	{"partition of another type", dispatcher.Partition[int](1, nil), stage.Partition(0), stage.Partition("0"), dispatcher.ErrPartitionUnknown},
	{"partition that cannot be compared", dispatcher.Partition[int](1, nil), stage.Partition(0),
		func(o *stage.SubscribeOptions) { o.Partition = []int{0} }, dispatcher.ErrPartitionUnknown},
	{"partition taken", dispatcher.Partition[int](1, nil), stage.Partition(0), stage.Partition(0), dispatcher.ErrPartitionTaken},
	{"selector that is none", dispatcher.Broadcast[int](), func(*stage.SubscribeOptions) {},
		func(o *stage.SubscribeOptions) { o.Selector = "even" }, dispatcher.ErrBadSelector},
	{"selector of another type", dispatcher.Broadcast[int](), func(*stage.SubscribeOptions) {},
		stage.Selector(func(string) bool { return true }), dispatcher.ErrBadSelector},
}

func TestABadSubscriptionHarmsNobodyElse(t *testing.T) {
	for _, c := range refusals {
		t.Run(c.name, func(t *testing.T) {
			inBothModes(t, func(w *world, exact bool, opts ...stage.Option) {
				from, good, bad := counting(10), &sink{}, w.probe()
				p := w.producer(from, append(opts, stage.Dispatch(c.dispatcher))...)
				consumer := w.consumer(good, stage.From(p, c.good, stage.MaxDemand(4)))
				w.settle()
				bad.watch(p.PID())
				bad.subscribe(p.PID(), c.bad)
				w.settle()
				said := bad.take()
				require.Len(t, said, 1)
				assert.Contains(t, said[0], c.kind.Error())
				if exact {
					// The producer crashes, and takes its consumers along.
					assert.Contains(t, said[0], "down panic: ")
					assert.ErrorIs(t, p.Err(), c.kind)
					assert.Equal(t, p.Err(), consumer.Err())
					return
				}
				assert.Contains(t, said[0], "canceled ")
				assert.NoError(t, p.Err())
				push(p, 11)
				w.settle()
				assert.Equal(t, upTo(1, 11), good.got)
				assert.Len(t, from.only("cancel"), 1, "the behaviour hears of it")
			})
		})
	}
}

func TestARefusedConsumerGetsAnErrorThatSaysWhy(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.producer(&source{}, byParity())
		c := w.consumer(&sink{}, stage.From(p, stage.Partition(7)))
		w.settle()
		var refused *dispatcher.SubscribeError
		require.ErrorAs(t, c.Err(), &refused)
		assert.Equal(t, 7, refused.Value)
		assert.Equal(t, "0, 1", refused.Allowed)
		assert.ErrorIs(t, c.Err(), dispatcher.ErrPartitionUnknown)
	})
}

func TestASecondSubscriptionToABroadcastIsRefused(t *testing.T) {
	inBothModes(t, func(w *world, _ bool, opts ...stage.Option) {
		to := &sink{}
		p := w.producer(counting(5), append(opts, stage.Dispatch(dispatcher.Broadcast[int]()))...)
		c := w.consumer(to, stage.From(p).And(p))
		w.settle()
		assert.NoError(t, c.Err(), "a permanent consumer lives on, too")
		assert.Equal(t, []string{"cancel already subscribed"}, to.only("cancel"))
		assert.Equal(t, upTo(1, 5), to.got)
	})
}

func TestASelectorThatPanics(t *testing.T) {
	inBothModes(t, func(w *world, exact bool, opts ...stage.Option) {
		good, bad := &sink{}, &sink{}
		p := w.producer(counting(20), append(opts, stage.Dispatch(dispatcher.Broadcast[int]()), stage.Demand(stage.Accumulate))...)
		to := w.consumer(good, stage.From(p, stage.MaxDemand(4)))
		oops := errors.New("I do not like 7")
		broken := w.consumer(bad, stage.From(p, stage.MaxDemand(4), stage.Selector(func(n int) bool {
			if n == 7 {
				panic(oops)
			}
			return true
		})))
		p.SetDemand(stage.Forward)
		w.settle()
		assert.ErrorIs(t, broken.Err(), oops)
		if exact {
			assert.ErrorIs(t, p.Err(), oops)
			assert.ErrorIs(t, to.Err(), oops)
			return
		}
		var crash *dispatcher.SelectorError
		require.ErrorAs(t, broken.Err(), &crash)
		assert.NotEmpty(t, crash.Stack)
		assert.NoError(t, p.Err())
		assert.Equal(t, upTo(1, 20), good.got)
		assert.Equal(t, upTo(1, len(bad.got)), bad.got)
	})
}

func TestAHashThatNamesNoPartition(t *testing.T) {
	inBothModes(t, func(w *world, exact bool, opts ...stage.Option) {
		to := &sink{}
		mod3 := dispatcher.Partition(2, func(n int) int { return n % 3 })
		p := w.producer(counting(9), append(opts, stage.Dispatch(mod3))...)
		w.consumer(to, stage.From(p, stage.Partition(0), stage.MaxDemand(10)))
		w.settle()
		if exact {
			var hash *dispatcher.HashError
			require.ErrorAs(t, p.Err(), &hash)
			assert.Equal(t, 2, hash.Partition)
			return
		}
		assert.NoError(t, p.Err())
		assert.Equal(t, []int{3, 6, 9}, to.got)
		assert.Equal(t, 3, w.buffered(p), "1, 4 and 7 wait for a consumer of partition 1")
		assert.Equal(t, []string{
			"ERROR event hashed to an unknown partition partition=2 allowed=0, 1 events=3",
		}, w.log.Take())
	})
}

func TestAHashThatPanicsCrashesTheStage(t *testing.T) {
	inBothModes(t, func(w *world, _ bool, opts ...stage.Option) {
		bad := dispatcher.Partition(2, func(int) int { panic("no hash") })
		p := w.producer(&source{}, append(opts, stage.Dispatch(bad))...)
		w.probe().asking(p.PID(), 1, stage.Partition(0))
		w.settle()
		push(p, 1)
		w.settle()
		var crash *process.Crash
		assert.ErrorAs(t, p.Err(), &crash)
	})
}

func TestAProducerConsumerThatDiscardsAsksAgain(t *testing.T) {
	inBothModes(t, func(w *world, exact bool, opts ...stage.Option) {
		to := &sink{}
		pc := w.relay(&filter{}, stage.From(w.producer(counting(100)), stage.MaxDemand(4)), append(opts, noneUpTo(90))...)
		w.consumer(to, stage.From(pc, stage.Partition("all"), stage.MaxDemand(3)))
		w.settle()
		assert.Equal(t, either(exact, nil, upTo(91, 100)), to.got)
	})
}

func TestAConsumerWithoutDemandHoldsUpNoProducerConsumer(t *testing.T) {
	// GenStage counts the demand of a broadcasting producer_consumer apart from
	// its dispatcher: when somebody joins, it works without a taker.
	inBothModes(t, func(w *world, exact bool, opts ...stage.Option) {
		f, up, first, second := &filter{}, w.probe(), w.probe(), w.probe()
		pc := w.relay(f, stage.From(up.source()), append(opts, stage.Dispatch(dispatcher.Broadcast[int]()))...)
		first.asking(pc.PID(), 5)
		w.settle()
		second.subscribe(pc.PID())
		w.settle()
		up.sendEvents(0, 1, 2)
		w.settle()
		assert.Equal(t, either(exact, 1, 0), len(f.only("events")))
		assert.Equal(t, either(exact, 2, 0), w.buffered(pc))
	})
}
