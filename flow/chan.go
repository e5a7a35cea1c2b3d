package flow

import (
	"context"

	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/stage"
)

// FromChan is a flow of what is received from a channel. It ends when the
// channel is closed. At most as many values are taken out of the channel as
// stages have asked for; values that were taken when the flow ends are lost.
func FromChan[T any](ch <-chan T, opts ...Option) Flow[T] {
	problem := ""
	if ch == nil {
		problem = "the channel is nil"
	}
	return newSource("FromChan", problem, opts, func(ctx context.Context, stageOpts []stage.Option) (*stage.Producer[T], error) {
		return stage.StartProducer(ctx, &chanProducer[T]{ch: ch, demand: make(chan int, 1)}, stageOpts...)
	})
}

// chanProducer has a goroutine that receives while there is demand, so that the
// stage itself never waits.
type chanProducer[T any] struct {
	lastConsumer[T]
	ch     <-chan T
	demand chan int // what is asked for and not known to the goroutine
}

// received is the message of the goroutine.
type received[T any] struct {
	events []T
	closed bool // the channel is
	sent   bool // the last events are
}

// Init implements stage.Initializer.
func (p *chanProducer[T]) Init(ctx *stage.Context[T]) error {
	self := ctx.Self()
	go p.receive(ctx.Context(), func(r received[T]) { stage.Info(self, r) })
	return nil
}

// HandleDemand implements stage.DemandHandler.
func (p *chanProducer[T]) HandleDemand(_ *stage.Context[T], demand int) error {
	select {
	case known := <-p.demand:
		p.demand <- known + demand
	case p.demand <- demand:
	}
	return nil
}

// HandleInfo implements stage.InfoHandler.
func (p *chanProducer[T]) HandleInfo(ctx *stage.Context[T], r received[T]) error {
	if r.sent {
		return process.Normal
	}
	ctx.EmitOwned(r.events)
	if r.closed {
		stage.AsyncInfo(ctx.Self(), received[T]{sent: true})
	}
	return nil
}

// receive takes out of the channel what is asked for.
func (p *chanProducer[T]) receive(ctx context.Context, send func(received[T])) {
	for wanted := 0; ; {
		ch := p.ch
		if wanted == 0 {
			ch = nil
		}
		select {
		case more := <-p.demand:
			wanted += more
		case event, open := <-ch:
			if !open {
				send(received[T]{closed: true})
				return
			}
			events := p.available([]T{event}, wanted)
			wanted -= len(events)
			send(received[T]{events: events})
		case <-ctx.Done():
			return
		}
	}
}

// available adds what can be received without waiting, up to n events in all.
func (p *chanProducer[T]) available(events []T, n int) []T {
	for len(events) < n {
		select {
		case event, open := <-p.ch:
			if !open {
				return events // the next receive sees it too
			}
			events = append(events, event)
		default:
			return events
		}
	}
	return events
}
