package stage

import "context"

// Inlet is the receiving side of a producer_consumer that is put together where
// the type of its input is no longer known: see [StartFed]. Make it with
// [NewInlet]; it can be used once.
type Inlet struct{ in inlet }

// NewInlet makes an inlet that subscribes to sources and hands their events to
// handle, as [EventsHandler] describes it. Handle runs in the stage's goroutine;
// what it emits goes to the [Context] that the stage's Init was given.
func NewInlet[In any](from Sources[In], handle func(events []In, from Subscription) error) Inlet {
	if handle == nil {
		return Inlet{}
	}
	return Inlet{&receiver[In]{from: from, events: handle}}
}

// StartFed is [StartProducerConsumer] for a stage of which only the emitted type
// is known where it starts. The behaviour keeps the context of Init for the
// inlet; the optional interfaces work as everywhere.
func StartFed[Out any](ctx context.Context, in Inlet, behaviour Initializer[Out], opts ...Option) (*Producer[Out], error) {
	if in.in == nil || behaviour == nil {
		return nil, ErrNilBehaviour
	}
	c, err := newConfig(RoleProducerConsumer, opts)
	if err != nil {
		return nil, err
	}
	p, err := start(ctx, &stage[Out]{role: RoleProducerConsumer, in: in.in}, behaviour, c)
	if err != nil {
		return nil, err
	}
	return &Producer[Out]{Handle{p}}, nil
}
