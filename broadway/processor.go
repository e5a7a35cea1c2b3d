package broadway

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/stagecraft-go/stagecraft/internal/guard"
	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/stage"
	"github.com/stagecraft-go/stagecraft/telemetry"
)

// processor handles the messages of producers, chunk by chunk. It is the part
// that processors with and without batchers share.
type processor[In, Out any] struct {
	*worker
	*upstreams[In]
	settings Processors[In]
	handler  MessageHandler[In, Out]
	preparer Preparer[In] // nil: none
	settler  settler[In]
	batchers map[string]int32 // index by name; empty: the last layer
	outs     *sync.Pool       // of *loan[Out]

	// Of the chunk at work. The memory is used again: a message is the
	// callback's only until that returns.
	began     time.Time // zero unless somebody watches
	slab      []Message[In]
	messages  []*Message[In]
	done, bad []*Message[In]
	forward   []*Message[Out]
}

// newProcessor makes a processor.
func newProcessor[In, Out any](e *engine[In, Out], index int) *processor[In, Out] {
	w := newWorker(&e.core, telemetry.Processor, fmt.Sprintf("Processor_default_%d", index), DefaultBatcher, index)
	return &processor[In, Out]{
		worker:    w,
		upstreams: &upstreams[In]{engine: e, worker: w},
		settings:  e.config.Processors,
		batchers:  e.batcherIndex,
		outs:      &e.outs,
	}
}

// begin makes the handler.
func (p *processor[In, Out]) begin(self *process.Self, config *Config[In, Out]) (err error) {
	self.TrapExit(true)
	p.enroll(self)
	p.handler = config.Handler
	if config.NewHandler != nil {
		if p.handler, err = config.NewHandler(p.ctx, p.identity); err != nil {
			return err
		}
		if p.handler == nil {
			return errors.New("broadway: NewHandler returned nil")
		}
	}
	p.preparer, _ = p.handler.(Preparer[In])
	onFailed, _ := p.handler.(FailureHandler[In])
	p.settler = settler[In]{worker: p.worker, at: handling, onFailed: onFailed}
	return nil
}

// end tells a handler of its own that it is over.
func (p *processor[In, Out]) end(reason error) { terminate(p.worker, p.handler, reason) }

func terminate(w *worker, handler any, reason error) {
	t, ok := handler.(Terminator)
	if !ok {
		return
	}
	err := func() (err error) {
		defer guard.Recover(&err)
		t.Terminate(w.ctx, reason)
		return nil
	}()
	if err != nil {
		logFailure(w.log(), "Terminate failed", err)
	}
}

// work handles a chunk, and returns what goes on to the batchers.
func (p *processor[In, Out]) work(chunk []delivery[In]) []*Message[Out] {
	messages := p.take(chunk)
	if len(messages) == 0 {
		return nil
	}
	ctx := p.startChunk(messages)
	returned := false
	defer func() {
		if !returned && !p.began.IsZero() { // a callback has called runtime.Goexit
			p.emit(ctx, telemetry.ProcessorException{
				Component: p.component, Messages: len(messages), Err: ErrWorkerDown, Took: time.Since(p.began),
			})
		}
	}()
	p.done, p.bad, p.forward = p.done[:0], p.bad[:0], p.forward[:0]
	prepared, err := p.prepare(ctx, messages)
	if err != nil {
		logFailure(p.log(), "PrepareMessages failed", err)
		for _, m := range messages {
			restore(m, err)
		}
		p.bad = append(p.bad, messages...)
	}
	var out *loan[Out]
	if len(p.batchers) > 0 && len(prepared) > 0 {
		out = lend[Out](p.outs, len(prepared))
	}
	for _, m := range prepared {
		data, fine := p.handle(ctx, m)
		switch {
		case !fine:
			p.bad = append(p.bad, m)
		case len(p.batchers) == 0:
			p.done = append(p.done, m)
		default:
			next := &out.messages[len(p.forward)]
			convert(m, data, next)
			if m.acked || m.record.move(m.epoch, handling, p.id, routed, p.id) {
				p.forward = append(p.forward, next)
			}
		}
	}
	if out != nil {
		out.giveBack(len(prepared) - len(p.forward))
	}
	failed := len(p.bad)
	p.settler.settle(p.done, p.bad)
	p.stopChunk(ctx, len(messages), len(p.forward), failed)
	returned = true
	return p.forward
}

// take makes messages of deliveries. Those that have been taken away on the way
// are left out.
func (p *processor[In, Out]) take(chunk []delivery[In]) []*Message[In] {
	if len(p.slab) < len(chunk) {
		p.slab = make([]Message[In], len(chunk))
	}
	p.messages = p.messages[:0]
	for i, d := range chunk {
		if !d.entry.move(d.epoch, sent, p.id, handling, p.id) {
			continue
		}
		m := &p.slab[i]
		d.entry.unwrap(m)
		m.epoch = d.epoch
		p.messages = append(p.messages, m)
	}
	return p.messages
}

// restore makes a message look as its source made it, but for its failure and
// what was acknowledged.
func restore[In any](m *Message[In], failure error) {
	epoch, acked := m.epoch, m.acked
	m.record.home.letters.(*lot[In]).entries[m.record.pos].unwrap(m)
	m.epoch, m.acked, m.failure = epoch, acked, failure
}

// prepare calls PrepareMessages.
func (p *processor[In, Out]) prepare(ctx context.Context, messages []*Message[In]) (prepared []*Message[In], err error) {
	if p.preparer == nil {
		return messages, nil
	}
	given := append([]*Message[In](nil), messages...)
	defer guard.Recover(&err)
	prepared, err = p.preparer.PrepareMessages(ctx, given)
	if err == nil && !sameMessages(messages, prepared) {
		err = ErrWrongCount
	}
	if err != nil {
		return nil, err
	}
	return prepared, nil
}

// sameMessages tells whether two lists have the same messages in any order.
func sameMessages[T any](a, b []*Message[T]) bool {
	if len(a) != len(b) {
		return false
	}
	in := make(map[*Message[T]]bool, len(a))
	for _, m := range a {
		in[m] = true
	}
	for _, m := range b {
		if !in[m] {
			return false
		}
		delete(in, m)
	}
	return true
}

// handle calls HandleMessage, and checks what came of it.
func (p *processor[In, Out]) handle(ctx context.Context, m *Message[In]) (data Out, fine bool) {
	active := !p.began.IsZero()
	var began time.Time
	if active {
		ctx, began = p.startMessage(ctx, m)
	}
	var before Message[In]
	if p.preparer != nil { // else it is as its source made it
		before = *m
	}
	data, err := p.call(ctx, m)
	crashed := err != nil && isCrash(err)
	switch {
	case crashed:
		p.undo(m, &before, err)
		logFailure(p.log(), "HandleMessage panicked", err)
	case err != nil:
		m.failure = err
	case m.failure == nil && len(p.batchers) > 0:
		var known bool
		if m.route, known = p.batchers[m.batcher()]; !known {
			err = fmt.Errorf("%w %q", ErrUnknownBatcher, m.batcher())
			p.undo(m, &before, err)
		}
	}
	if active {
		p.stopMessage(ctx, m, began, crashed)
	}
	return data, m.failure == nil
}

// undo makes a message what it was before its callback, but for its failure and
// what was acknowledged.
func (p *processor[In, Out]) undo(m, before *Message[In], failure error) {
	if p.preparer == nil {
		restore(m, failure)
		return
	}
	undo(m, before)
	m.failure = failure
}

// isCrash tells whether an error is a panic.
func isCrash(err error) bool {
	var crash *process.Crash
	return errors.As(err, &crash)
}

func (p *processor[In, Out]) call(ctx context.Context, m *Message[In]) (data Out, err error) {
	defer guard.Recover(&err)
	if p.settings.HandleTimeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, p.settings.HandleTimeout)
		defer cancel()
	}
	return p.handler.HandleMessage(ctx, m)
}

// startChunk tells telemetry.
func (p *processor[In, Out]) startChunk(messages []*Message[In]) context.Context {
	p.began = time.Time{}
	if !p.active() {
		return p.ctx
	}
	p.began = time.Now()
	return p.emit(p.ctx, telemetry.ProcessorStart{Component: p.component, Messages: carriers(messages), At: p.began})
}

func (p *processor[In, Out]) stopChunk(ctx context.Context, messages, forwarded, failed int) {
	if p.began.IsZero() {
		return
	}
	p.emit(ctx, telemetry.ProcessorStop{
		Component: p.component, Messages: messages, Forwarded: forwarded,
		Acknowledged: len(p.done), Failed: failed, Took: time.Since(p.began),
	})
}

func (p *processor[In, Out]) startMessage(ctx context.Context, m *Message[In]) (context.Context, time.Time) {
	now := time.Now()
	waited := time.Duration(0)
	if born := m.record.home.born; born != 0 {
		waited = now.Sub(time.Unix(0, born))
	}
	return p.emit(ctx, telemetry.MessageStart{
		Component: p.component, Message: m, Attempt: m.Attempt(), Waited: waited, At: now,
	}), now
}

func (p *processor[In, Out]) stopMessage(ctx context.Context, m *Message[In], began time.Time, crashed bool) {
	took := time.Since(began)
	if crashed || errors.Is(m.failure, ErrUnknownBatcher) {
		p.emit(ctx, telemetry.MessageException{Component: p.component, Message: m, Attempt: m.Attempt(), Err: m.failure, Took: took})
		return
	}
	p.emit(ctx, telemetry.MessageStop{Component: p.component, Message: m, Attempt: m.Attempt(), Err: m.failure, Took: took})
}

func carriers[T any](messages []*Message[T]) []telemetry.Carrier {
	all := make([]telemetry.Carrier, len(messages))
	for i, m := range messages {
		all[i] = m
	}
	return all
}

// upstreams are the subscriptions of a processor to the producers.
type upstreams[In any] struct {
	*worker
	engine producerSlots[In]
	open   map[*process.Ref]int                     // index of the producer
	sink   atomic.Pointer[stage.Sink[delivery[In]]] // this processor
	ending bool                                     // the pipeline drains: do not subscribe again
	said   bool                                     // that all producers are gone
}

// producerSlots is what processors need of an engine.
type producerSlots[In any] interface {
	slots() []*producerSlot[In]
	options(processor, producer int) []stage.SubscribeOption
	resubscribeInterval() time.Duration
}

const slotOption = "broadway.producer"

// sources are the subscriptions to make at the start.
func (u *upstreams[In]) sources() (from stage.Sources[delivery[In]]) {
	for i, slot := range u.engine.slots() {
		if h := slot.handle.Load(); h != nil {
			from = from.And(h, u.engine.options(u.identity.Index, i)...)
		}
	}
	return from
}

// joined notes a subscription to a producer.
func (u *upstreams[In]) joined(sub stage.Subscription, opts stage.SubscribeOptions) {
	if u.open == nil {
		u.open = make(map[*process.Ref]int)
	}
	u.open[sub.Ref()], _ = strconv.Atoi(opts.Extra[slotOption])
}

// left notes the end of one. It tells whether it was one of these, and whether
// it was the last of all.
func (u *upstreams[In]) left(sub stage.Subscription) (mine, last bool) {
	index, mine := u.open[sub.Ref()]
	if !mine {
		return false, false
	}
	delete(u.open, sub.Ref())
	if u.ending {
		return true, u.allGone()
	}
	u.self.SendAfter(u.engine.resubscribeInterval(), lookFor(index))
	return true, false
}

// allGone is true once, when nothing will come any more.
func (u *upstreams[In]) allGone() bool {
	if !u.ending || u.said || len(u.open) > 0 {
		return false
	}
	u.said = true
	return true
}

// lookFor is the time to subscribe to a producer again.
type lookFor int
