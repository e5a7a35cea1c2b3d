package supervisor

import (
	"context"
	"slices"

	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/stage"
)

// EventSpec describes the children of a [ConsumerSupervisor]: one for each event.
type EventSpec[In any] struct {
	// Start starts the child of an event: see [StartFunc].
	Start func(ctx context.Context, event In) (Child, error)
	// Restart is [Temporary], the default, or [Transient]: a child that fails
	// is started again with its event, and keeps its place.
	Restart Restart
	// Shutdown, Type and Backoff are those of [Spec].
	Shutdown Shutdown
	Type     Type
	Backoff  Backoff
}

// Each describes children that are functions: see [Func]. Only a supervisor can
// call the start function; otherwise that fails with [ErrUnsupervised].
func Each[In any](run func(ctx context.Context, event In) error) EventSpec[In] {
	if run == nil {
		return EventSpec[In]{}
	}
	return EventSpec[In]{Start: func(ctx context.Context, event In) (Child, error) {
		return startTask(ctx, func(ctx context.Context) error { return run(ctx, event) })
	}}
}

// ConsumerSupervisor is a running consumer that starts one child for each event.
// It asks for as many events as children have ended, so at most MaxDemand
// children of each subscription run at the same time; it asks again when
// MinDemand have ended.
//
// An event whose child fails to start, or declines, counts as done. When a
// subscription ends its children go on.
type ConsumerSupervisor[In any] struct {
	*stage.Consumer[In]
}

// StartConsumerSupervisor starts a [ConsumerSupervisor] and subscribes it. See
// [Start] for ctx and [stage.StartConsumer] for the sources. It fails with a
// [*SpecError] or the errors of stage.StartConsumer.
func StartConsumerSupervisor[In any](ctx context.Context, child EventSpec[In], from stage.Sources[In], opts ...Option) (*ConsumerSupervisor[In], error) {
	config, err := newConfig(ctx, kindConsumer, opts)
	if err != nil {
		return nil, err
	}
	template, err := child.template()
	if err != nil {
		return nil, err
	}
	c := &consumer[In]{pool: newPool(ctx, config), begins: child.Start, template: template}
	c.startNext = func(ctx context.Context) (Child, error) { return c.begins(ctx, c.next) }
	c.ended = c.childEnded
	handle, err := stage.StartConsumer(ctx, c, from, config.stageOptions()...)
	if err != nil {
		return nil, err
	}
	return &ConsumerSupervisor[In]{handle}, nil
}

// template is the spec of all children.
func (e EventSpec[In]) template() (*Spec, error) {
	spec := Spec{ID: "event", Restart: e.Restart, Shutdown: e.Shutdown, Type: e.Type, Backoff: e.Backoff}
	if e.Start != nil {
		spec.Start = func(context.Context) (Child, error) { return nil, process.Ignore }
	}
	if spec.Restart == 0 {
		spec.Restart = Temporary
	}
	if err := spec.check(); err != nil {
		return nil, err
	}
	if spec.Restart == Permanent {
		return nil, spec.fault(InvalidRestart, "Restart", Permanent.String(), "Temporary or Transient")
	}
	spec = spec.withDefaults()
	return &spec, nil
}

func (c *config) stageOptions() []stage.Option {
	opts := slices.Clone(c.stage)
	if c.system != nil {
		opts = append(opts, stage.In(c.system))
	}
	if c.name != "" {
		opts = append(opts, stage.Name(c.name))
	}
	if c.link != nil {
		opts = append(opts, stage.LinkTo(c.link))
	}
	return opts
}

// StartChild starts a child for an event that no producer sent. It does not count
// as demand. It fails with the error of the start; a child that declines is
// process.Ignore.
func (c *ConsumerSupervisor[In]) StartChild(ctx context.Context, event In) (Child, error) {
	return ask(ctx, c.Process(), func(c *consumer[In]) (Child, error) {
		child, err := c.startFor(event, nil)
		if child == nil && err == nil {
			err = process.Ignore
		}
		return child, err
	})
}

// TerminateChild stops and forgets a child; its event is done. It fails with
// [ErrNotFound].
func (c *ConsumerSupervisor[In]) TerminateChild(ctx context.Context, child Child) error {
	return terminate(ctx, c.Process(), child, func(c *consumer[In]) *pool { return &c.pool })
}

// WhichChildren lists the children in the order in which they were added.
func (c *ConsumerSupervisor[In]) WhichChildren(ctx context.Context) ([]ChildInfo, error) {
	return ask(ctx, c.Process(), func(c *consumer[In]) ([]ChildInfo, error) { return c.which(), nil })
}

// CountChildren counts the children. There is one spec; active are those that are
// not restarting.
func (c *ConsumerSupervisor[In]) CountChildren(ctx context.Context) (Counts, error) {
	return ask(ctx, c.Process(), func(c *consumer[In]) (Counts, error) {
		counts := c.count()
		counts.Specs = 1
		return counts, nil
	})
}

// consumer is the behaviour of a [ConsumerSupervisor].
type consumer[In any] struct {
	pool
	begins    func(ctx context.Context, event In) (Child, error)
	template  *Spec
	producers map[*process.Ref]*upstream

	next      In        // the event of the child that startNext starts
	startNext StartFunc // the same for all children that are started only once
}

// upstream is the demand of one subscription.
type upstream struct {
	sub      stage.Subscription
	min, max int
	running  int // children
	finished int // and not yet asked for again
}

// Init implements stage.Initializer.
func (c *consumer[In]) Init(ctx *stage.Context[stage.None]) error {
	c.begin(ctx.Process())
	c.producers = make(map[*process.Ref]*upstream)
	return nil
}

// HandleSubscribe implements stage.SubscribeHandler.
func (c *consumer[In]) HandleSubscribe(_ *stage.Context[stage.None], _ stage.Role, sub stage.Subscription, opts stage.SubscribeOptions) (stage.SubscriptionMode, error) {
	c.producers[sub.Ref()] = &upstream{sub: sub, min: opts.MinDemand, max: opts.MaxDemand}
	sub.Ask(opts.MaxDemand)
	return stage.Manual, nil
}

// HandleCancel implements stage.CancelHandler.
func (c *consumer[In]) HandleCancel(_ *stage.Context[stage.None], _ stage.CancelKind, sub stage.Subscription, _ error) error {
	delete(c.producers, sub.Ref())
	return nil
}

// HandleEvents implements stage.EventsHandler.
func (c *consumer[In]) HandleEvents(_ *stage.Context[stage.None], events []In, from stage.Subscription) error {
	failed := 0
	for _, event := range events {
		child, err := c.startFor(event, from.Ref())
		switch {
		case err == errInterrupted:
			return err
		case err != nil:
			c.publish(Event{Kind: StartFailed, ID: c.template.ID, Reason: err})
		}
		if child == nil {
			failed++
		}
	}
	c.account(from.Ref(), len(events), failed)
	return nil
}

// startFor starts the child of an event. The event is kept as long as the child
// may be restarted.
func (c *consumer[In]) startFor(event In, ref *process.Ref) (Child, error) {
	if c.template.Restart == Temporary {
		c.next = event
		return c.add(&slot{spec: c.template, ref: ref}, c.startNext)
	}
	spec := *c.template
	spec.Start = func(ctx context.Context) (Child, error) { return c.begins(ctx, event) }
	return c.add(&slot{spec: &spec, ref: ref}, spec.Start)
}

// childEnded gives the place of a child to the next event.
func (c *consumer[In]) childEnded(sl *slot) { c.account(sl.ref, 0, 1) }

// account counts events that have come and those that are done with. It asks for
// as many, once they are enough.
func (c *consumer[In]) account(ref *process.Ref, come, done int) {
	up := c.producers[ref]
	if up == nil {
		return
	}
	if excess := up.running + come - up.max; excess > 0 {
		c.self.Logger().Error("supervisor: more events received than asked for", "excess", excess, "ref", ref.String())
	}
	up.running += come - done
	up.finished += done
	if up.finished >= up.min {
		up.sub.Ask(up.finished)
		up.finished = 0
	}
}

// HandleInfo implements stage.InfoHandler.
func (c *consumer[In]) HandleInfo(_ *stage.Context[stage.None], msg any) error {
	if handled, err := c.handle(msg); handled {
		return err
	}
	if m, ok := msg.(request[*consumer[In]]); ok {
		return m.serve(c)
	}
	c.publish(Event{Kind: UnexpectedMessage, Message: msg})
	return nil
}

// Terminate implements stage.Terminator.
func (c *consumer[In]) Terminate(*stage.Context[stage.None], error) { c.stopAll() }
