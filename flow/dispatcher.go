package flow

import (
	"github.com/stagecraft-go/stagecraft/dispatcher"
	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/stage"
)

// layerDispatcher is the dispatcher of a stage of a layer: its panics name an
// operation, and it tells a strand of new demand. Few stages need both, but the
// compiler makes all of a type for each type of events, so there is one.
type layerDispatcher[T any] struct {
	dispatcher.Dispatcher[T]
	culprit culprit // without an operation if the flow has chosen the dispatcher
	strand  *strand // nil: the stage is never suspended
}

// dispatch is the option for the stages that dispatch.
func (r *route[T]) dispatch() []stage.Option {
	if r == nil || r.factory == nil {
		return nil
	}
	return []stage.Option{stage.Dispatch[T](func(cfg dispatcher.Config) (dispatcher.Dispatcher[T], error) {
		return r.start(cfg, nil)
	})}
}

// suspendable gives a stage a strand. Its dispatcher tells of new demand.
func (o *outlet[T]) suspendable(r *route[T]) []stage.Option {
	o.worker.strand = &strand{worker: &o.worker}
	return []stage.Option{stage.Dispatch[T](func(cfg dispatcher.Config) (dispatcher.Dispatcher[T], error) {
		d, err := r.start(cfg, o.worker.strand)
		if err != nil {
			return nil, err
		}
		o.mayEmit = func() bool { return d.Capacity() > 0 }
		return d, nil
	})}
}

// start makes the dispatcher of one stage.
func (r *route[T]) start(cfg dispatcher.Config, s *strand) (dispatcher.Dispatcher[T], error) {
	l := &layerDispatcher[T]{strand: s}
	factory := dispatcher.Demand[T]()
	if r != nil && r.factory != nil {
		factory, l.culprit = r.factory, culprit{r.op, r.pos}
	}
	err := l.culprit.safely(func() (err error) {
		l.Dispatcher, err = factory(cfg)
		return err
	})
	if err != nil {
		return nil, l.culprit.explain(err)
	}
	switch l.Dispatcher.(type) {
	case dispatcher.ReadOnly:
		return &readOnlyDispatcher[T]{passingDispatcher[T]{*l}}, nil
	case dispatcher.Passing:
		return &passingDispatcher[T]{*l}, nil
	}
	return l, nil
}

func (l *layerDispatcher[T]) Dispatch(events []T) (leftover []T, discarded int) {
	returned := false
	defer l.culprit.blame(&returned)
	leftover, discarded = l.Dispatcher.Dispatch(events)
	returned = true
	return leftover, discarded
}

func (l *layerDispatcher[T]) Subscribe(c dispatcher.Consumer[T], opts dispatcher.Options) (demand int, err error) {
	returned := false
	defer l.culprit.blame(&returned)
	defer l.strand.demanded()
	demand, err = l.Dispatcher.Subscribe(c, opts)
	returned = true
	if err != nil && l.culprit.op != "" {
		err = l.culprit.explain(err) // the dispatcher does not suit the layer
	}
	return demand, err
}

func (l *layerDispatcher[T]) Cancel(c dispatcher.Consumer[T]) (demand int) {
	returned := false
	defer l.culprit.blame(&returned)
	defer l.strand.demanded()
	demand = l.Dispatcher.Cancel(c)
	returned = true
	return demand
}

func (l *layerDispatcher[T]) Ask(c dispatcher.Consumer[T], n int) (demand int) {
	returned := false
	defer l.culprit.blame(&returned)
	defer l.strand.demanded()
	demand = l.Dispatcher.Ask(c, n)
	returned = true
	return demand
}

// blame is deferred by what calls a dispatcher: unless that has returned, it
// makes a panic that of the operation.
func (c culprit) blame(returned *bool) {
	if c.op != "" && !*returned {
		panic(c.explain(process.NewCrash(recover())))
	}
}

// Queued implements dispatcher.Queuer.
func (l *layerDispatcher[T]) Queued() int { return dispatcher.Queued(l.Dispatcher) }

// passingDispatcher is the same for a dispatcher that is Passing.
type passingDispatcher[T any] struct{ layerDispatcher[T] }

func (*passingDispatcher[T]) Passing() {}

// readOnlyDispatcher is the same for a dispatcher that is ReadOnly.
type readOnlyDispatcher[T any] struct{ passingDispatcher[T] }

func (*readOnlyDispatcher[T]) ReadOnly() {}
