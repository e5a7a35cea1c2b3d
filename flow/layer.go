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

// in is the route in the branch that is being started.
func (r *route[T]) in(b *build) *route[T] {
	if r == nil {
		return nil
	}
	in := *r
	in.pos += b.offset
	return &in
}

// opening is where events come into a layer.
type opening[T any] struct {
	connect  func(b *build) (connection[T], error)
	window   Window[T]
	pos      int // of the operation that begins the layer, or of the source
	begins   int // position of the first operation of the layer
	windowed int // position of Window, 0 without one
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
	return func(b *build) (connection[T], error) { return connect(b, up, c, r) }
}

// connect starts the plan, and makes the way from its stages into others.
func connect[T any](b *build, up *plan[T], c config, r *route[T]) (connection[T], error) {
	sources, err := startRouted(b, up, r.in(b))
	if err != nil {
		return nil, err
	}
	return func(w *worker, handle func([]T, *process.Ref)) port {
		var lists lists[T]
		opts := c.subscription(w.index, r != nil && r.routed)
		var from stage.Sources[T]
		for _, s := range sources {
			from = from.And(s, opts...)
		}
		return port{inlet: stage.NewInlet(from, func(events []T, sub stage.Subscription) error {
			if w.strand != nil {
				return lists.handle(w.strand, events, sub, handle)
			}
			return w.guard(func() { handle(events, sub.Ref()) })
		})}
	}, nil
}

// startRouted starts a plan, behind a layer that only dispatches if its own
// stages cannot.
func startRouted[T any](b *build, p *plan[T], r *route[T]) ([]stage.Source[T], error) {
	b.patience = max(b.patience, p.config.shutdown)
	if r != nil && !p.routable {
		p = openLayer(p.program, p.config, subscribeTo(p, p.config, nil))
	}
	return p.start(b, r)
}

// openLayer is a plan that ends with a new layer.
func openLayer[T any](prog program, c config, connect func(b *build) (connection[T], error)) *plan[T] {
	o := &opening[T]{connect: connect, pos: prog.position(), begins: prog.position()}
	return newPlan(prog, c, o.layer())
}

// layer is the layer that the opening is all of.
func (o *opening[T]) layer() *layer[T] {
	return &layer[T]{opening: o, prepare: func(b *build) (chain[T], error) { return o.prepare(b) }}
}

func (o *opening[T]) prepare(b *build) (chain[T], error) {
	connect, err := o.connect(b)
	if err != nil {
		return nil, err
	}
	return func(w *worker, next func() tail[T]) intake {
		w.at, w.begins, w.windowed = o.pos, o.begins, o.windowed
		return newIntake(w, connect, o.window, next)
	}, nil
}

// startLayer starts the stages of a plan's last layer.
func startLayer[T any](b *build, p *plan[T], r *route[T]) ([]stage.Source[T], error) {
	chain, err := p.layer.prepare(b)
	if err != nil {
		return nil, err
	}
	sources := make([]stage.Source[T], p.config.stages)
	for i := range sources {
		out := &outlet[T]{
			worker:  worker{index: i, total: len(sources), job: b.job, ops: p.program.ops, offset: b.offset},
			onInit:  p.config.onInit,
			discard: r != nil && r.discard,
		}
		out.intake = chain(&out.worker, func() tail[T] { return tail[T]{push: out.emit} })
		opts := b.options(out.worker.stageName(), p.config.stage()...)
		if out.worker.long && !out.discard {
			opts = append(opts, out.suspendable(r)...)
		} else {
			opts = append(opts, r.dispatch()...)
		}
		s, err := stage.StartFed(b.ctx, out.intake.inlet(), out, opts...)
		if err != nil {
			return nil, culprit{}.explain(err) // its operations have explained theirs
		}
		b.watch(s.Process(), culprit{})
		sources[i] = s
	}
	return sources, nil
}
