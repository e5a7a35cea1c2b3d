package flowkit

import (
	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/stage"
)

// intake is the consuming side of a stage of the kit. With max it asks by itself
// for that many events, since the subscriptions are made by the flow. It ends
// the stage behind the last of its producers.
type intake[Out any] struct {
	max       int
	producers map[*process.Ref]bool
}

// HandleSubscribe implements stage.SubscribeHandler.
func (in *intake[Out]) HandleSubscribe(_ *stage.Context[Out], peer stage.Role, sub stage.Subscription, _ stage.SubscribeOptions) (stage.SubscriptionMode, error) {
	if peer == stage.RoleConsumer {
		return stage.Automatic, nil
	}
	if in.producers == nil {
		in.producers = make(map[*process.Ref]bool)
	}
	in.producers[sub.Ref()] = true
	if in.max == 0 {
		return stage.Automatic, nil
	}
	sub.Ask(in.max)
	return stage.Manual, nil
}

// handled asks for as many events as were handled.
func (in *intake[Out]) handled(events int, from stage.Subscription) {
	if in.max > 0 {
		from.Ask(events)
	}
}

// HandleCancel implements stage.CancelHandler.
func (in *intake[Out]) HandleCancel(ctx *stage.Context[Out], _ stage.CancelKind, sub stage.Subscription, _ error) error {
	if !in.producers[sub.Ref()] {
		return nil
	}
	delete(in.producers, sub.Ref())
	if len(in.producers) == 0 {
		stage.AsyncInfo(ctx.Self(), over{})
	}
	return nil
}

// HandleInfo implements stage.InfoHandler.
func (in *intake[Out]) HandleInfo(*stage.Context[Out], over) error { return process.Normal }
