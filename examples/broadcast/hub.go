package main

import (
	"context"

	"github.com/stagecraft-go/stagecraft/dispatcher"
	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/stage"
	"github.com/stagecraft-go/stagecraft/supervisor"
)

// hub hands each event to all handlers that are attached. Each handler is a
// stage of its own, so none can block or crash another.
type hub[E any] struct {
	system   *process.System
	events   *stage.Producer[E]
	handlers *supervisor.Dynamic
}

func newHub[E any](ctx context.Context, system *process.System, opts ...supervisor.Option) (*hub[E], error) {
	events, err := stage.StartProducer(ctx, &manager[E]{}, stage.In(system), stage.Dispatch(dispatcher.Broadcast[E]()))
	if err != nil {
		return nil, err
	}
	handlers, err := supervisor.StartDynamic(ctx, append(opts, supervisor.In(system))...)
	return &hub[E]{system, events, handlers}, err
}

// notify returns when the event is on its way to all handlers. It waits while
// one of them has no room for it, and as long as nobody is attached. If ctx ends
// first, the event stays where it waits.
func (h *hub[E]) notify(ctx context.Context, event E) error {
	_, err := stage.Call[stage.None](ctx, h.events, event)
	return err
}

// attach starts a handler, which gets all events from now on. If it fails, it is
// started again.
func (h *hub[E]) attach(ctx context.Context, name string, handle func(context.Context, E) error, opts ...stage.SubscribeOption) (supervisor.Child, error) {
	spec := supervisor.Stage(name, func(ctx context.Context) (supervisor.Child, error) {
		return stage.StartConsumer(ctx, each(handle), stage.From(h.events, opts...), stage.In(h.system))
	})
	spec.Restart = supervisor.Transient
	return h.handlers.StartChild(ctx, spec)
}

// detach stops a handler.
func (h *hub[E]) detach(ctx context.Context, handler supervisor.Child) error {
	return h.handlers.TerminateChild(ctx, handler)
}

// each is the stage of a handler.
func each[E any](handle func(context.Context, E) error) stage.ConsumerFunc[E] {
	return func(c *stage.Context[stage.None], events []E, _ stage.Subscription) error {
		for _, event := range events {
			if err := handle(c.Context(), event); err != nil {
				return err
			}
		}
		return nil
	}
}
