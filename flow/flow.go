package flow

import "github.com/stagecraft-go/stagecraft/stage"

// Flow describes what happens to events, and where they come from. It does
// nothing until it is run, iterated or started; it can be run many times, also
// at the same time, if its sources can. Flows are immutable values: an
// operation returns a new one.
//
// Operations that change the type of the events are functions, since methods of
// Go have no type parameters; the others are methods. A mistake in a program is
// kept and returned by whatever runs it, as a [*ProgramError].
type Flow[T any] struct{ plan *plan[T] }

// plan is a flow under construction. It is never changed once it is made.
//
// The compiler makes each method of a generic type anew for each type of events,
// and each closure wherever its function is inlined. A user's program pays for
// that, so in this package what has no need to be a method is a function, and a
// closure that is returned calls one.
type plan[T any] struct {
	program program
	// start starts what the flow describes, with a dispatcher for its last
	// stages: nil is the default one.
	start func(b *build, route *route[T]) ([]stage.Source[T], error)
	// layer is the layer that operations are added to, nil if the next
	// operation has to begin one.
	layer *layer[T]
	// config is that of the layer, or of the one to begin.
	config config
	// routable says that start can take a route; other sources have a
	// dispatcher of their own.
	routable bool
}

// layer is the open end of a plan: what each of a set of stages does.
type layer[T any] struct {
	// prepare starts what is before the layer.
	prepare func(b *build) (chain[T], error)
	// opening is set as long as no operation but MapBatch has been added; then
	// the layer can still get a window.
	opening *opening[T]
	// reduced says that the events come out of a reduce.
	reduced bool
}

// tail is what follows an operation in a stage, for one window.
type tail[T any] struct {
	push func([]T)
	fire func(Firing) // nil: nothing happens at a trigger
}

// chain builds what a stage does with its events: next makes the end of it,
// once for each window.
type chain[T any] func(w *worker, next func() tail[T]) intake

// operation begins a mapper: it returns the layer to add to, and the program
// with the operation's name at its end.
func operation[T any](f Flow[T], name string) (*plan[T], *layer[T], program) {
	p := opened(f, name)
	prog := p.program.with(name)
	if p.layer.reduced {
		prog = prog.fail("after a reduce in the same layer; do it in OnTrigger, or begin a layer first")
	}
	return p, p.layer, prog
}

// opened is the plan with a layer to add operations to.
func opened[T any](f Flow[T], name string) *plan[T] {
	p := f.plan
	if p == nil {
		p = &plan[T]{program: program{}.with(name).fail("there is no source")}
	}
	if p.layer != nil {
		return p
	}
	p = openLayer(p.program, p.config, subscribeTo(p, p.config, nil))
	p.layer.opening.begins++ // name follows right behind the source
	return p
}

// extend adds an operation that makes one chain of another.
func extend[T, U any](f Flow[T], name string, missing bool, make func(pos int, c chain[T]) chain[U]) Flow[U] {
	p, l, prog := operation(f, name)
	if missing {
		prog = prog.fail("the function is nil")
	}
	pos := prog.position()
	return newLayered(prog, p.config, &layer[U]{
		prepare: prepared(l.prepare, func(c chain[T]) chain[U] { return make(pos, c) }),
	})
}

// prepared makes something else of what a layer has prepared.
func prepared[A, B any](prepare func(b *build) (A, error), make func(A) B) func(b *build) (B, error) {
	return func(b *build) (made B, err error) {
		a, err := prepare(b)
		if err != nil {
			return made, err
		}
		return make(a), nil
	}
}

// newLayered is a flow that ends with an open layer.
func newLayered[T any](prog program, c config, l *layer[T]) Flow[T] {
	return Flow[T]{newPlan(prog, c, l)}
}

// newPlan is the plan of a flow that ends with an open layer.
func newPlan[T any](prog program, c config, l *layer[T]) *plan[T] {
	p := &plan[T]{program: prog, layer: l, config: c, routable: true}
	p.start = func(b *build, r *route[T]) ([]stage.Source[T], error) { return startLayer(b, p, r) }
	return p
}
