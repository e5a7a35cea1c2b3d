package trace_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/asynkron/protoactor-go/actor"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/dispatcher"
	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/stage"
)

// G11: a producer_consumer works when somebody wants it, and buffers what a
// batch yields beyond that.
func TestAProducerConsumerIsWatched(t *testing.T) {
	inWorld(t, func(w *world) {
		counter := w.producer(pushing(9), w.rec.Watch("counter"))
		relay := w.relay(passOn, stage.From(counter, stage.MaxDemand(10)), w.rec.Watch("relay"))
		time.Sleep(time.Second)
		c := w.consumer(&printer{each: time.Second, batches: 2, reason: process.Normal},
			stage.From(relay, stage.MaxDemand(3), stage.MinDemand(0)), w.rec.Watch("printer"))
		<-c.Done()
		w.settle()
		assert.Equal(w, page(`
			time  who              what                      demand  buffer  in flight
			  0s  relay → counter  subscribe, max 10, min 5
			  0s  relay → counter  ask 10                        10       0         10
			  0s  counter          HandleDemand(10)              10       0
			  0s  counter → relay  10 events: 0 … 9               0       0         10
			  1s  printer → relay  subscribe, max 3, min 0
			  1s  printer → relay  ask 3                          3       0          3
			  1s  relay            HandleEvents(5): 0 … 4         3       0          5
			  1s  relay → printer  3 events: 0 … 2                0       0          3
			  1s  relay            buffers 2 events               0       2
			  1s  relay → counter  ask 5                          5       0         10
			  1s  printer          HandleEvents(3): 0 … 2                            0
			  1s  relay            HandleEvents(5): 5 … 9         0       2          5
			  1s  counter          HandleDemand(5)                5       0
			  1s  relay            buffers 5 events               0       7
			  1s  relay → counter  ask 5                         10       0         10
			  1s  counter          HandleDemand(5)               10       0
			  2s  printer → relay  ask 3                          3       7          3
			  2s  relay → printer  3 events: 3 … 5                0       4          3
			  2s  printer          HandleEvents(3): 3 … 5                            0
			  3s  printer          stops: normal
			  3s  printer → relay  down: normal
			`), w.text())
	})
}

func TestABufferIsWatched(t *testing.T) {
	inWorld(t, func(w *world) {
		counter := w.producer(pushing(-1), stage.BufferSize(3), w.rec.Watch("counter"))
		stage.Cast(counter, []int{1, 2, 3, 4, 5})
		time.Sleep(time.Second)
		c := w.consumer(&printer{batches: 1, reason: process.Normal},
			stage.From(counter, stage.MaxDemand(2), stage.MinDemand(0)), w.rec.Watch("printer"))
		<-c.Done()
		w.settle()
		assert.Equal(w, page(`
			time  who                what                     demand  buffer  in flight
			  0s  counter            discards 2 events             0       3
			  0s  counter            buffers 3 events              0       3
			  1s  printer → counter  subscribe, max 2, min 0
			  1s  printer → counter  ask 2                         2       3          2
			  1s  counter → printer  2 events: 3, 4                0       1          2
			  1s  printer            HandleEvents(2): 3, 4                            0
			  1s  printer            stops: normal
			  1s  printer → counter  down: normal
			`), w.text())
		assert.Equal(w, []string{"WARN events discarded from the buffer events=2"}, w.Book.Take())
	})
}

func TestAccumulationIsWatched(t *testing.T) {
	inWorld(t, func(w *world) {
		counter := w.producer(pushing(1), stage.Demand(stage.Accumulate), w.rec.Watch("counter"))
		c := w.consumer(&printer{}, stage.From(counter, stage.MaxDemand(4)), w.rec.Watch("printer"))
		time.Sleep(time.Second)
		stage.Cast(counter, []int{7, 8})
		time.Sleep(time.Second)
		counter.SetDemand(stage.Forward)
		time.Sleep(time.Second)
		w.stop(c)
		w.settle()
		assert.Equal(w, page(`
			time  who                what                     demand  buffer  in flight
			  0s  printer → counter  subscribe, max 4, min 2
			  0s  printer → counter  ask 4                         4       0          4
			  0s  counter            holds back demand for 4       4       0
			  1s  counter            holds back 2 events           4       0
			  2s  counter            demand mode: forward
			  2s  counter            HandleDemand(4)               4       0
			  2s  counter → printer  2 events: 0, 1                2       0          4
			  2s  counter → printer  2 events: 7, 8                0       0          4
			  2s  printer            HandleEvents(2): 0, 1                            2
			  2s  printer → counter  ask 2                         2       0          4
			  2s  counter            HandleDemand(2)               2       0
			  2s  printer            HandleEvents(2): 7, 8                            2
			  2s  printer → counter  ask 2                         4       0          4
			  2s  counter            HandleDemand(2)               4       0
			  3s  printer            stops: normal
			  3s  printer → counter  down: normal
			`), w.text())
	})
}

func isEven(n int) bool { return n%2 == 0 }

// G14: what a selector rejects is asked for again.
func TestASelectorIsWatched(t *testing.T) {
	inWorld(t, func(w *world) {
		counter := w.producer(pushing(5), stage.Dispatch(dispatcher.Broadcast[int]()), w.rec.Watch("counter"))
		even := w.consumer(&printer{}, stage.From(counter, stage.MaxDemand(4), stage.MinDemand(0), stage.Selector(isEven)),
			w.rec.Watch("even"))
		w.settle()
		w.stop(even)
		w.settle()
		assert.Equal(w, page(`
			time  who             what                     demand  buffer  in flight
			  0s  even → counter  subscribe, max 4, min 0
			  0s  even → counter  ask 4                         4       0          4
			  0s  counter         HandleDemand(4)               4       0
			  0s  counter → even  2 events: 0, 2                2       0          4
			  0s  counter         asks again for 2              2       0
			  0s  counter         HandleDemand(2)               2       0
			  0s  even            HandleEvents(2): 0, 2                            2
			  0s  counter → even  1 event: 4                    1       0          2
			  0s  counter         asks again for 1              1       0
			  0s  counter         HandleDemand(1)               1       0
			  0s  even            HandleEvents(1): 4                               1
			  0s  even            stops: normal
			  0s  even → counter  down: normal
			`), w.text())
	})
}

func TestEventsInADispatcherCount(t *testing.T) {
	inWorld(t, func(w *world) {
		counter := w.producer(pushing(-1), stage.Dispatch(dispatcher.Partition(2, func(n int) int { return n % 2 })),
			w.rec.Watch("counter"))
		even := w.consumer(&printer{}, stage.From(counter, stage.MaxDemand(4), stage.MinDemand(0), stage.Partition(0)),
			w.rec.Watch("even"))
		stage.Cast(counter, []int{2, 4, 1, 3})
		w.settle()
		w.stop(even)
		w.settle()
		assert.Equal(w, page(`
			time  who             what                     demand  buffer  in flight
			  0s  even → counter  subscribe, max 4, min 0
			  0s  even → counter  ask 4                         4       0          4
			  0s  counter         HandleDemand(4)               4       0
			  0s  counter → even  2 events: 2, 4                2       0          4
			  0s  counter         buffers 2 events              0       2
			  0s  even            HandleEvents(2): 2, 4                            2
			  0s  even            stops: normal
			  0s  even → counter  down: normal
			`), w.text())
	})
}

// What a consumer had not taken out of its mailbox is lost with it; its
// successor is another process.
func TestACrashIsWatched(t *testing.T) {
	inWorld(t, func(w *world) {
		counter := w.producer(counting(), w.rec.Watch("counter"))
		opts := []stage.Option{w.rec.Watch("printer"), stage.Quiet()}
		from := stage.From(counter, stage.MaxDemand(4))
		for range 2 {
			c := w.consumer(&printer{each: time.Second, batches: 2, reason: errors.New("paper\njam")}, from, opts...)
			<-c.Done()
			time.Sleep(time.Second)
		}
		assert.Equal(w, page(`
			time  who                  what                     demand  buffer  in flight
			  0s  printer → counter    subscribe, max 4, min 2
			  0s  printer → counter    ask 4                         4       0          4
			  0s  counter              HandleDemand(4)               4       0
			  0s  counter → printer    4 events: 0 … 3               0       0          4
			  0s  printer              HandleEvents(2): 0, 1                            2
			  1s  printer → counter    ask 2                         2       0          4
			  1s  printer              HandleEvents(2): 2, 3                            2
			  1s  counter              HandleDemand(2)               2       0
			  1s  counter → printer    2 events: 4, 5 (lost)         0       0
			  2s  printer              stops: paper jam
			  2s  printer → counter    down: paper jam
			  3s  printer#2 → counter  subscribe, max 4, min 2
			  3s  printer#2 → counter  ask 4                         4       0          4
			  3s  counter              HandleDemand(4)               4       0
			  3s  counter → printer#2  4 events: 6 … 9               0       0          4
			  3s  printer#2            HandleEvents(2): 6, 7                            2
			  4s  printer#2 → counter  ask 2                         2       0          4
			  4s  printer#2            HandleEvents(2): 8, 9                            2
			  4s  counter              HandleDemand(2)               2       0
			  4s  counter → printer#2  2 events: 10, 11 (lost)       0       0
			  5s  printer#2            stops: paper jam
			  5s  printer#2 → counter  down: paper jam
			`), w.text())
	})
}

// A killed stage does not come to say that it stops.
func TestAKillIsWatched(t *testing.T) {
	inWorld(t, func(w *world) {
		counter := w.producer(counting(), w.rec.Watch("counter"))
		sleeper := w.consumer(&printer{each: time.Minute}, stage.From(counter, stage.MaxDemand(2)), w.rec.Watch("sleeper"))
		time.Sleep(time.Second)
		sleeper.Kill()
		time.Sleep(2 * time.Minute)
		assert.Equal(w, page(`
			time  who                what                     demand  buffer  in flight
			  0s  sleeper → counter  subscribe, max 2, min 1
			  0s  sleeper → counter  ask 2                         2       0          2
			  0s  counter            HandleDemand(2)               2       0
			  0s  counter → sleeper  2 events: 0, 1                0       0          2
			  0s  sleeper            HandleEvents(1): 0                               1
			  1s  sleeper → counter  down: killed
			`), w.text())
	})
}

func TestACancelIsWatched(t *testing.T) {
	inWorld(t, func(w *world) {
		counter := w.producer(pushing(-1), w.rec.Watch("counter"))
		c := w.consumer(&printer{}, nil, w.rec.Watch("printer"))
		sub, err := stage.SyncSubscribe(background, c, counter, stage.MaxDemand(4), stage.OnCancel(stage.Temporary))
		require.NoError(w, err)
		w.settle()
		w.rec.Note("it has had enough")
		sub.Cancel(errors.New("enough"))
		w.settle()
		w.rec.Note("and wants more")
		sub.Ask(3)
		w.settle()
		assert.Equal(w, page(`
			time  who                what                                demand  buffer  in flight
			  0s  printer → counter  subscribe, max 4, min 2, temporary
			  0s  printer → counter  ask 4                                    4       0          4
			  0s  counter            HandleDemand(4)                          4       0
			  0s  --                 it has had enough
			  0s  printer → counter  cancel: enough
			  0s  counter → printer  canceled: enough
			  0s  --                 and wants more
			  0s  printer → counter  ask 3
			  0s  counter → printer  canceled: unknown subscription
			`), w.text())
	})
}

// asking asks by itself, one by one.
type asking struct{ printer }

func (*asking) HandleSubscribe(_ *stage.Context[stage.None], _ stage.Role, sub stage.Subscription, _ stage.SubscribeOptions) (stage.SubscriptionMode, error) {
	sub.Ask(1)
	return stage.Manual, nil
}

func (a *asking) HandleEvents(_ *stage.Context[stage.None], events []int, from stage.Subscription) error {
	time.Sleep(a.each)
	from.Ask(1)
	return nil
}

func TestManualDemandIsWatched(t *testing.T) {
	inWorld(t, func(w *world) {
		counter := w.producer(pushing(1), w.rec.Watch("counter"))
		w.consumer(&asking{printer{each: time.Second}}, stage.From(counter), w.rec.Watch("printer"))
		time.Sleep(time.Minute)
		assert.Equal(w, page(`
			time  who                what                          demand  buffer  in flight
			  0s  printer → counter  subscribe, max 1000, min 500
			  0s  printer → counter  ask 1                              1       0
			  0s  counter            HandleDemand(1)                    1       0
			  0s  counter → printer  1 event: 0                         0       0
			  0s  printer            HandleEvents(1): 0
			  1s  printer → counter  ask 1                              1       0
			  1s  counter            HandleDemand(1)                    1       0
			  1s  counter → printer  1 event: 1                         0       0
			  1s  printer            HandleEvents(1): 1
			  2s  printer → counter  ask 1                              1       0
			  2s  counter            HandleDemand(1)                    1       0
			`), w.text())
	})
}

func TestAStreamIsWatched(t *testing.T) {
	inWorld(t, func(w *world) {
		counter := w.producer(counting(), w.rec.Watch("counter"))
		ctx, cancel := context.WithCancel(background)
		defer cancel()
		for n, err := range stage.Stream(ctx, stage.From(counter, stage.MaxDemand(2)), stage.In(w.System), w.rec.Watch("loop")) {
			require.NoError(w, err)
			time.Sleep(time.Second)
			if n == 2 {
				break
			}
		}
		assert.Equal(w, page(`
			time  who             what                                demand  buffer  in flight
			  0s  loop → counter  subscribe, max 2, min 1, transient
			  0s  loop → counter  ask 2                                    2       0          2
			  0s  counter         HandleDemand(2)                          2       0
			  0s  counter → loop  2 events: 0, 1                           0       0          2
			  0s  counter         demand mode: forward
			  0s  loop            HandleEvents(1): 0                                          1
			  1s  loop → counter  ask 1                                    1       0          2
			  1s  loop            HandleEvents(1): 1                                          1
			  1s  counter         HandleDemand(1)                          1       0
			  1s  counter → loop  1 event: 2 (taken after 1s)              0       0          2
			  2s  loop → counter  ask 1                                    1       0          2
			  2s  counter         HandleDemand(1)                          1       0
			  2s  loop            HandleEvents(1): 2                                          1
			  2s  counter → loop  1 event: 3 (lost)                        0       0
			  3s  loop → counter  cancel: normal
			  3s  counter → loop  canceled: normal
			  3s  loop            stops: shutdown
			`), w.text())
	})
}

// plainActor is no stage: it plays both sides of the protocol.
type plainActor struct {
	producer *process.PID
	ref      *process.Ref
}

func (p *plainActor) Receive(ctx actor.Context) {
	switch m := ctx.Message().(type) {
	case *actor.Started:
		if p.producer != nil {
			p.ref = process.NewRef()
			ctx.Send(p.producer, &stage.Subscribe{From: ctx.Self(), Ref: p.ref})
			ctx.Send(p.producer, &stage.Ask{From: ctx.Self(), Ref: p.ref, N: 3})
		}
	case *stage.Events[int]:
		ctx.Send(m.From, &stage.Cancel{From: ctx.Self(), Ref: m.Ref})
	case *stage.Ask:
		ctx.Send(m.From, &stage.Events[int]{From: ctx.Self(), Ref: m.Ref, Events: make([]int, m.N)})
		ctx.Send(m.From, &stage.Canceled{From: ctx.Self(), Ref: m.Ref, Reason: process.Normal})
	}
}

// plain starts a plain actor that consumes from a producer, or produces.
func (w *world) plain(producer *process.PID) *process.PID {
	root := w.System.ActorSystem().Root
	pid := root.Spawn(actor.PropsFromProducer(func() actor.Actor { return &plainActor{producer: producer} }))
	w.Cleanup(func() { _ = root.StopFuture(pid).Wait() })
	return pid
}

func TestAPlainActorConsumes(t *testing.T) {
	inWorld(t, func(w *world) {
		counter := w.producer(counting(), w.rec.Watch("counter"))
		w.plain(counter.PID())
		w.settle()
		assert.Equal(w, page(`
			time  who               what              demand  buffer  in flight
			  0s  peer 1 → counter  subscribe
			  0s  peer 1 → counter  ask 3                  3       0
			  0s  counter           HandleDemand(3)        3       0
			  0s  counter → peer 1  3 events: 0 … 2        0       0
			  0s  peer 1 → counter  cancel: normal
			  0s  counter → peer 1  canceled: normal
			`), w.text())
	})
}

func TestAPlainActorProduces(t *testing.T) {
	inWorld(t, func(w *world) {
		pid := w.plain(nil)
		w.rec.Name(pid, "plain")
		w.consumer(&printer{}, stage.From(stage.ByPID[int](pid), stage.MaxDemand(2), stage.OnCancel(stage.Transient)),
			w.rec.Watch("printer"))
		w.settle()
		assert.Equal(w, page(`
			time  who              what                                demand  buffer  in flight
			  0s  printer → plain  subscribe, max 2, min 1, transient
			  0s  printer → plain  ask 2                                                       2
			  0s  plain → printer  2 events: 0, 0                                              2
			  0s  printer          HandleEvents(1): 0                                          1
			  0s  printer → plain  ask 1                                                       2
			  0s  printer          HandleEvents(1): 0                                          1
			  0s  printer → plain  ask 1                                                       2
			  0s  plain → printer  canceled: normal
			  0s  plain → printer  1 event: 0
			  0s  printer → plain  cancel: unknown subscription
			  0s  plain → printer  canceled: normal
			  0s  plain → printer  1 event: 0
			  0s  printer → plain  cancel: unknown subscription
			  0s  plain → printer  canceled: normal
			`), w.text())
	})
}
