package stage_test

import (
	"context"
	"fmt"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/stage"
)

// plainConsumer is an actor of protoactor, not a stage, that subscribes to one.
type plainConsumer struct {
	producer *process.PID
	ref      *process.Ref
	done     chan struct{}
}

// Receive speaks the consumer's half of the protocol.
func (c *plainConsumer) Receive(ctx actor.Context) {
	switch m := ctx.Message().(type) {
	case *actor.Started:
		c.ref = process.NewRef()
		ctx.Send(c.producer, &stage.Subscribe{From: ctx.Self(), Ref: c.ref})
		ctx.Send(c.producer, &stage.Ask{From: ctx.Self(), Ref: c.ref, N: 3})
	case *stage.Events[int]:
		fmt.Println("got", m.Events)
		ctx.Send(c.producer, &stage.Cancel{From: ctx.Self(), Ref: c.ref, Reason: process.Normal})
	case *stage.Canceled:
		fmt.Println("cancelled:", m.Reason)
		close(c.done)
	}
}

// A plain actor subscribes to a stage.
func Example_plainActorConsumes() {
	ctx := context.Background()
	counter, _ := stage.StartProducer(ctx, &Counter{})

	done := make(chan struct{})
	root := process.Default().ActorSystem().Root
	pid := root.Spawn(actor.PropsFromProducer(func() actor.Actor {
		return &plainConsumer{producer: counter.PID(), done: done}
	}))
	<-done
	root.Stop(pid)
	counter.Stop(ctx, nil)
	// Output:
	// got [0 1 2]
	// cancelled: normal
}

// plainProducer is an actor that answers each ask with as many squares.
type plainProducer struct{ next int }

// Receive speaks the producer's half of the protocol.
func (p *plainProducer) Receive(ctx actor.Context) {
	switch m := ctx.Message().(type) {
	case *stage.Subscribe:
		fmt.Println("subscribed, max demand", m.Options.MaxDemand)
	case *stage.Ask:
		events := make([]int, m.N)
		for i := range events {
			events[i] = p.next * p.next
			p.next++
		}
		ctx.Send(m.From, &stage.Events[int]{From: ctx.Self(), Ref: m.Ref, Events: events})
	case *stage.Cancel:
		ctx.Send(m.From, &stage.Canceled{From: ctx.Self(), Ref: m.Ref, Reason: m.Reason})
	}
}

// A plain actor feeds a stage.
func Example_plainActorProduces() {
	ctx := context.Background()
	root := process.Default().ActorSystem().Root
	pid := root.Spawn(actor.PropsFromProducer(func() actor.Actor { return &plainProducer{} }))

	printer, _ := stage.StartConsumer(ctx, &Printer{batches: 2},
		stage.From(stage.ByPID[int](pid), stage.MaxDemand(4)))
	<-printer.Done()
	root.Stop(pid)
	// Output:
	// subscribed, max demand 4
	// [0 1]
	// [4 9]
}
