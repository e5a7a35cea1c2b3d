package stage_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/dispatcher"
	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/stage"
)

// infoWays are the two ways to send an info that is ordered with events.
var infoWays = map[string]func(ctx context.Context, s stage.Stage[int], msg string) error{
	"sync": stage.SyncInfo[string, int],
	"async": func(_ context.Context, s stage.Stage[int], msg string) error {
		stage.AsyncInfo(s, msg)
		return nil
	},
}

func TestAnInfoIsDeliveredBehindTheBufferedEvents(t *testing.T) {
	for name, d := range map[string]dispatcher.Factory[int]{
		"demand":    dispatcher.Demand[int](),
		"broadcast": dispatcher.Broadcast[int](),
		"partition": dispatcher.Partition[int](1, nil),
	} {
		for way, info := range infoWays {
			t.Run(name+" "+way, func(t *testing.T) {
				inWorld(t, func(w *world) {
					from, to := &source{}, w.probe()
					p := w.producer(from, stage.Dispatch(d), from.sends())
					require.NoError(t, info(background, p, "at once"))
					w.settle()
					assert.Equal(t, []string{"info at once"}, from.only("info"))

					push(p, 1, 2, 3)
					require.NoError(t, info(background, p, "behind 3"))
					require.NoError(t, info(background, p, "also behind 3"))
					push(p, 4)
					require.NoError(t, info(background, p, "behind 4"))
					ref := to.subscribe(p.PID(), stage.Partition(0))
					w.settle()
					from.take()
					ask := func(n int) []string {
						to.ask(p.PID(), ref, n)
						w.settle()
						to.take()
						return unshared(from.take())
					}
					assert.Equal(t, []string{"-> events [1 2]"}, ask(2))
					assert.Equal(t, []string{"-> events [3]", "info behind 3", "info also behind 3"}, ask(1))
					assert.Equal(t, []string{"-> events [4]", "demand 1", "info behind 4"}, ask(2))
				})
			})
		}
	}
}

// unshared makes no difference between shared lists of events and others.
func unshared(lines []string) []string {
	for i, line := range lines {
		if len(line) > 10 && line[:10] == "-> shared " {
			lines[i] = "-> events " + line[10:]
		}
	}
	return lines
}

func TestAnInfoDoesNotWaitForConsumption(t *testing.T) {
	inWorld(t, func(w *world) {
		slow := newGate()
		from, to := &source{}, &sink{onEvents: slow.hold}
		p := w.producer(from)
		push(p, 1, 2, 3)
		stage.AsyncInfo(p, "m1")
		push(p, 4)
		stage.AsyncInfo(p, "m2")
		w.consumer(to, stage.From(p, stage.MaxDemand(10)))
		w.settle()
		assert.Equal(t, []string{"info m1", "info m2"}, from.only("info"))
		assert.Equal(t, []int{1, 2, 3}, to.got)
		slow.Open()
		w.settle()
		assert.Equal(t, upTo(1, 4), to.got)
	})
}

func TestAnInfoOfAPartitionWaitsForAllBacklogs(t *testing.T) {
	inWorld(t, func(w *world) {
		from, even, odd := &source{}, w.probe(), w.probe()
		p := w.producer(from, byParity())
		e := even.asking(p.PID(), 6, stage.Partition(0))
		w.settle()
		push(p, 1, 3, 2, 4)
		stage.AsyncInfo(p, "behind 1 and 3")
		push(p, 5, 7)
		o := odd.asking(p.PID(), 1, stage.Partition(1))
		w.settle()
		assert.Equal(t, []string{"events [1]"}, odd.take())
		assert.Empty(t, from.only("info"))
		odd.ask(p.PID(), o, 1)
		even.ask(p.PID(), e, 1)
		w.settle()
		assert.Equal(t, []string{"events [3]"}, odd.take())
		assert.Equal(t, []string{"info behind 1 and 3"}, from.only("info"))
	})
}

func TestAnInfoToAConsumerGoesToItsMailbox(t *testing.T) {
	inWorld(t, func(w *world) {
		from, busy := w.probe(), newGate()
		to := &sink{onEvents: busy.hold}
		c := w.consumer(to, stage.From(from.source()))
		w.settle()
		from.sendEvents(0, 1)
		from.sendEvents(0, 2)
		w.settle()
		stage.AsyncInfo(c, "behind 2")
		busy.Open()
		require.NoError(t, stage.SyncInfo(background, c, "last"))
		w.settle()
		assert.Equal(t, []string{"events [1]", "events [2]", "info behind 2", "info last"}, to.take()[1:])
	})
}

func TestTheOrderlyEndOfAProducer(t *testing.T) {
	inWorld(t, func(w *world) {
		from, to := &source{}, &sink{}
		from.onInfo = func(*stage.Context[int], any) error { return process.Normal }
		p := w.producer(from)
		do(p, func(ctx *stage.Context[int]) error {
			ctx.EmitAll(upTo(1, 100))
			stage.AsyncInfo(ctx.Self(), "stop")
			return nil
		})
		w.settle()
		require.NoError(t, p.Err(), "nobody has asked for the events yet")
		c := w.consumer(to, stage.From(p, stage.MaxDemand(7)))
		w.settle()
		assert.Equal(t, process.Normal, p.Err())
		assert.Equal(t, process.Normal, c.Err())
		assert.Equal(t, upTo(1, 100), to.got)
	})
}
