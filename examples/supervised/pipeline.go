package main

import (
	"context"

	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/stage"
	"github.com/stagecraft-go/stagecraft/supervisor"
)

// pipeline is a producer and its consumer. The consumer finds the producer by
// name, since a restarted producer is another process with the same name.
func pipeline(sys *process.System) []supervisor.Spec {
	source := stage.ByName[int](sys, "numbers")
	return []supervisor.Spec{
		supervisor.Stage("numbers", func(ctx context.Context) (supervisor.Child, error) {
			return stage.StartProducer(ctx, &numbers{}, stage.Name("numbers"))
		}),
		supervisor.Stage("sum", func(ctx context.Context) (supervisor.Child, error) {
			// Temporary: when the producer is gone, the supervisor decides what
			// becomes of the consumer, and not the subscription.
			return stage.StartConsumer(ctx, &sum{},
				stage.From[int](source, stage.MaxDemand(100), stage.OnCancel(stage.Temporary)))
		}),
	}
}

// numbers emits the natural numbers.
type numbers struct{ next int }

// HandleDemand emits as many as are asked for.
func (n *numbers) HandleDemand(ctx *stage.Context[int], demand int) error {
	for range demand {
		ctx.Emit(n.next)
		n.next++
	}
	return nil
}

// sum adds up what it gets. A restart begins with nothing: state that must live
// longer belongs somewhere else.
type sum struct{ total int }

// HandleEvents adds.
func (s *sum) HandleEvents(_ *stage.Context[stage.None], events []int, _ stage.Subscription) error {
	for _, n := range events {
		s.total += n
	}
	return nil
}
