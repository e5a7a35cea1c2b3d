package stage

import (
	"errors"
	"fmt"

	"github.com/stagecraft-go/stagecraft/dispatcher"
)

// Adapter is a producer's behaviour within another one: what it emits becomes
// events of Out on the way to the dispatcher. Embed it in the behaviour of a
// producer of Out, and override what is to be done in another way. It is what
// Broadway's producer is to the module that it runs. Make it with [Adapt].
//
// Every message for the inner behaviour reaches it: calls, casts and infos
// through a handle of its own event type, and what plain actors and timers
// send, which the outer behaviour does not get.
type Adapter[Out any] interface {
	Initializer[Out]
	DemandHandler[Out]
	Terminator[Out]

	tell(msg any) (taken bool, err error)
}

// Adapted is the [Adapter] of a behaviour that emits E. It has a producing side
// of its own for it, whose dispatcher hands events to the outer one.
type Adapted[E, Out any] struct {
	inner DemandHandler[E]
	pass  func(ctx *Context[Out], events []E)
	ended func(reason error) error // nil: it stops the stage
	in    producing[E]
	out   *producing[Out]
}

// Adapt makes an adapter. Pass gets what the inner behaviour emitted in one
// callback, in order, and emits what is to be dispatched. It runs in the
// stage's goroutine, and must not keep the slice. It fails with
// [ErrNilBehaviour], a [*CallbackError], or if pass is nil.
//
// HandleSubscribe, HandleCancel and FormatDiscarded are those of the outer
// behaviour.
func Adapt[E, Out any](inner DemandHandler[E], pass func(ctx *Context[Out], events []E)) (*Adapted[E, Out], error) {
	f, ok := inner.(ProducerFunc[E])
	switch {
	case inner == nil || ok && f == nil:
		return nil, fmt.Errorf("%w of an adapter", ErrNilBehaviour)
	case pass == nil:
		return nil, errors.New("stage: adapter: the function to pass events on is nil")
	}
	if err := checkCallbacks[E](inner); err != nil {
		return nil, err
	}
	return &Adapted[E, Out]{inner: inner, pass: pass}, nil
}

// OnEnd lets f see each error that a callback of the inner behaviour returns,
// but for Init: what f returns is what counts. Nil keeps the stage alive. It
// belongs before the start.
func (a *Adapted[E, Out]) OnEnd(f func(reason error) error) { a.ended = f }

// end is what becomes of the result of an inner callback.
func (a *Adapted[E, Out]) end(err error) error {
	if err == nil || a.ended == nil {
		return err
	}
	return a.ended(err)
}

// Init begins the inner behaviour.
func (a *Adapted[E, Out]) Init(ctx *Context[Out]) error {
	a.out = ctx.stage
	a.in = producing[E]{
		settings:   a.out.settings,
		self:       a.out.self,
		behaviour:  a.inner,
		dispatcher: bridge[E, Out]{a},
		onDemand:   a.inner,
		pool:       poolOf[E](),
		passing:    true, // pass keeps no slice, so that they can be used again
		recycling:  1,
		queueInfo:  a.out.queueInfo,
	}
	a.in.ctx.stage = &a.in
	handler, ok := a.inner.(Initializer[E])
	if !ok {
		return nil
	}
	return a.in.emitAfter(handler.Init(&a.in.ctx))
}

// HandleDemand asks the inner behaviour.
func (a *Adapted[E, Out]) HandleDemand(_ *Context[Out], demand int) error {
	return a.end(a.in.handleDemand(demand))
}

// Terminate ends the inner behaviour.
func (a *Adapted[E, Out]) Terminate(_ *Context[Out], reason error) {
	if handler, ok := a.inner.(Terminator[E]); ok {
		handler.Terminate(&a.in.ctx, reason)
	}
}

// Do runs a callback of the inner behaviour that stages do not know. It must be
// called within a callback of the outer one, after Init.
func (a *Adapted[E, Out]) Do(callback func(ctx *Context[E]) error) error {
	a.in.self.Release()
	return a.end(a.in.emitAfter(callback(&a.in.ctx)))
}

// tell gives a message to the inner behaviour.
func (a *Adapted[E, Out]) tell(msg any) (taken bool, err error) {
	if m, ok := msg.(delivery[E]); ok {
		return true, a.end(m.deliver(&a.in))
	}
	if _, ok := msg.(rejectable); ok {
		return false, nil // for a stage of a third type
	}
	return true, a.end(a.in.deliverUntyped(msg))
}

// bridge is the dispatcher of an inner behaviour. What it gets has been
// dispatched as far as the inner side is concerned.
type bridge[E, Out any] struct{ to *Adapted[E, Out] }

var _ dispatcher.Dispatcher[None] = bridge[None, None]{}

// Dispatch hands events to the outer behaviour, and on to its dispatcher at
// once: the reply to a call comes after that.
func (b bridge[E, Out]) Dispatch(events []E) ([]E, int) {
	b.to.pass(&b.to.out.ctx, events)
	b.to.out.flush()
	return nil, 0
}

// Info has nothing to wait for here.
func (bridge[E, Out]) Info(deliver func()) { deliver() }

// The rest is not called: nobody subscribes to the inner side.

// Subscribe implements dispatcher.Dispatcher.
func (bridge[E, Out]) Subscribe(dispatcher.Consumer[E], dispatcher.Options) (int, error) {
	return 0, nil
}

// Cancel implements dispatcher.Dispatcher.
func (bridge[E, Out]) Cancel(dispatcher.Consumer[E]) int { return 0 }

// Ask implements dispatcher.Dispatcher.
func (bridge[E, Out]) Ask(dispatcher.Consumer[E], int) int { return 0 }

// Capacity implements dispatcher.Dispatcher.
func (bridge[E, Out]) Capacity() int { return 0 }
