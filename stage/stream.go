package stage

import (
	"context"
	"fmt"
	"iter"

	"github.com/stagecraft-go/stagecraft/internal/ctxerr"
	"github.com/stagecraft-go/stagecraft/process"
)

// Stream is the events of running stages as a sequence for a plain goroutine:
// GenStage.stream. Each range over it subscribes anew, and asks with the same
// arithmetic as a consumer; the ask for a batch is sent when the element after
// it is wanted, so that whoever stops early asks for no more.
//
// The loop ends when all producers have ended. It also ends, after yielding
// that reason as an error, when one ends in a way that its [CancelMode] does
// not allow, or when ctx ends. The mode is [Transient] here unless a
// subscription says otherwise, so that the orderly end of a source is the end
// of the loop. (With [Exact] it is [Permanent].)
//
// Leaving the loop early cancels the subscriptions and waits until the producers
// have confirmed it, which takes as long as what they are doing just then; the
// end of ctx ends that wait as well.
//
// Of the options of a stage it takes [Name], [In], [OnSend], [ObservedBy],
// [Exact], [Demand] for the mode that is set in the producers once all
// subscriptions are made (default [Forward]), and [DemandOf]. With a name,
// further subscriptions can be made while it runs, by [AsyncSubscribe] to
// [ByName].
func Stream[T any](ctx context.Context, from Sources[T], opts ...Option) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		r, err := openStream(ctx, from, opts)
		if err != nil {
			var none T
			yield(none, err)
			return
		}
		r.run(yield)
	}
}

// DemandOf says in which producers a [Stream] sets the demand mode, instead of
// those it subscribes to: the real sources when it subscribes to
// producer_consumers, or none.
func DemandOf(producers ...*process.PID) Option {
	return func(c *config) error {
		c.demandOf = append([]*process.PID{}, producers...)
		return c.only("DemandOf", roleStream)
	}
}

// streamReader is the consuming goroutine's side of a stream.
type streamReader[T any] struct {
	ctx     context.Context
	config  *config
	inbox   *inbox
	process *process.Process
	watch   *watch // nil: nobody observes the stream
	subs    map[*process.Ref]*producer
}

func openStream[T any](ctx context.Context, from Sources[T], opts []Option) (*streamReader[T], error) {
	c, err := newConfig(roleStream, opts)
	if err != nil {
		return nil, err
	}
	c.settle(ctx, from.system())
	r := &streamReader[T]{ctx: ctx, config: c, inbox: newInbox(), subs: make(map[*process.Ref]*producer)}
	if c.observer != nil {
		r.watch = &watch{observer: c.observer}
	}
	mailbox := &streamMailbox[T]{config: c, inbox: r.inbox, from: from, watch: r.watch}
	// The process outlives ctx by the time it takes to cancel what it holds.
	r.process, err = c.system.Start(context.WithoutCancel(ctx), mailbox, c.processOptions()...)
	if err != nil {
		return nil, fmt.Errorf("stage: stream: %w", err)
	}
	return r, nil
}

// run yields events until the stream ends.
func (r *streamReader[T]) run(yield func(T, error) bool) {
	defer r.close()
	for len(r.subs) > 0 || !r.inbox.empty() {
		msg, err := r.receive()
		if err == nil && msg != nil {
			var more bool
			if more, err = r.handle(msg, yield); !more && err == nil {
				return
			}
		}
		if err != nil {
			r.close()
			var none T
			yield(none, fmt.Errorf("stage: stream: %w", err))
			return
		}
	}
}

// receive is the next message, or the reason why none will come.
func (r *streamReader[T]) receive() (any, error) {
	for {
		// The end of ctx comes first: the inbox may never be empty.
		if r.ctx.Err() != nil {
			return nil, ctxerr.Of(r.ctx)
		}
		if msg, ok := r.inbox.pop(); ok {
			return msg, nil
		}
		select {
		case <-r.inbox.filled:
		case <-r.ctx.Done():
			return nil, ctxerr.Of(r.ctx)
		case <-r.process.Done():
			return nil, r.process.Err()
		}
	}
}

// handle takes one message. It reports false when the loop was left.
func (r *streamReader[T]) handle(msg any, yield func(T, error) bool) (more bool, err error) {
	switch m := msg.(type) {
	case *producer:
		r.subs[m.ref] = m
	case *Events[T]:
		return r.deliver(m, yield), nil
	case *Canceled:
		r.watch.takes(m, noLevels)
		return true, r.ended(m.Ref, m.Reason)
	case *process.Down:
		r.watch.isDown(m)
		return true, r.ended(m.Ref, m.Reason)
	}
	return true, nil
}

func (r *streamReader[T]) deliver(m *Events[T], yield func(T, error) bool) (more bool) {
	p, ok := r.subs[m.Ref]
	r.watch.takesFrom(p, m)
	if !ok {
		r.send(m.From, &Cancel{From: r.process.PID(), Ref: m.Ref, Reason: ErrUnknownSubscription})
		return true
	}
	owed := p.pending
	if len(m.Events) > owed {
		p.logExcess(r.config.system.Logger(), len(m.Events))
	}
	for from := 0; from < len(m.Events); {
		n, ask := p.batch(len(m.Events)-from, &owed)
		if r.watch != nil {
			r.watch.handles(m, from, from+n, Levels{-1, -1, p.pending - ask})
		}
		for _, event := range m.Events[from : from+n] {
			if !yield(event, nil) {
				return false
			}
		}
		if ask > 0 {
			r.post(p.PID(), r.watch.asks(p, p.askFor(r.process.PID(), ask)))
		}
		from += n
	}
	return true
}

// ended takes the end of a subscription.
func (r *streamReader[T]) ended(ref *process.Ref, reason error) error {
	p, ok := r.subs[ref]
	if !ok {
		return nil
	}
	delete(r.subs, ref)
	if p.cancel.stops(reason) {
		return orNormal(reason)
	}
	return nil
}

// close cancels what is subscribed and waits until the producers have confirmed
// it or are gone.
func (r *streamReader[T]) close() {
	for _, p := range r.subs {
		r.send(p.PID(), &Cancel{From: r.process.PID(), Ref: p.ref, Reason: process.Normal})
	}
	for len(r.subs) > 0 {
		msg, err := r.receive()
		if err != nil {
			break
		}
		switch m := msg.(type) {
		case *producer:
			r.send(m.PID(), &Cancel{From: r.process.PID(), Ref: m.ref, Reason: process.Normal})
		case *Canceled:
			r.watch.takes(m, noLevels)
			delete(r.subs, m.Ref)
		case *process.Down:
			r.watch.isDown(m)
			delete(r.subs, m.Ref)
		}
	}
	r.watch.stops(process.Shutdown)
	r.process.Exit(process.Shutdown)
	<-r.process.Done()
	clear(r.subs)
}

func (r *streamReader[T]) send(to *process.PID, msg any) {
	r.watch.sends(to, msg, noLevels)
	r.post(to, msg)
}

// post sends what the observer knows of.
func (r *streamReader[T]) post(to *process.PID, msg any) {
	if r.config.onSend != nil {
		r.config.onSend(to, msg)
	}
	r.config.system.Send(to, msg)
}
