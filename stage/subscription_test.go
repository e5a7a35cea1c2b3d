package stage_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/dispatcher"
	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/stage"
)

func TestSubscribeToARunningStage(t *testing.T) {
	inWorld(t, func(w *world) {
		one, two, to := counting(10), counting(20), &sink{}
		p1, p2 := w.producer(one), w.producer(two)
		c := w.consumer(to, nil)
		sub, err := stage.SyncSubscribe(background, c, p1, stage.MaxDemand(7))
		require.NoError(t, err)
		assert.Equal(t, p1.PID(), sub.Peer())
		assert.Equal(t, sub, to.subs[0])
		require.NoError(t, stage.AsyncSubscribe(c, p2))
		w.settle()
		assert.ElementsMatch(t, append(upTo(1, 10), upTo(1, 20)...), to.got)
	})
}

func TestAProducerConsumerIsSourceAndSink(t *testing.T) {
	inWorld(t, func(w *world) {
		to := &sink{}
		p := w.producer(counting(100))
		pc := w.relay(&filter{}, nil)
		c := w.consumer(to, nil)
		_, err := stage.SyncSubscribe(background, pc, p)
		require.NoError(t, err)
		_, err = stage.SyncSubscribe(background, c, pc)
		require.NoError(t, err)
		w.settle()
		assert.Equal(t, upTo(1, 100), to.got)
	})
}

func TestNamesAreLookedUpAtEachUse(t *testing.T) {
	inWorld(t, func(w *world) {
		numbers, printer := stage.ByName[int](w.sys, "numbers"), stage.ByName[int](w.sys, "printer")
		_, err := stage.SyncSubscribe(background, printer, numbers)
		require.ErrorIs(t, err, process.NoProc)
		require.ErrorIs(t, stage.AsyncSubscribe(printer, numbers), process.NoProc)
		assert.Nil(t, printer.Process())

		to := &sink{}
		first := w.producer(counting(3), stage.Name("numbers"))
		w.consumer(to, stage.From(numbers, stage.OnCancel(stage.Temporary)), stage.Name("printer"))
		w.settle()
		assert.Equal(t, upTo(1, 3), to.got)

		require.NoError(t, first.Stop(background, nil))
		w.producer(counting(2), stage.Name("numbers"))
		sub, err := stage.SyncSubscribe(background, printer, numbers)
		require.NoError(t, err)
		assert.Equal(t, numbers.Process().PID(), sub.Peer())
		w.settle()
		assert.Equal(t, []int{1, 2, 3, 1, 2}, to.got)
	})
}

func TestByNameWithoutASystemMeansTheDefaultOne(t *testing.T) {
	assert.Equal(t, stage.ByName[int](process.Default(), "x"), stage.ByName[int](nil, "x"))
}

// missing are sources that are not there.
func missing(w *world) map[string]stage.Source[int] {
	dead := w.producer(&source{})
	require.NoError(w, dead.Stop(background, nil))
	gone := w.probe()
	gone.stop(nil)
	return map[string]stage.Source[int]{
		"name":       stage.ByName[int](w.sys, "nobody"),
		"nil handle": (*stage.Producer[int])(nil),
		"nil relay":  (*stage.ProducerConsumer[int, int])(nil),
		"nil pid":    stage.ByPID[int](nil),
		"dead stage": dead,
		"dead actor": gone.source(),
	}
}

// A source that is not alive: permanent and transient consumers stop with
// noproc, temporary ones go on without. The caller gets a subscription.
func TestSubscribingToNobody(t *testing.T) {
	modes := map[stage.CancelMode]error{stage.Permanent: process.NoProc, stage.Transient: process.NoProc, stage.Temporary: nil}
	ways := map[string]func(w *world, c *stage.Consumer[int], source stage.Source[int], mode stage.SubscribeOption){
		"sync": func(w *world, c *stage.Consumer[int], source stage.Source[int], mode stage.SubscribeOption) {
			sub, err := stage.SyncSubscribe(background, c, source, mode)
			require.NoError(w, err)
			sub.Ask(1) // which does nothing
			sub.Cancel(nil)
			assert.NotNil(w, sub.Ref())
		},
		"async": func(w *world, c *stage.Consumer[int], source stage.Source[int], mode stage.SubscribeOption) {
			require.NoError(w, stage.AsyncSubscribe(c, source, mode))
		},
	}
	for _, name := range []string{"name", "nil handle", "nil relay", "nil pid", "dead stage", "dead actor"} {
		for mode, reason := range modes {
			for way, subscribe := range ways {
				t.Run(fmt.Sprint(name, " ", mode, " ", way), func(t *testing.T) {
					inWorld(t, func(w *world) {
						c := w.consumer(&sink{}, nil)
						subscribe(w, c, missing(w)[name], stage.OnCancel(mode))
						w.settle()
						assert.Equal(t, reason, c.Err())
					})
				})
			}
			t.Run(fmt.Sprint(name, " ", mode, " start"), func(t *testing.T) {
				inWorld(t, func(w *world) {
					from := stage.From(missing(w)[name], stage.OnCancel(mode))
					c, err := stage.StartConsumer(background, &sink{}, from, stage.In(w.sys))
					pc, errPC := stage.StartProducerConsumer(background, &filter{}, from, stage.In(w.sys))
					w.settle()
					if died := strings.HasPrefix(name, "dead"); died || mode == stage.Temporary {
						// Nobody knew at the start, but then it was found out.
						require.NoError(t, errors.Join(err, errPC))
						assert.Equal(t, reason, c.Err())
						assert.Equal(t, reason, pc.Err())
						w.Leave(c)
						w.Leave(pc)
						return
					}
					assert.Equal(t, process.NoProc, err)
					assert.Equal(t, process.NoProc, errPC)
				})
			})
		}
	}
}

func TestResubscribeCancelsTheOldSubscriptionFirst(t *testing.T) {
	type resubscribe func(c *stage.Consumer[int], old stage.Subscription, to stage.Source[int]) error
	for way, again := range map[string]resubscribe{
		"sync": func(c *stage.Consumer[int], old stage.Subscription, to stage.Source[int]) error {
			_, err := stage.SyncResubscribe(background, c, old, process.Shutdown, to, stage.MaxDemand(3))
			return err
		},
		"async": func(c *stage.Consumer[int], old stage.Subscription, to stage.Source[int]) error {
			return stage.AsyncResubscribe(c, old, process.Shutdown, to, stage.MaxDemand(3))
		},
	} {
		t.Run(way, func(t *testing.T) {
			inWorld(t, func(w *world) {
				from, to := &source{}, &sink{}
				p := w.producer(from)
				c := w.consumer(to, stage.From(p, stage.MaxDemand(10), stage.OnCancel(stage.Temporary)))
				w.settle()
				require.NoError(t, again(c, to.subs[0], p))
				w.settle()
				assert.Equal(t, []string{
					"subscribe consumer 10/5 temporary", "demand 10",
					"cancel shutdown", "subscribe consumer 3/1 permanent",
				}, from.take(), "the demand of the old subscription is owed to the new one")
				push(p, 1, 2)
				w.settle()
				assert.Equal(t, []int{1, 2}, to.got)
			})
		})
	}
}

func TestResubscribeElsewhereLeavesTheOldSubscriptionToItsEnd(t *testing.T) {
	inWorld(t, func(w *world) {
		one, two, to := counting(100), w.probe(), &sink{}
		c := w.consumer(to, stage.From(w.producer(one)))
		w.settle()
		_, err := stage.SyncResubscribe(background, c, to.subs[0], nil, two.source())
		require.NoError(t, err)
		w.settle()
		assert.Equal(t, &stage.Replacement{Ref: to.subs[0].Ref(), Reason: process.Normal}, two.subs[0].Replaces)
		assert.Empty(t, one.only("cancel"))
	})
}

func TestResubscribeStopsAPermanentConsumer(t *testing.T) {
	inWorld(t, func(w *world) {
		to := &sink{}
		p := w.producer(&source{})
		c := w.consumer(to, stage.From(p))
		w.settle()
		_, err := stage.SyncResubscribe(background, c, to.subs[0], process.Shutdown, p)
		require.NoError(t, err)
		w.settle()
		assert.Equal(t, process.Shutdown, c.Err())
	})
}

func TestSubscriptionsThatAreRefusedOnTheConsumersSide(t *testing.T) {
	inWorld(t, func(w *world) {
		p, to := w.producer(&source{}, stage.Name("producer")), &sink{}
		c := w.consumer(to, nil, stage.Name("consumer"))
		text := stage.ByName[string]

		_, err := stage.SyncSubscribe[int](background, c, nil)
		assert.ErrorIs(t, err, stage.ErrNoSource)
		assert.ErrorIs(t, stage.AsyncSubscribe[int](c, nil), stage.ErrNoSource)
		_, err = stage.SyncSubscribe(background, nil, stage.Source[int](p))
		assert.ErrorIs(t, err, process.NoProc)
		_, err = stage.SyncSubscribe(background, text(w.sys, "consumer"), text(w.sys, "producer"))
		assert.ErrorIs(t, err, stage.ErrWrongEventType)
		require.NoError(t, stage.AsyncSubscribe(text(w.sys, "consumer"), text(w.sys, "producer")))
		_, err = stage.SyncSubscribe(background, stage.ByName[int](w.sys, "producer"), stage.ByName[int](w.sys, "consumer"))
		assert.ErrorIs(t, err, stage.ErrNotAConsumer)
		_, err = stage.SyncSubscribe(background, stage.ByName[stage.None](w.sys, "producer"), stage.ByName[stage.None](w.sys, "consumer"))
		assert.ErrorIs(t, err, stage.ErrNotAConsumer)
		w.settle()
		assert.Empty(t, to.take())
		assert.NoError(t, c.Err())
		assert.NoError(t, p.Err())
	})
}

func TestAProducerRefusesASubscriberOfAnotherType(t *testing.T) {
	inWorld(t, func(w *world) {
		from := &source{}
		w.producer(from, stage.Name("ints"))
		c, err := stage.StartConsumer(background,
			stage.ConsumerFunc[string](func(*stage.Context[stage.None], []string, stage.Subscription) error { return nil }),
			stage.From(stage.ByName[string](w.sys, "ints")), stage.In(w.sys))
		require.NoError(t, err)
		w.settle()
		assert.Equal(t, stage.ErrWrongEventType, c.Err())
		assert.Empty(t, from.take(), "its behaviour does not hear of it")
	})
}

func TestHandleSubscribeOfAConsumerDecides(t *testing.T) {
	oops := errors.New("oops")
	for _, c := range []struct {
		name string
		mode stage.SubscriptionMode
		err  error
		want error
	}{
		{"an error stops", 0, oops, oops},
		{"an unknown mode is a bad return value", 3, nil, stage.ErrBadReturn},
		{"so is none", 0, nil, stage.ErrBadReturn},
	} {
		t.Run(c.name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				hook := func(*stage.Context[stage.None], stage.Subscription) (stage.SubscriptionMode, error) {
					return c.mode, c.err
				}
				p := w.producer(&source{})
				to := &sink{}
				to.onSubscribe = hook
				_, err := stage.StartConsumer(background, to, stage.From(p), stage.In(w.sys))
				assert.ErrorIs(t, err, c.want)

				running := w.consumer(to, nil)
				_, err = stage.SyncSubscribe(background, running, p)
				assert.ErrorIs(t, err, c.want)
				w.settle()
				assert.ErrorIs(t, running.Err(), c.want)
			})
		})
	}
}

// lister is a dispatcher that writes down the options of subscriptions.
type lister struct {
	dispatcher.Dispatcher[int]
	options []dispatcher.Options
}

func (l *lister) Subscribe(c dispatcher.Consumer[int], opts dispatcher.Options) (int, error) {
	l.options = append(l.options, opts)
	return l.Dispatcher.Subscribe(c, opts)
}

func TestExtraOptionsReachBothSidesAndTheDispatcher(t *testing.T) {
	inWorld(t, func(w *world) {
		l := &lister{}
		factory := dispatcher.Factory[int](func(c dispatcher.Config) (dispatcher.Dispatcher[int], error) {
			var err error
			l.Dispatcher, err = dispatcher.Demand[int]()(c)
			return l, err
		})
		from, to := &optionsOf[int]{}, &optionsOf[stage.None]{}
		p, err := stage.StartProducer(background, from, stage.In(w.sys), stage.Dispatch(factory))
		require.NoError(t, err)
		w.Leave(p)
		w.consumer(to, stage.From(p, stage.Extra("colour", "red"), stage.Extra("size", "XL"), stage.Partition("p")))
		w.settle()
		want := dispatcher.Options{Partition: "p", Extra: map[string]string{"colour": "red", "size": "XL"}}
		assert.Equal(t, []dispatcher.Options{want}, l.options)
		for _, got := range []stage.SubscribeOptions{from.options, to.options} {
			assert.Equal(t, want, got.Options)
			assert.Equal(t, 1000, got.MaxDemand)
			assert.Equal(t, 500, got.MinDemand)
			assert.Equal(t, stage.Permanent, got.Cancel)
		}
	})
}

// optionsOf keeps the options of the last subscription.
type optionsOf[Out any] struct{ options stage.SubscribeOptions }

func (o *optionsOf[Out]) HandleDemand(*stage.Context[Out], int) error { return nil }

func (o *optionsOf[Out]) HandleEvents(*stage.Context[Out], []int, stage.Subscription) error {
	return nil
}

func (o *optionsOf[Out]) HandleSubscribe(_ *stage.Context[Out], _ stage.Role, _ stage.Subscription, opts stage.SubscribeOptions) (stage.SubscriptionMode, error) {
	o.options = opts
	return stage.Automatic, nil
}

func TestSyncSubscribeGivesUpWithItsContext(t *testing.T) {
	inWorld(t, func(w *world) {
		busy := newGate()
		defer busy.Open()
		from, to := w.probe(), &sink{onEvents: busy.hold}
		c := w.consumer(to, stage.From(from.source()))
		w.settle()
		from.sendEvents(0, 1)
		w.settle()
		ctx, cancel := context.WithCancelCause(background)
		cancel(assert.AnError)
		_, err := stage.SyncSubscribe(ctx, c, from.source())
		assert.ErrorIs(t, err, assert.AnError)
	})
}

func TestAnActorMayUseASubscriptionThatItHasMade(t *testing.T) {
	inWorld(t, func(w *world) {
		p, to := w.producer(counting(5)), w.probe()
		ref := to.subscribe(p.PID())
		sub := stage.NewSubscription(w.sys, to.process.PID(), p.PID(), ref)
		assert.Equal(t, ref, sub.Ref())
		assert.Equal(t, p.PID(), sub.Peer())
		sub.Ask(2)
		w.settle()
		sub.Cancel(nil)
		w.settle()
		assert.Equal(t, []string{"events [1 2]", "canceled normal"}, to.take())
	})
}

func TestSourcesAreSubscribedInOrder(t *testing.T) {
	inWorld(t, func(w *world) {
		to := &sink{}
		one, two, three := w.producer(&source{}), w.producer(&source{}), w.producer(&source{})
		base := stage.From(one)
		both := base.And(two)
		other := base.And(three) // And changes no one else's list
		w.consumer(to, both.And(three))
		w.consumer(&sink{}, other)
		require.Len(t, to.subs, 3)
		for i, p := range []*stage.Producer[int]{one, two, three} {
			assert.Equal(t, p.PID(), to.subs[i].Peer())
		}
		assert.Len(t, both, 2)
	})
}
