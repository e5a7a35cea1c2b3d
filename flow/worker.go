package flow

import (
	"errors"
	"time"

	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/stage"
)

// worker is one stage of a layer, as its operations see it.
type worker struct {
	index, total int // of the stages of the layer
	job          *job
	ops          []string
	offset       int // of their positions: see Union
	self         *process.Self
	long         bool    // one event may become very many
	strand       *strand // nil: the stage is never suspended
	running      bool    // Init is through

	begins   int   // position of the first operation of the layer
	at       int   // of the one that is at work
	windowed int   // position of Window
	err      error // the failure of one of them

	firing Firing       // the window at work, and its trigger while one fires
	fired  func(Firing) // called after each trigger, if not nil
	// passed is called, if not nil, when no window by event time that begins
	// before a time, in microseconds, is open or will be.
	passed func(before int64)
}

// stageName is the name of the stage for those who watch it. (What a join or a
// union puts between a source and itself has no operation of its own.)
func (w *worker) stageName() string {
	return stageName(w.ops[min(w.begins, len(w.ops))-1], w.index, w.total)
}

// fail ends the flow: the operation at work has failed.
func (w *worker) fail(err error) {
	if w.err != nil {
		return
	}
	w.err = w.explain(err)
	if w.running {
		w.job.fail(w.err)
	} // else it is the error of the start
}

// explain tells where an error comes from.
func (w *worker) explain(err error) error {
	var explained *OpError
	if errors.As(err, &explained) {
		return err
	}
	if w.at < 1 || w.at > len(w.ops) {
		return err
	}
	return &OpError{w.ops[w.at-1], w.offset + w.at, err}
}

// halted tells whether the operations have to leave off: one has failed, or the
// flow is being stopped. What has come so far is no result then.
func (w *worker) halted() bool {
	return w.err != nil || w.job.stopping.Load() || w.strand != nil && w.strand.closed
}

// failure is why the stage has to stop, if it has to.
func (w *worker) failure() error {
	if w.err == nil && w.running && w.job.stopping.Load() {
		return process.Shutdown
	}
	return w.err
}

// perform runs operations, as guard does, or later if they are suspended.
func (w *worker) perform(run func()) error {
	if w.strand != nil {
		return w.strand.do(run)
	}
	return w.guard(run)
}

// guard runs operations: if one fails, panics or calls runtime.Goexit, the stage
// stops.
func (w *worker) guard(run func()) (err error) {
	returned := false
	defer func() {
		if !returned {
			w.fail(process.NewCrash(recover()))
		}
		err = w.failure()
	}()
	run()
	returned = true
	return nil
}

// outlet is the behaviour of a stage of a layer: it counts who is subscribed,
// and ends when there is nothing left to do.
type outlet[T any] struct {
	worker  worker
	intake  intake
	onInit  func(index, total int)
	discard bool
	mayEmit func() bool // of the dispatcher, with a strand

	ctx       *stage.Context[T]
	producers map[*process.Ref]struct{}
	consumers int
	finished  bool
}

// finished is the info behind the last events.
type finished struct{}

func (o *outlet[T]) emit(events []T) {
	if o.discard {
		return
	}
	o.ctx.EmitAll(events)
	if o.worker.strand != nil {
		o.worker.strand.emitted(len(events))
	}
}

// Init implements stage.Initializer.
func (o *outlet[T]) Init(ctx *stage.Context[T]) error {
	o.ctx = ctx
	o.worker.self = ctx.Process()
	o.producers = make(map[*process.Ref]struct{})
	if o.worker.strand != nil {
		o.worker.strand.start(ctx.Context(), func() { stage.Info(ctx.Self(), wakeUp{}) })
	}
	err := o.worker.perform(func() {
		if o.onInit != nil {
			o.onInit(o.worker.index, o.worker.total)
		}
		o.intake.start()
		o.worker.running = true
	})
	if err != nil && o.worker.strand != nil {
		o.worker.strand.close() // there is no Terminate then
	}
	return err
}

// Terminate implements stage.Terminator: nothing of the operations may be left
// when the stage has ended.
func (o *outlet[T]) Terminate(*stage.Context[T], error) {
	if o.worker.strand != nil {
		o.worker.strand.close()
	}
}

// HandleSubscribe implements stage.SubscribeHandler.
func (o *outlet[T]) HandleSubscribe(_ *stage.Context[T], peer stage.Role, sub stage.Subscription, opts stage.SubscribeOptions) (stage.SubscriptionMode, error) {
	switch {
	case peer == stage.RoleConsumer:
		o.consumers++
	case o.finished:
		sub.Cancel(process.Normal)
	default:
		o.producers[sub.Ref()] = struct{}{}
		o.intake.joined(sub.Ref())
		if o.worker.strand != nil {
			o.worker.strand.join(sub, opts)
			return stage.Manual, nil
		}
	}
	return stage.Automatic, nil
}

// HandleCancel implements stage.CancelHandler: behind the last producer come the
// last triggers, and without a consumer there is nothing to do.
func (o *outlet[T]) HandleCancel(_ *stage.Context[T], kind stage.CancelKind, sub stage.Subscription, reason error) error {
	if _, ok := o.producers[sub.Ref()]; !ok {
		return consumerGone(&o.consumers, kind, reason)
	}
	switch {
	case o.worker.job.ctx.Err() != nil:
		return process.Shutdown // what has come so far is no result
	case !process.Orderly(reason):
		return nil // the stage stops as well
	}
	delete(o.producers, sub.Ref())
	if o.worker.strand != nil {
		delete(o.worker.strand.feeds, sub.Ref())
	}
	last := len(o.producers) == 0 && !o.finished
	o.finished = o.finished || last
	return o.worker.perform(func() {
		o.intake.left(sub.Ref())
		if last {
			o.intake.finish()
			stage.AsyncInfo(o.ctx.Self(), finished{})
		}
	})
}

// HandleInfo implements stage.InfoHandler.
func (o *outlet[T]) HandleInfo(_ *stage.Context[T], msg any) error {
	switch m := msg.(type) {
	case finished:
		return process.Normal
	case tick:
		if !o.finished {
			return o.worker.perform(m)
		}
	case lateTick:
		stage.AsyncInfo(o.ctx.Self(), tick(m))
	case wakeUp:
		return o.worker.strand.goOn(o.mayEmit)
	}
	return nil
}

// tick is the message of a timer.
type tick func()

// after calls f in the stage when d has passed, unless it has ended by then.
func (w *worker) after(d time.Duration, f func()) { w.self.SendAfter(d, tick(f)) }

// lateTick is the message of a timer for what must not overtake the lists that
// have come before it. They may wait for demand, and the tick then waits with
// them.
type lateTick func()

// afterLists calls f in the stage when d has passed and the lists that have come
// by then are handled.
func (w *worker) afterLists(d time.Duration, f func()) { w.self.SendAfter(d, lateTick(f)) }

// every calls f in the stage again and again, each d after the other.
func (w *worker) every(d time.Duration, f func()) {
	w.after(d, func() {
		f()
		w.every(d, f)
	})
}
