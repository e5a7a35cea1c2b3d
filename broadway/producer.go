package broadway

import (
	"fmt"
	"math"
	"time"

	"github.com/stagecraft-go/stagecraft/dispatcher"
	"github.com/stagecraft-go/stagecraft/internal/guard"
	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/stage"
	"github.com/stagecraft-go/stagecraft/telemetry"
)

// producer is the behaviour of a producer process: it runs a source, enters its
// messages into the ledger, and lets them pass as the rate limit says.
type producer[In any] struct {
	*worker
	downstreams
	stage.Adapter[delivery[In]]
	inner *inner[In]
	slot  *producerSlot[In]

	dispatcher dispatcher.Dispatcher[delivery[In]]

	ready    []delivery[In] // used again
	pushed   []delivery[In] // held back by a pause; no limit holds them
	queue    []delivery[In] // held back by the limit or a pause
	demands  []int          // held back as well
	closed   bool           // by the limit
	paused   bool
	draining bool
	ending   bool      // drained is on its way
	until    time.Time // patience with a source that is busy
	looking  bool      // lookAtSource is on its way
}

// Init implements stage.Initializer.
func (p *producer[In]) Init(ctx *stage.Context[delivery[In]]) error {
	p.enroll(ctx.Process())
	p.closed = p.slot.limiter != nil && p.slot.limiter.left.Load() <= 0
	p.paused = p.slot.paused.Load()
	p.draining = p.core.draining.Load()
	p.inner.onEnd(p.end)
	if err := p.inner.Init(ctx); err != nil {
		return err
	}
	if p.draining { // nobody subscribes to it any more
		p.ending = true
		p.cancelAll(p.worker)
		if err := p.inner.drain(); err != nil {
			return err
		}
	}
	p.emitAgain(ctx)
	return nil
}

// end sees why the source stops. A finite source that ends leaves an idle
// producer, whose messages may still be on their way.
func (p *producer[In]) end(reason error) error {
	if !p.slot.finite || reason != process.Normal {
		return reason
	}
	if !p.slot.ended.Swap(true) {
		p.slot.exhausted()
	}
	return nil
}

// accept takes messages that the source emits.
func (p *producer[In]) accept(ctx *stage.Context[delivery[In]], messages []Message[In]) {
	if len(messages) == 0 {
		return
	}
	if p.ending { // nobody would get them
		p.slot.ledger.refuse(p.ctx, messages, stopping)
		return
	}
	if p.slot.limiter != nil || p.paused {
		p.offer(ctx, p.enter(messages, nil))
		return
	}
	p.ready = p.enter(messages, p.ready[:0])
	ctx.EmitAll(p.ready)
}

// enter puts messages into the ledger, and what is to be sent into a slice.
// Messages without a partition fail.
func (p *producer[In]) enter(messages []Message[In], deliveries []delivery[In]) []delivery[In] {
	var now int64
	if p.active() {
		now = time.Now().UnixNano()
	}
	placed := p.placeAll(messages, now)
	if len(placed) > 0 {
		deliveries = p.slot.ledger.enter(placed, p.id, now, deliveries)
		p.recallIfDead()
	}
	return deliveries
}

// recallIfDead has the undertaker look again for what a killed producer holds: it
// may have looked before that was entered.
func (p *producer[In]) recallIfDead() {
	if !p.self.Alive() {
		p.core.undertaker.Send(recall{p.slot.index})
	}
}

// placeAll finds the processors of messages. Those that have none fail; the others
// are returned. Nobody knows of them yet: what others may have is not changed.
func (p *producer[In]) placeAll(messages []Message[In], now int64) (placed []Message[In]) {
	if p.slot.partitionBy == nil {
		return messages
	}
	returned := false
	defer func() {
		if !returned { // by runtime.Goexit: the messages must not get lost
			p.slot.ledger.enter(messages, p.id, now, nil)
			p.recallIfDead()
		}
	}()
	var reasons map[int]error // by index
	for i := range messages {
		messages[i].record = nil // of another pipeline, if it has been through one
		if err := p.place(&messages[i]); err != nil {
			if reasons == nil {
				reasons = make(map[int]error)
			}
			reasons[i] = err
		}
	}
	returned = true
	if reasons == nil {
		return messages
	}
	return p.failAstray(messages, reasons)
}

// failAstray fails the messages that have a reason to, and returns the others.
func (p *producer[In]) failAstray(messages []Message[In], reasons map[int]error) (placed []Message[In]) {
	var astray []Message[In]
	var why []error
	for i, m := range messages {
		if err := reasons[i]; err != nil {
			astray, why = append(astray, m), append(why, err)
		} else {
			placed = append(placed, m)
		}
	}
	p.slot.ledger.refuse(p.ctx, astray, func(i int) error { return why[i] })
	return placed
}

// place finds the processor of a message.
func (p *producer[In]) place(m *Message[In]) (err error) {
	defer guard.Recover(&err)
	m.partition, err = partitionOf(p.slot.partitionBy(m), p.slot.processors)
	return err
}

func partitionOf(n, of int) (int32, error) {
	if n < 0 {
		return 0, fmt.Errorf("%w: PartitionBy returned %d, allowed is 0 or more", ErrBadPartition, n)
	}
	return int32(n % of), nil
}

// offer emits messages as far as they may pass, and holds the others back.
func (p *producer[In]) offer(ctx *stage.Context[delivery[In]], deliveries []delivery[In]) {
	p.queue = append(p.queue, deliveries...)
	p.release(ctx)
}

// release emits what is held back, as far as it may pass.
func (p *producer[In]) release(ctx *stage.Context[delivery[In]]) {
	if p.held() {
		return
	}
	ctx.EmitAll(p.pushed)
	p.pushed = nil
	if p.closed || len(p.queue) == 0 {
		return
	}
	n := len(p.queue)
	if p.slot.limiter != nil {
		var open bool
		n, open = p.slot.limiter.take(n)
		p.setClosed(!open)
	}
	ctx.EmitAll(p.queue[:n])
	rest := copy(p.queue, p.queue[n:])
	clear(p.queue[rest:])
	p.queue = p.queue[:rest]
}

// held tells whether a pause holds messages back.
func (p *producer[In]) held() bool {
	return p.paused && !p.draining && p.core.hurried.Load() == 0
}

func (p *producer[In]) setClosed(closed bool) {
	if p.closed == closed {
		return
	}
	p.closed = closed
	if p.active() {
		limit := p.slot.limiter.get()
		p.emit(p.ctx, telemetry.RateLimited{
			Component: p.component, Open: !closed, Held: len(p.queue), Allowed: limit.Allowed, Interval: limit.Interval,
		})
	}
}

// HandleDemand asks the source, unless demand is held back.
func (p *producer[In]) HandleDemand(ctx *stage.Context[delivery[In]], demand int) error {
	if p.active() {
		p.emit(p.ctx, telemetry.Demand{Component: p.component, N: demand})
		p.emit(p.ctx, telemetry.Buffered{Component: p.component, Events: ctx.Buffered() + len(p.queue) + len(p.pushed)})
	}
	demand -= p.emitUpTo(ctx, demand)
	switch {
	case p.draining:
		return p.drainedIfEmpty(ctx)
	case demand == 0 || p.slot.ended.Load():
		return nil
	case p.closed || p.paused:
		p.demands = append(p.demands, demand)
		return nil
	}
	return p.inner.HandleDemand(ctx, demand)
}

// HandleInfo implements stage.InfoHandler.
func (p *producer[In]) HandleInfo(ctx *stage.Context[delivery[In]], m producerMessage) error {
	switch m {
	case emitAgain:
		p.emitAgain(ctx)
	case lookAtSource:
		p.looking = false
	case limitReset:
		if p.closed {
			p.setClosed(false)
			p.release(ctx)
			p.goOn(ctx)
		}
	case pauseChanged:
		p.paused = p.slot.paused.Load()
		p.release(ctx)
		p.goOn(ctx)
		if !p.paused && !p.draining {
			return p.inner.resume()
		}
	case nextDemand:
		if len(p.demands) > 0 && !p.closed && !p.paused {
			demand := p.demands[0]
			p.demands = p.demands[1:]
			err := p.inner.HandleDemand(ctx, demand)
			p.goOn(ctx)
			return err
		}
	case prepareToDrain:
		return p.drain(ctx)
	case drained:
		p.cancelAll(p.worker)
		p.emitAgain(ctx) // nobody takes what came back meanwhile
	}
	return p.drainedIfEmpty(ctx)
}

// goOn gives the demand that was held back to the source, a message for each.
func (p *producer[In]) goOn(ctx *stage.Context[delivery[In]]) {
	if len(p.demands) > 0 && !p.closed && !p.paused {
		stage.Info(ctx.Self(), nextDemand)
	}
}

// emitAgain emits messages that were taken back from dead workers, or are to be
// tried again, as far as they are asked for: the buffer is for what the source
// brings unasked. They have passed the limit once.
func (p *producer[In]) emitAgain(ctx *stage.Context[delivery[In]]) {
	if p.ended { // nobody will take them any more
		p.fail(p.slot.ledger.collect(p.id, math.MaxInt), ErrStopping)
		return
	}
	p.emitUpTo(ctx, p.dispatcher.Capacity())
}

// emitUpTo emits up to n of them.
func (p *producer[In]) emitUpTo(ctx *stage.Context[delivery[In]], n int) (emitted int) {
	if p.slot.ledger.returned.Load() == 0 {
		return 0
	}
	again := p.slot.ledger.collect(p.id, n)
	ctx.EmitAll(again)
	p.recallIfDead()
	return len(again)
}

// drain stops the source and lets go of what is held back.
func (p *producer[In]) drain(ctx *stage.Context[delivery[In]]) error {
	if p.draining { // it has been told before
		return p.drainedIfEmpty(ctx)
	}
	err := p.inner.drain()
	p.draining = true
	p.until = time.Now().Add(sourcePatience)
	p.demands = nil
	p.release(ctx)
	if err != nil {
		return err
	}
	return p.drainedIfEmpty(ctx)
}

// drainedIfEmpty puts the end behind the last message.
func (p *producer[In]) drainedIfEmpty(ctx *stage.Context[delivery[In]]) error {
	switch {
	case !p.draining || p.ending || len(p.queue)+len(p.pushed) > 0 || p.slot.ledger.returned.Load() > 0:
	case p.inner.busy() && time.Now().Before(p.until):
		if !p.looking {
			p.looking = true
			time.AfterFunc(sourceInterval, func() { p.slot.tell(lookAtSource) })
		}
	default:
		p.ending = true
		stage.AsyncInfo(ctx.Self(), drained)
	}
	return nil
}

// A drain waits for a fetch that is under way, which has been told to end, but
// no longer than this.
const (
	sourceInterval = 5 * time.Millisecond
	sourcePatience = 100 * time.Millisecond
)

// push is messages that come from outside: they pass whatever the limit.
type push[In any] struct{ messages []Message[In] }

// HandleCall implements stage.CallHandler: it takes what is pushed.
func (p *producer[In]) HandleCall(ctx *stage.Context[delivery[In]], m push[In], _ stage.Caller[error]) (error, error) {
	if p.draining {
		return ErrStopping, nil
	}
	if len(m.messages) == 0 {
		return nil, nil
	}
	p.pushed = p.enter(m.messages, p.pushed)
	p.release(ctx)
	return nil, nil
}

// HandleSubscribe implements stage.SubscribeHandler.
func (p *producer[In]) HandleSubscribe(_ *stage.Context[delivery[In]], _ stage.Role, sub stage.Subscription, _ stage.SubscribeOptions) (stage.SubscriptionMode, error) {
	p.added(p.worker, sub)
	return stage.Automatic, nil
}

// HandleCancel implements stage.CancelHandler.
func (p *producer[In]) HandleCancel(_ *stage.Context[delivery[In]], kind stage.CancelKind, sub stage.Subscription, _ error) error {
	p.removed(p.worker, kind, sub)
	return nil
}

// HandleDiscarded implements stage.DiscardedHandler: what does not fit into the
// buffer has failed.
func (p *producer[In]) HandleDiscarded(_ *stage.Context[delivery[In]], dropped []delivery[In]) {
	if p.active() {
		p.emit(p.ctx, telemetry.Discarded{Component: p.component, Events: len(dropped)})
	}
	p.fail(dropped, ErrDiscarded)
}

// fail fails messages that this producer has.
func (p *producer[In]) fail(deliveries []delivery[In], reason error) {
	p.slot.ledger.fail(p.ctx, deliveries, p.id, because(reason))
}

// Terminate implements stage.Terminator.
func (p *producer[In]) Terminate(ctx *stage.Context[delivery[In]], reason error) {
	p.inner.Terminate(ctx, reason)
}

// sees notes what leaves for which processor, before it does.
func (p *producer[In]) sees(to *process.PID, message any) {
	m, ok := message.(*stage.Events[delivery[In]])
	if !ok {
		return
	}
	holder := p.holders[to]
	for _, d := range m.Events {
		d.entry.move(d.epoch, waiting, p.id, sent, holder)
	}
}

// dispatch makes the dispatcher, of which the producer wants to know its
// capacity, and when that may have changed.
func (p *producer[In]) dispatch(cfg dispatcher.Config) (dispatcher.Dispatcher[delivery[In]], error) {
	d, err := p.slot.dispatch()(cfg)
	if err != nil {
		return nil, err
	}
	p.dispatcher = &asking[delivery[In]]{d, func() {
		if p.slot.ledger.returned.Load() > 0 {
			p.slot.tell(emitAgain)
		}
	}}
	return p.dispatcher, nil
}
