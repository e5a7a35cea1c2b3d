package stage

import (
	"context"
	"fmt"

	"github.com/stagecraft-go/stagecraft/dispatcher"
	"github.com/stagecraft-go/stagecraft/process"
)

// StartProducer starts a producer and waits for its Init. ctx is its life: when
// ctx ends the stage stops with process.ShutdownWith of the cause.
//
// It fails with an [*OptionError], [ErrNilBehaviour], a [*CallbackError], the
// error of the dispatcher's factory (a *dispatcher.OptionError), what Init
// returned, or the errors of process.System.Start.
func StartProducer[Out any](ctx context.Context, behaviour DemandHandler[Out], opts ...Option) (*Producer[Out], error) {
	if f, ok := behaviour.(ProducerFunc[Out]); behaviour == nil || ok && f == nil {
		return nil, ErrNilBehaviour
	}
	c, err := newConfig(RoleProducer, opts)
	if err != nil {
		return nil, err
	}
	return startProducer(ctx, behaviour, c)
}

func startProducer[Out any](ctx context.Context, behaviour DemandHandler[Out], c *config) (*Producer[Out], error) {
	s := &stage[Out]{role: RoleProducer, in: closed{}}
	s.onDemand = behaviour
	p, err := start(ctx, s, behaviour, c)
	if err != nil {
		return nil, err
	}
	return &Producer[Out]{Handle{p}}, nil
}

// StartProducerConsumer starts a producer_consumer, which has subscribed to its
// sources when this returns. Otherwise it is as [StartProducer]; a source that
// is not there fails the start with process.NoProc, and one that has died ends
// the stage with it soon after, unless [OnCancel] says [Temporary]. Further
// errors are [ErrNoSource], [ErrOtherSystem] and the *OptionError of a
// subscription.
func StartProducerConsumer[In, Out any](ctx context.Context, behaviour EventsHandler[In, Out], from Sources[In], opts ...Option) (*ProducerConsumer[In, Out], error) {
	if f, ok := behaviour.(EventsFunc[In, Out]); behaviour == nil || ok && f == nil {
		return nil, ErrNilBehaviour
	}
	c, err := newConfig(RoleProducerConsumer, opts)
	if err != nil {
		return nil, err
	}
	s := &stage[Out]{role: RoleProducerConsumer}
	s.in = inletOf(s, from, behaviour)
	p, err := start(ctx, s, behaviour, c)
	if err != nil {
		return nil, err
	}
	return &ProducerConsumer[In, Out]{Handle{p}}, nil
}

// StartConsumer starts a consumer: see [StartProducerConsumer].
func StartConsumer[In any](ctx context.Context, behaviour EventsHandler[In, None], from Sources[In], opts ...Option) (*Consumer[In], error) {
	if f, ok := behaviour.(ConsumerFunc[In]); behaviour == nil || ok && f == nil {
		return nil, ErrNilBehaviour
	}
	c, err := newConfig(RoleConsumer, opts)
	if err != nil {
		return nil, err
	}
	s := &stage[None]{role: RoleConsumer}
	s.in = inletOf(s, from, behaviour)
	p, err := start(ctx, s, behaviour, c)
	if err != nil {
		return nil, err
	}
	return &Consumer[In]{Handle{p}}, nil
}

// inletOf is the inlet of a stage whose behaviour handles events.
func inletOf[In, Out any](s *stage[Out], from Sources[In], behaviour EventsHandler[In, Out]) inlet {
	return &receiver[In]{
		from:   from,
		events: func(events []In, sub Subscription) error { return behaviour.HandleEvents(&s.ctx, events, sub) },
	}
}

// start starts the process of a stage that has its role and main callback.
func start[Out any](ctx context.Context, s *stage[Out], behaviour any, c *config) (*process.Process, error) {
	if err := checkCallbacks[Out](behaviour); err != nil {
		return nil, err
	}
	c.settle(ctx, s.in.system())
	s.behaviour, s.settings = behaviour, c.settings
	if s.role != RoleConsumer {
		f, err := factory[Out](c)
		if err != nil {
			return nil, err
		}
		d, err := f(dispatcher.Config{Exact: c.exact, Logger: c.system.Logger()})
		if err != nil {
			return nil, err
		}
		s.dispatcher = d
		_, s.passing = d.(dispatcher.Passing)
		_, s.reading = d.(dispatcher.ReadOnly)
		s.buffer = newBuffer[Out](*c.bufferSize, c.keep, c.exact)
		s.pool = poolOf[Out]()
	}
	if c.mode == Accumulate {
		s.held = new(accumulator[Out])
	}
	if c.observer != nil {
		s.watch = &watch{observer: c.observer}
	}
	return c.system.Start(ctx, s, c.processOptions()...)
}

// settle chooses the system, if it is not given.
func (c *config) settle(ctx context.Context, ofSources *process.System) {
	if c.system == nil {
		c.system = ofSources
	}
	if c.system == nil { // asked for only now: the default one is made at its first use
		c.system = process.SystemOf(ctx)
	}
}

func (c *config) processOptions() (opts []process.StartOption) {
	if c.name != "" {
		opts = append(opts, process.WithName(c.name))
	}
	if c.link != nil {
		opts = append(opts, process.LinkTo(c.link))
	}
	if c.quiet {
		opts = append(opts, process.Quiet())
	}
	return opts
}

// Init implements process.Behaviour.
func (s *stage[Out]) Init(self *process.Self) error {
	s.self = self
	s.ctx.stage = &s.producing
	s.queueInfo = s.orderInfo
	s.side = newSide(self.PID(), s.system, s.watch)
	s.watch.begin(self)
	if handler, ok := s.behaviour.(Initializer[Out]); ok {
		if err := s.emitAfter(handler.Init(&s.ctx)); err != nil {
			return err
		}
	}
	for i, up := range s.in.upstreams() {
		if up.source == nil {
			return fmt.Errorf("%w: source %d", ErrNoSource, i)
		}
		_, err, stop := s.subscribeTo(up, nil)
		if stop != nil {
			return stop
		}
		if err != nil && !s.exact { // GenStage logs it and starts without
			return err
		}
	}
	return nil
}
