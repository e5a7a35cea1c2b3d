package flow

import (
	"github.com/stagecraft-go/stagecraft/dispatcher"
	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/stage"
)

// route is how the last stages of a plan spread their events over the next
// layer.
type route[T any] struct {
	factory dispatcher.Factory[T] // nil: the default one
	discard bool                  // nobody wants the events
	routed  bool                  // each stage of the next layer has a partition
	op      string                // the operation that asked for it
	pos     int
}

// dispatch is the option for the stages that dispatch.
func (r *route[T]) dispatch() []stage.Option {
	if r == nil || r.factory == nil {
		return nil
	}
	return []stage.Option{stage.Dispatch(r.factory)}
}

// opening is where events come into a layer.
type opening[T any] struct {
	connect func(b *build) (connection[T], error)
	window  Window[T]
}

// connection makes the way of events into one stage.
type connection[T any] func(w *worker, handle func(batch []T, from *process.Ref)) port

// port is the way of events into one stage.
type port struct {
	inlet stage.Inlet
	flush func() // at the end of all input; may be nil
}

// subscribeTo connects a layer to the stages of a plan.
func subscribeTo[T any](up *plan[T], c config, r *route[T]) func(b *build) (connection[T], error) {
	return func(b *build) (connection[T], error) {
		sources, err := startRouted(b, up, r)
		if err != nil {
			return nil, err
		}
		return func(w *worker, handle func([]T, *process.Ref)) port {
			opts := c.subscription(w.index, r != nil && r.routed)
			var from stage.Sources[T]
			for _, s := range sources {
				from = from.And(s, opts...)
			}
			return port{inlet: stage.NewInlet(from, func(events []T, sub stage.Subscription) (err error) {
				defer w.settle(&err)
				handle(events, sub.Ref())
				return nil
			})}
		}, nil
	}
}

// startRouted starts a plan, behind a layer that only dispatches if its own
// stages cannot.
func startRouted[T any](b *build, p *plan[T], r *route[T]) ([]stage.Source[T], error) {
	if r != nil && !p.routable {
		p = openLayer(p.program, p.config, subscribeTo(p, p.config, nil))
	}
	return p.start(b, r)
}

// openLayer is a plan that ends with a new layer.
func openLayer[T any](prog program, c config, connect func(b *build) (connection[T], error)) *plan[T] {
	o := &opening[T]{connect: connect}
	return newLayered(prog, c, o.layer()).plan
}

// layer is the layer that the opening is all of.
func (o *opening[T]) layer() *layer[T] {
	return &layer[T]{opening: o, prepare: func(b *build) (chain[T], error) {
		connect, err := o.connect(b)
		if err != nil {
			return nil, err
		}
		return func(w *worker, next func() tail[T]) intake { return newIntake(w, connect, o.window, next) }, nil
	}}
}

// startLayer starts the stages of a plan's last layer.
func startLayer[T any](b *build, p *plan[T], r *route[T]) ([]stage.Source[T], error) {
	chain, err := p.layer.prepare(b)
	if err != nil {
		return nil, err
	}
	b.patience = max(b.patience, p.config.shutdown)
	sources := make([]stage.Source[T], p.config.stages)
	for i := range sources {
		out := &outlet[T]{
			worker:  worker{index: i, total: len(sources), job: b.job, ops: p.ops},
			onInit:  p.config.onInit,
			discard: r != nil && r.discard,
		}
		out.intake = chain(&out.worker, func() tail[T] { return tail[T]{push: out.emit} })
		opts := append(p.config.stage(), stage.In(b.system))
		s, err := stage.StartFed(b.ctx, out.intake.inlet(), out, append(opts, r.dispatch()...)...)
		if err != nil {
			return nil, out.explain(err)
		}
		b.watch(s.Process(), r.culprit())
		sources[i] = s
	}
	return sources, nil
}
