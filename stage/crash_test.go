package stage_test

import (
	"context"
	"errors"
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/stage"
)

// fate is a way in which a callback ends its stage.
type fate struct {
	name   string
	strike func(stuck gate) error
	reason string
}

var fates = []fate{
	{"panic", func(gate) error { panic("boom") }, "panic: boom"},
	{"error", func(gate) error { return errors.New("boom") }, "boom"},
	{"goexit", func(gate) error { runtime.Goexit(); return nil }, "runtime.Goexit was called"},
	{"stuck and killed", func(stuck gate) error { stuck.Await(); return nil }, "killed"},
}

// victim is a stage that meets its fate.
type victim struct {
	fate
	w     *world
	stuck gate
}

func underEachFate(t *testing.T, test func(w *world, v *victim)) {
	for _, f := range fates {
		t.Run(f.name, func(t *testing.T) {
			inWorld(t, func(w *world) { test(w, &victim{f, w, newGate()}) })
		})
	}
}

// strike is what the callback does.
func (v *victim) strike() error { return v.fate.strike(v.stuck) }

// dies waits until the stage is dead. A stuck one is killed: then its callback
// is abandoned, though all others go on.
func (v *victim) dies(h stage.Handle) {
	v.w.settle()
	if v.reason == "killed" {
		require.NoError(v.w, h.Err())
		h.Kill()
		assert.Equal(v.w, 1, v.w.sys.Abandoned())
	}
	<-h.Done()
	v.w.settle()
	assert.EqualError(v.w, h.Err(), v.reason)
}

// released lets an abandoned callback return. It must not be able to do
// anything any more.
func (v *victim) released(peers ...*probe) {
	for _, peer := range peers {
		peer.take()
	}
	v.stuck.Open()
	v.w.settle()
	assert.Zero(v.w, v.w.sys.Abandoned())
	for _, peer := range peers {
		assert.Empty(v.w, peer.take())
	}
}

func TestWhenAProducerDies(t *testing.T) {
	underEachFate(t, func(w *world, v *victim) {
		down, watcher := w.probe(), w.probe()
		p := w.producer(&source{})
		own, cautious := &sink{}, &sink{}
		own.onSubscribe, cautious.onSubscribe = manual[stage.None], manual[stage.None]
		permanent := w.consumer(own, stage.From(p))
		temporary := w.consumer(cautious, stage.From(p, stage.OnCancel(stage.Temporary)))
		watcher.watch(p.PID())
		down.watch(p.PID())
		down.asking(p.PID(), 3)
		w.settle()
		push(p, upTo(1, 5)...)
		do(p, func(ctx *stage.Context[int]) error { ctx.Emit(6); return v.strike() })
		push(p, 7)
		v.dies(p.Handle)

		// What was sent arrives, ahead of the news. The buffer, what the last
		// callback emitted and the mailbox are lost.
		assert.Equal(t, []string{"events [1 2 3]", "down " + v.reason}, down.take())
		assert.Equal(t, []string{"down " + v.reason}, watcher.take())
		assert.EqualError(t, permanent.Err(), v.reason)
		assert.NoError(t, temporary.Err())
		assert.Equal(t, []string{"down " + v.reason}, cautious.only("down"))
		v.released(down, watcher)
	})
}

func TestWhenAProducerConsumerDies(t *testing.T) {
	underEachFate(t, func(w *world, v *victim) {
		f := &filter{onEvents: func(ctx *stage.Context[int], events []int, _ stage.Subscription) error {
			ctx.EmitAll(events)
			if events[0] == 3 {
				return v.strike()
			}
			return nil
		}}
		b := w.between(f, stage.MaxDemand(4))
		b.up.watch(b.pc.PID())
		b.down.watch(b.pc.PID())
		b.ask(1)
		w.settle()
		b.up.sendEvents(0, 1, 2, 3, 4)
		b.up.sendEvents(0, 5)
		v.dies(b.pc.Handle)

		// Lost: 2 in the buffer, 3 and 4 in the callback, 5 in the mailbox.
		assert.Equal(t, []string{"subscribe", "ask 4", "ask 2", "down " + v.reason}, b.up.take())
		assert.Equal(t, []string{"events [1]", "down " + v.reason}, b.down.take())
		v.released(b.up, b.down)
	})
}

func TestWhenAConsumerDies(t *testing.T) {
	underEachFate(t, func(w *world, v *victim) {
		from, other, watcher := &source{}, w.probe(), w.probe()
		p := w.producer(from)
		sent := newGate()
		c := w.consumer(&sink{onEvents: func(_ *stage.Context[stage.None], events []int, _ stage.Subscription) error {
			if events[0] == 5 {
				sent.Await()
				return v.strike()
			}
			return nil
		}}, stage.From(p, stage.MaxDemand(10), stage.MinDemand(0)))
		watcher.watch(c.PID())
		w.settle()
		push(p, 1, 2, 3, 4)
		push(p, 5, 6)
		push(p, 7)
		w.settle() // 7 is in the mailbox
		sent.Open()
		v.dies(c.Handle)
		assert.Equal(t, []string{"down " + v.reason}, watcher.take())
		assert.Equal(t, []string{"down " + v.reason}, from.only("down"))

		// Lost: the batch in its callback and its mailbox. What it had asked
		// for and not got, 3 events, upstream owes to the next consumer.
		push(p, 8)
		w.settle()
		assert.NoError(t, p.Err())
		other.asking(p.PID(), 5)
		w.settle()
		assert.Equal(t, []int{10, 2}, from.demands())
		push(p, 9)
		w.settle()
		assert.Equal(t, []string{"events [8]", "events [9]"}, other.take())
		v.released(other, watcher)
	})
}

func TestADeathGoesDownTheLineNotUp(t *testing.T) {
	underEachFate(t, func(w *world, v *victim) {
		to := &sink{}
		p := w.producer(counting(30))
		first := w.relay(&filter{}, stage.From(p, stage.MaxDemand(4)))
		second := w.relay(&filter{onEvents: func(ctx *stage.Context[int], events []int, _ stage.Subscription) error {
			ctx.EmitAll(events)
			if events[0] > 20 {
				return v.strike()
			}
			return nil
		}}, stage.From(first, stage.MaxDemand(2)))
		third := w.relay(&filter{}, stage.From(second, stage.MaxDemand(6)))
		c := w.consumer(to, stage.From(third, stage.MaxDemand(3)))
		v.dies(second.Handle)
		assert.NoError(t, p.Err())
		assert.NoError(t, first.Err())
		assert.EqualError(t, third.Err(), v.reason)
		assert.EqualError(t, c.Err(), v.reason)
		assert.Equal(t, upTo(1, 20), to.got)
		v.released()
	})
}

func TestTheNameOfAnAbandonedStageIsFree(t *testing.T) {
	inWorld(t, func(w *world) {
		stuck := newGate()
		old := w.producer(&source{}, stage.Name("numbers"))
		do(old, func(ctx *stage.Context[int]) error {
			stuck.Await()
			// A zombie can still call, but nothing comes of it.
			ctx.Emit(1)
			push(ctx.Self(), 2)
			return nil
		})
		w.settle()
		old.Kill()
		to := &sink{}
		next := w.producer(counting(3), stage.Name("numbers"))
		w.consumer(to, stage.From(stage.ByName[int](w.sys, "numbers"), stage.MaxDemand(2)))
		stuck.Open()
		w.settle()
		assert.Equal(t, upTo(1, 3), to.got)
		assert.NoError(t, next.Err())
		assert.Zero(t, w.sys.Abandoned())
	})
}

func TestACallbackThatHeedsItsContextIsNotAbandonedForLong(t *testing.T) {
	inWorld(t, func(w *world) {
		var cause error
		p := w.producer(&source{})
		do(p, func(ctx *stage.Context[int]) error {
			<-ctx.Context().Done()
			cause = context.Cause(ctx.Context())
			return nil
		})
		w.settle()
		p.Kill()
		w.settle()
		assert.Equal(t, process.Killed, cause)
		assert.Zero(t, w.sys.Abandoned())
	})
}

func TestABurstOfAProducerOverflowsOnlyItsBuffer(t *testing.T) {
	inWorld(t, func(w *world) {
		p, down := w.producer(&source{}, stage.BufferSize(10)), w.probe()
		ref := down.asking(p.PID(), 5)
		w.settle()
		push(p, upTo(1, 100_000)...)
		down.ask(p.PID(), ref, 100)
		w.settle()
		assert.Equal(t, []string{"events [1 2 3 4 5]", describe(&stage.Events[int]{Events: upTo(99_991, 100_000)})}, down.take())
		assert.Equal(t, "WARN events discarded from the buffer events=99985", w.log.Take()[0])
		assert.NoError(t, p.Err())
	})
}

func TestABurstOfAProducerConsumerIsBuffered(t *testing.T) {
	inWorld(t, func(w *world) {
		to := &sink{}
		burst := stage.EventsFunc[int, int](func(ctx *stage.Context[int], events []int, _ stage.Subscription) error {
			for _, n := range events {
				ctx.EmitAll(upTo(10_000*(n-1)+1, 10_000*n))
			}
			return nil
		})
		pc := w.relay(burst, stage.From(w.producer(counting(10))))
		w.consumer(to, stage.From(pc, stage.MaxDemand(1000)))
		w.settle()
		assert.Equal(t, upTo(1, 100_000), to.got)
		assert.Zero(t, w.buffered(pc))
		assert.Empty(t, w.log.Take())
	})
}

func TestABurstAtAConsumerIsProcessed(t *testing.T) {
	inWorld(t, func(w *world) {
		from, to := w.probe(), &sink{}
		c := w.consumer(to, stage.From(from.source(), stage.MaxDemand(10)))
		w.settle()
		from.sendEvents(0, upTo(1, 10_000)...)
		w.settle()
		assert.Equal(t, upTo(1, 10_000), to.got)
		assert.Equal(t, []string{"subscribe", "ask 10", "ask 5", "ask 5"}, from.take())
		assert.NoError(t, c.Err())
	})
}

// A panic in any callback has one and the same end.
func TestAPanicInEachCallback(t *testing.T) {
	boom := func() error { panic("boom") }
	for _, c := range []struct {
		name    string
		arrange func(b *discarder)
		act     func(p *stage.Producer[int], to *probe)
	}{
		{"HandleSubscribe", func(b *discarder) {
			b.onSubscribe = func(*stage.Context[int], stage.Subscription) (stage.SubscriptionMode, error) { return 0, boom() }
		}, func(p *stage.Producer[int], to *probe) { to.subscribe(p.PID()) }},
		{"HandleDemand", func(b *discarder) {
			b.onDemand = func(*stage.Context[int], int) error { return boom() }
		}, func(p *stage.Producer[int], to *probe) { to.asking(p.PID(), 1) }},
		{"HandleCancel", func(b *discarder) {
			b.onCancel = func(*stage.Context[int], error) error { return boom() }
		}, func(p *stage.Producer[int], to *probe) { to.cancel(p.PID(), to.subscribe(p.PID()), nil) }},
		{"HandleCall", func(b *discarder) {
			b.onCall = func(*stage.Context[int], string, stage.Caller[string]) (string, error) { return "", boom() }
		}, func(p *stage.Producer[int], _ *probe) { _, _ = stage.Call[string](background, p, "x") }},
		{"HandleCast", func(*discarder) {},
			func(p *stage.Producer[int], _ *probe) { do(p, func(*stage.Context[int]) error { return boom() }) }},
		{"HandleInfo", func(b *discarder) {
			b.onInfo = func(*stage.Context[int], any) error { return boom() }
		}, func(p *stage.Producer[int], _ *probe) { stage.AsyncInfo(p, "x") }},
		{"FormatDiscarded", func(b *discarder) {
			b.onDiscarded = boom
		}, func(p *stage.Producer[int], _ *probe) { push(p, 1, 2) }},
		{"the hook of sends", func(*discarder) {}, func(p *stage.Producer[int], to *probe) {
			to.ask(p.PID(), process.NewRef(), 1)
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				b, to := &discarder{}, w.probe()
				c.arrange(b)
				p := w.producer(b, stage.BufferSize(1), stage.OnSend(func(_ *process.PID, message any) {
					if m, ok := message.(*stage.Canceled); ok && m.Reason == stage.ErrUnknownSubscription {
						panic("boom")
					}
				}))
				to.watch(p.PID())
				c.act(p, to)
				w.settle()
				var crash *process.Crash
				require.ErrorAs(t, p.Err(), &crash)
				assert.Equal(t, "boom", crash.Value)
				said := to.take()
				assert.Equal(t, "down panic: boom", said[len(said)-1])
				assert.Equal(t, []string{"terminate panic: boom"}, b.only("terminate"))
				assert.Equal(t, []string{"ERROR process terminated reason=panic: boom"}, w.log.Take())
			})
		})
	}
}

func TestAPanicInTerminateChangesNothing(t *testing.T) {
	inWorld(t, func(w *world) {
		b, to := &source{}, w.probe()
		b.onTerminate = func(*stage.Context[int], error) { panic("boom") }
		b.onCall = func(*stage.Context[int], string, stage.Caller[string]) (string, error) {
			return "bye", stage.ReplyThenStop(process.Shutdown)
		}
		p := w.producer(b)
		to.watch(p.PID())
		reply, err := stage.Call[string](background, p, "stop")
		require.NoError(t, err)
		assert.Equal(t, "bye", reply)
		w.settle()
		assert.Equal(t, []string{"down shutdown"}, to.take())
		assert.Len(t, w.log.Take(), 1)
	})
}
