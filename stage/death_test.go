package stage_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/stage"
)

const lastWords = 5 // events that a dying producer emits

// dying is a producer that emits some events on its first demand, in several
// lists, and then ends in one of several ways.
type dying struct {
	way  int
	left int
}

func (d *dying) HandleDemand(ctx *stage.Context[int], _ int) error {
	if d.left == lastWords {
		stage.Cast(ctx.Self(), struct{}{})
	}
	return nil
}

func (d *dying) HandleCast(ctx *stage.Context[int], again struct{}) error {
	if d.left > 0 {
		ctx.Emit(d.left)
		d.left--
		stage.Cast(ctx.Self(), again)
		return nil
	}
	switch d.way % 4 {
	case 0:
		stage.AsyncInfo(ctx.Self(), "stop")
	case 1:
		return process.Normal
	case 2:
		ctx.Process().Process().Kill()
	case 3:
		return assert.AnError
	}
	return nil
}

func (d *dying) HandleInfo(*stage.Context[int], string) error { return process.Normal }

// mourner takes the events of dying producers and hears of their ends.
type mourner[Out any] struct {
	heard map[*process.Ref]int // events
	ends  chan int             // how many had come before the end
}

func newMourner[Out any]() *mourner[Out] {
	return &mourner[Out]{heard: make(map[*process.Ref]int), ends: make(chan int, 1)}
}

func (m *mourner[Out]) HandleEvents(_ *stage.Context[Out], events []int, from stage.Subscription) error {
	if events[0] <= lastWords { // not the noise of the busy
		m.heard[from.Ref()] += len(events)
	}
	return nil
}

func (m *mourner[Out]) HandleCancel(_ *stage.Context[Out], _ stage.CancelKind, sub stage.Subscription, _ error) error {
	m.ends <- m.heard[sub.Ref()]
	delete(m.heard, sub.Ref())
	return nil
}

// noise is a producer that never ends.
func noise(ctx *stage.Context[int], demand int) error {
	for range demand {
		ctx.Emit(lastWords + 1)
	}
	return nil
}

// The news of a death never overtakes the last events, however the stage ends
// and whatever its consumer is doing.
func TestDeathIsHeardBehindTheLastEvents(t *testing.T) {
	rounds := 20_000
	if testing.Short() {
		rounds = 2_000
	}
	w := outside(t)
	noisy := stage.From(w.producer(stage.ProducerFunc[int](noise)), stage.MaxDemand(10))

	idle, busy := newMourner[stage.None](), newMourner[stage.None]()
	idleThrough, busyThrough := newMourner[int](), newMourner[int]()
	lanes := []struct {
		name string
		sink stage.Sink[int]
		ends chan int
	}{
		{"idle consumer", w.consumer(idle, nil), idle.ends},
		{"busy consumer", w.consumer(busy, noisy), busy.ends},
		{"idle producer_consumer", drained(w, w.relay(idleThrough, nil)), idleThrough.ends},
		{"busy producer_consumer", drained(w, w.relay(busyThrough, noisy)), busyThrough.ends},
	}
	var all sync.WaitGroup
	for _, lane := range lanes {
		all.Go(func() {
			for round := range rounds / len(lanes) {
				p, err := stage.StartProducer(background, &dying{way: round, left: lastWords}, stage.In(w.sys))
				if !assert.NoError(t, err) {
					return
				}
				err = stage.AsyncSubscribe(lane.sink, p, stage.OnCancel(stage.Temporary))
				if !assert.NoError(t, err) || !assert.Equal(t, lastWords, <-lane.ends, fmt.Sprint(lane.name, " round ", round)) {
					return
				}
			}
		})
	}
	all.Wait()
}

// drained gives a producer_consumer somebody to work for.
func drained(w *world, pc *stage.ProducerConsumer[int, int]) *stage.ProducerConsumer[int, int] {
	w.consumer(stage.ConsumerFunc[int](deaf), stage.From(pc))
	return pc
}
