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
	self         *process.Self
	running      bool // Init is through

	at       int   // position of the operation that is at work
	windowed int   // position of Window
	err      error // the failure of one of them

	firing Firing       // the window at work, and its trigger while one fires
	fired  func(Firing) // called after each trigger, if not nil
	// passed is called, if not nil, when no window by event time that begins
	// before a time, in microseconds, is open or will be.
	passed func(before int64)
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
	return &OpError{w.ops[w.at-1], w.at, err}
}

// guard runs operations: if one fails, panics or calls runtime.Goexit, the stage
// stops.
func (w *worker) guard(run func()) (err error) {
	returned := false
	defer func() {
		if !returned {
			w.fail(process.NewCrash(recover()))
		}
		err = w.err
	}()
	run()
	returned = true
	return nil
}

// outlet is the behaviour of a stage of a layer: it counts who is subscribed,
// and ends when there is nothing left to do.
type outlet[T any] struct {
	worker
	intake  intake
	onInit  func(index, total int)
	discard bool

	ctx       *stage.Context[T]
	producers map[*process.Ref]struct{}
	consumers int
	finished  bool
}

// finished is the info behind the last events.
type finished struct{}

func (o *outlet[T]) emit(events []T) {
	if !o.discard {
		o.ctx.EmitAll(events)
	}
}

// Init implements stage.Initializer.
func (o *outlet[T]) Init(ctx *stage.Context[T]) error {
	o.ctx = ctx
	o.self = ctx.Process()
	o.producers = make(map[*process.Ref]struct{})
	return o.guard(func() {
		if o.onInit != nil {
			o.onInit(o.index, o.total)
		}
		o.intake.start()
		o.running = true
	})
}

// HandleSubscribe implements stage.SubscribeHandler.
func (o *outlet[T]) HandleSubscribe(_ *stage.Context[T], peer stage.Role, sub stage.Subscription, _ stage.SubscribeOptions) (stage.SubscriptionMode, error) {
	switch {
	case peer == stage.RoleConsumer:
		o.consumers++
	case o.finished:
		sub.Cancel(process.Normal)
	default:
		o.producers[sub.Ref()] = struct{}{}
		o.intake.joined(sub.Ref())
	}
	return stage.Automatic, nil
}

// HandleCancel implements stage.CancelHandler: behind the last producer come the
// last triggers, and without a consumer there is nothing to do.
func (o *outlet[T]) HandleCancel(_ *stage.Context[T], _ stage.CancelKind, sub stage.Subscription, reason error) error {
	if _, ok := o.producers[sub.Ref()]; !ok {
		return o.consumerGone()
	}
	switch {
	case o.job.ctx.Err() != nil:
		return process.Shutdown // what has come so far is no result
	case !process.Orderly(reason):
		return nil // the stage stops as well
	}
	delete(o.producers, sub.Ref())
	o.intake.left(sub.Ref())
	if len(o.producers) > 0 || o.finished {
		return nil
	}
	o.finished = true
	err := o.guard(o.intake.finish)
	stage.AsyncInfo(o.ctx.Self(), finished{})
	return err
}

func (o *outlet[T]) consumerGone() error {
	o.consumers--
	if o.consumers == 0 {
		return process.Normal
	}
	return nil
}

// HandleInfo implements stage.InfoHandler.
func (o *outlet[T]) HandleInfo(_ *stage.Context[T], msg any) error {
	switch m := msg.(type) {
	case finished:
		return process.Normal
	case tick:
		if !o.finished {
			return o.guard(m)
		}
	}
	return nil
}

// tick is the message of a timer.
type tick func()

// after calls f in the stage when d has passed, unless it has ended by then.
func (w *worker) after(d time.Duration, f func()) { w.self.SendAfter(d, tick(f)) }

// every calls f in the stage again and again, each d after the other.
func (w *worker) every(d time.Duration, f func()) {
	w.after(d, func() {
		f()
		w.every(d, f)
	})
}
