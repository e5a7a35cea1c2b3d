package stage

import (
	"log/slog"

	"github.com/stagecraft-go/stagecraft/dispatcher"
	"github.com/stagecraft-go/stagecraft/internal/small"
	"github.com/stagecraft-go/stagecraft/process"
)

// producing is the side of a stage that emits: its consumers, its dispatcher
// and its buffer. A pure consumer has one too, but nobody subscribes to it.
type producing[Out any] struct {
	settings
	self      *process.Self
	behaviour any
	ctx       Context[Out]
	watch     *watch // nil: nobody observes the stage
	side      *side  // of its Subscriptions

	consumers  small.Map[*process.Ref, *consumer[Out]]
	asker      *consumer[Out] // the last one that asked
	dispatcher dispatcher.Dispatcher[Out]
	buffer     buffer[Out]
	held       *accumulator[Out] // not nil while the mode is Accumulate
	// demand is what a producer_consumer may still process in exact mode. It
	// is kept apart from the dispatcher's, and GenStage's is off at times.
	demand int

	onDemand DemandHandler[Out]

	pool      *pool[Out]
	recycling int         // consumers that give slices back
	prepared  *block[Out] // home of the slice in ctx.out
	current   *block[Out] // home of what is being emitted
	incoming  *block[Out] // home of the events that HandleEvents has, if it emits their type
	counts    counts
	passing   bool                 // the dispatcher keeps no slice
	reading   bool                 // and writes to none
	handsOver bool                 // the last emitting callback used EmitOwned
	borrowed  bool                 // the slice in ctx.out is not the stage's alone
	shared    bool                 // nor is what is being emitted
	queueInfo func(deliver func()) // puts an info behind what the stage holds
	lastWords func()               // to do once Terminate has run
}

// serve passes upstream demand on: first the buffer, then the behaviour. It
// runs after every call of the dispatcher that can create demand.
func (s *producing[Out]) serve(demand int) error {
	if s.exact {
		return s.serveExact(demand)
	}
	if s.held != nil {
		s.holdDemand(demand)
		return nil
	}
	// The buffer goes out as far as the dispatcher can place it, which may be
	// more than the new demand: older demand may have been owed by consumers
	// that are gone, and was paid into the buffer.
	demand -= s.drain()
	if demand <= 0 || s.onDemand == nil {
		return nil
	}
	if s.watch != nil {
		s.watchCount(ObservedHandleDemand, demand)
	}
	return s.handleDemand(demand)
}

// serveExact takes from the buffer what has been newly asked for, even while
// demand is accumulated, when it ends up among the accumulated events.
func (s *producing[Out]) serveExact(demand int) error {
	if s.onDemand == nil { // a producer_consumer
		s.demand += demand
		s.takeFromBuffer(s.demand)
		return nil
	}
	rest := s.takeFromBuffer(demand)
	switch {
	case rest <= 0:
		return nil
	case s.held != nil:
		s.holdDemand(rest)
		return nil
	}
	if s.watch != nil {
		s.watchCount(ObservedHandleDemand, rest)
	}
	return s.handleDemand(rest)
}

func (s *producing[Out]) handleDemand(demand int) error {
	s.self.Release()
	s.prepare(demand)
	return s.emitAfter(s.onDemand.HandleDemand(&s.ctx, demand))
}

// drain dispatches buffered events as far as the dispatcher can place them. It
// returns their number.
func (s *producing[Out]) drain() (dispatched int) {
	for !s.buffer.empty() {
		capacity := s.dispatcher.Capacity()
		if capacity <= 0 {
			break
		}
		dispatched += capacity - s.takeOnce(capacity)
	}
	return dispatched
}

// takeFromBuffer dispatches up to demand buffered events and returns the rest
// of the demand.
func (s *producing[Out]) takeFromBuffer(demand int) int {
	for demand > 0 && !s.buffer.empty() {
		demand = s.takeOnce(demand)
	}
	return demand
}

// takeOnce takes up to the next info.
func (s *producing[Out]) takeOnce(demand int) (rest int) {
	n := s.buffer.next(demand)
	var events []Out
	var home *block[Out]
	if n > 0 {
		events, home = s.array(n)
	}
	due := s.buffer.take(events[:n])
	if n > 0 {
		home.filled(events[:n])
		s.emitFrom(home, false, events[:n])
	}
	for _, deliver := range due {
		s.dispatcher.Info(deliver)
	}
	return demand - n
}

// emitAfter emits what a callback has emitted, unless it stops the stage.
func (s *producing[Out]) emitAfter(err error) error {
	if err != nil {
		return err
	}
	s.flush()
	return nil
}

// flush emits what the last callback has collected.
func (s *producing[Out]) flush() {
	if len(s.ctx.out) == 0 {
		return
	}
	events, home, borrowed := s.ctx.out, s.prepared, s.borrowed
	s.ctx.out, s.prepared, s.borrowed = nil, nil, false
	s.counts.emit(len(events))
	home.filled(events)
	s.emitFrom(home, borrowed, events)
}

// emitFrom emits events that have a home, or none. What is done about those that
// find no place may emit others.
func (s *producing[Out]) emitFrom(home *block[Out], shared bool, events []Out) {
	outer, outerShared := s.current, s.shared
	s.current, s.shared = home, shared
	s.emit(events)
	s.current.release()
	s.current, s.shared = outer, outerShared
}

// emit dispatches events and buffers what nobody can take.
func (s *producing[Out]) emit(events []Out) {
	switch {
	case s.held != nil:
		s.held.events(events)
		s.current = nil // it must not go back to the pool
		if s.watch != nil {
			s.watchCount(ObservedHoldEvents, len(events))
		}
		return
	case s.dispatcher == nil:
		s.log().Error(logConsumerEmits, "events", len(events))
		return
	}
	before := 0
	if s.watch != nil {
		before = s.buffered()
	}
	leftover, discarded := s.dispatcher.Dispatch(events)
	s.demand = max(s.demand-(len(events)-len(leftover)), 0)
	// Events pushed beyond demand and discarded are owed to nobody.
	if again := min(discarded, s.dispatcher.Capacity()); again > 0 {
		s.send(s.self.PID(), askUpstream(again))
	}
	if len(leftover) > 0 {
		s.store(leftover)
	}
	if s.watch != nil {
		s.watchBuffer(before)
	}
}

// store buffers events.
func (s *producing[Out]) store(events []Out) {
	s.tellDiscarded(events)
	dropped, due := s.buffer.store(events)
	if dropped > 0 && s.watch != nil {
		s.watchCount(ObservedDiscard, dropped)
	}
	if dropped > 0 && s.warnOfDiscarded(dropped) {
		s.log().Warn(logDiscarded, "events", dropped)
	}
	for _, deliver := range due {
		s.dispatcher.Info(deliver)
	}
}

// tellDiscarded hands what the buffer is about to drop to the behaviour.
func (s *producing[Out]) tellDiscarded(events []Out) {
	handler, ok := s.behaviour.(DiscardedHandler[Out])
	if !ok || s.buffer.over(len(events)) == 0 {
		return
	}
	s.self.Release()
	handler.HandleDiscarded(&s.ctx, s.buffer.overflow(events))
}

func (s *producing[Out]) warnOfDiscarded(count int) bool {
	handler, ok := s.behaviour.(DiscardFormatter)
	if !ok {
		return true
	}
	s.self.Release()
	return handler.FormatDiscarded(count)
}

// askUpstream is a message of a stage to itself: so many events were emitted
// that no consumer wants, and are to be asked for again.
type askUpstream int

// send sends a message to another actor.
func (s *producing[Out]) send(to *process.PID, message any) {
	s.watch.sends(to, message, noLevels)
	if s.onSend != nil {
		s.onSend(to, message)
	}
	s.self.Send(to, message)
}

// sendLast sends a message that is mostly the last one before the stage waits
// for more. What goes on to a callback of the user releases it first.
func (s *producing[Out]) sendLast(to process.Peer, message any) {
	if s.onSend != nil {
		s.onSend(to.PID(), message)
	}
	s.self.SendLast(to, message)
}

// buffered counts the events that wait for demand.
func (s *producing[Out]) buffered() int { return s.buffer.estimate() + dispatcher.Queued(s.dispatcher) }

func (s *producing[Out]) log() *slog.Logger { return s.self.Logger() }
