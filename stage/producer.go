package stage

import (
	"context"
	"log/slog"
	"slices"

	"github.com/stagecraft-go/stagecraft/process"
)

// producer is a subscription as its consumer keeps it.
type producer struct {
	process.Peer
	ref    *process.Ref // also the ref of the monitor
	cancel CancelMode
	manual bool
	// pending is the number of events that are asked for and not yet here.
	pending, min, max int
	ask               *Ask // the last one sent: mostly the next is the same
}

// handleSubscribeRequest makes the stage subscribe to a producer.
func (s *stage[In, Out]) handleSubscribeRequest(m *subscribeRequest[In]) error {
	sub, err, stop := s.subscribeTo(m.source, m.replaces, m.options)
	if m.reply == nil {
		return stop
	}
	answer := func() { s.reply(func() { m.reply.Send(result[Subscription]{sub, err}) }) }
	switch {
	case stop == nil:
		answer()
	case sub.ref != nil:
		// A missing producer stops the stage, and the caller still gets the
		// subscription: it was made and has ended.
		s.lastWords = answer
	}
	return stop
}

// subscribeTo opens a subscription. err is for who asked for it, stop stops
// the stage.
func (s *stage[In, Out]) subscribeTo(source Source[In], replaces *Replacement, opts []SubscribeOption) (sub Subscription, err, stop error) {
	if s.role == RoleProducer {
		s.log().Error(logSubscribeNotAConsumer)
		return sub, ErrNotAConsumer, nil
	}
	options, err := newSubscribeOptions[In](opts)
	if err != nil {
		s.log().Error(logInvalidSubscribeOption, "error", err)
		return sub, err, nil
	}
	ref := process.NewRef()
	pid, ok := source.resolve()
	if !ok {
		sub = s.tag(nil, ref)
		if options.Cancel == Temporary {
			return sub, nil, nil
		}
		s.log().Error(logProducerNotAlive)
		return sub, nil, process.NoProc
	}
	if !livesIn(source, s.system) {
		s.log().Error(logInvalidSubscribeOption, "error", ErrOtherSystem)
		return sub, ErrOtherSystem, nil
	}
	s.self.MonitorWith(ref, pid)
	s.send(pid, &Subscribe{
		From: s.self.PID(), Ref: ref, Options: options, Replaces: replaces,
		eventType: (*In)(nil), recycles: s.recycle,
	})
	if err := s.addProducer(pid, ref, options); err != nil {
		return sub, nil, err
	}
	return s.tag(pid, ref), nil, nil
}

// livesIn tells whether a source, if it is a stage, belongs to a system.
func livesIn[T any](source Source[T], system *process.System) bool {
	s, ok := source.(interface{ Process() *process.Process })
	if !ok {
		return true
	}
	p := s.Process()
	return p == nil || p.System() == system
}

// addProducer lets the behaviour choose the mode and asks for the first events.
func (s *stage[In, Out]) addProducer(pid *process.PID, ref *process.Ref, options SubscribeOptions) error {
	p := newProducer(s.system, pid, ref, options)
	if handler, ok := s.behaviour.(SubscribeHandler[Out]); ok {
		s.self.Release()
		mode, err := handler.HandleSubscribe(&s.ctx, RoleProducer, s.tag(pid, ref), options)
		if err != nil {
			return err
		}
		if !validEnum(mode, 2) {
			return badReturn("HandleSubscribe for a producer", mode.String(), "Automatic or Manual")
		}
		p.manual = mode == Manual
		s.flush()
	}
	s.producers.Set(ref, p)
	if !p.manual {
		s.ask(p, p.max)
	}
	return nil
}

func newProducer(system *process.System, pid *process.PID, ref *process.Ref, options SubscribeOptions) *producer {
	p := &producer{Peer: system.Peer(pid), ref: ref, cancel: options.Cancel, min: options.MinDemand, max: options.MaxDemand}
	p.pending = p.max
	return p
}

// ask sends an ask for n events, if any.
func (s *stage[In, Out]) ask(p *producer, n int) {
	if n > 0 {
		s.sendLast(p.Peer, p.askFor(s.self.PID(), n))
	}
}

// askFor is an ask for n events. It is the last one again if that is the same.
func (p *producer) askFor(self *process.PID, n int) *Ask {
	if p.ask == nil || p.ask.N != n {
		p.ask = &Ask{From: self, Ref: p.ref, N: n}
	}
	return p.ask
}

// handleEvents takes a list of events: a consumer processes it, a
// producer_consumer queues it until there is demand.
func (s *stage[In, Out]) handleEvents(m *Events[In]) error {
	p := s.producer(m.Ref)
	if p == nil {
		s.refuseEvents(m, ErrUnknownSubscription)
		return nil
	}
	if s.role == RoleProducerConsumer && (s.queue.count > 0 || !s.wants()) {
		s.queue.push(queued[In]{events: m})
		return s.processQueue()
	}
	err := s.receive(p, m)
	s.done(m)
	return err
}

// producer is a living subscription, mostly the same as last time.
func (s *stage[In, Out]) producer(ref *process.Ref) *producer {
	if s.latest == nil || s.latest.ref != ref {
		s.latest, _ = s.producers.Get(ref)
	}
	return s.latest
}

// refuseEvents cancels a subscription that is not ours.
func (s *stage[In, Out]) refuseEvents(m anyEvents, reason error) {
	from, ref := m.origin()
	s.send(from, &Cancel{From: s.self.PID(), Ref: ref, Reason: reason})
}

// receive gives a list to the behaviour: in one piece on a manual subscription,
// else in batches of max-min, each followed by an ask where the events in
// flight have sunk to min.
func (s *stage[In, Out]) receive(p *producer, m *Events[In]) error {
	from := s.tag(p.PID(), p.ref)
	if p.manual {
		return s.receiveBatch(m, m.Events, from)
	}
	size := p.max - p.min
	if len(m.Events) > p.pending {
		logExcess(s.log(), p, len(m.Events), size)
	}
	owed := p.pending // of this list, what was asked for
	for events := m.Events; len(events) > 0 && s.self.Alive(); {
		n := min(size, len(events))
		ask := p.received(min(n, owed))
		owed -= min(n, owed)
		if err := s.receiveBatch(m, events[:n:n], from); err != nil {
			return err
		}
		s.ask(p, ask)
		events = events[n:]
	}
	return nil
}

// received counts n events and returns how many to ask for.
func (p *producer) received(n int) (ask int) {
	p.pending -= n
	if p.pending > p.min {
		return 0
	}
	ask = p.max - p.pending
	p.pending = p.max
	return ask
}

// logExcess warns of events beyond what was asked for, for each batch of them.
// They are processed, but do not count for new demand.
func logExcess(log *slog.Logger, p *producer, events, size int) {
	for owed := p.pending; events > 0; events -= size {
		n := min(size, events)
		if n > owed {
			log.Error(logExcessEvents, "events", n-owed, "producer", p.PID().Id)
		}
		owed = max(owed-n, 0)
	}
}

func (s *stage[In, Out]) receiveBatch(m *Events[In], batch []In, from Subscription) error {
	s.self.Release()
	if m.Shared && s.role == RoleProducerConsumer {
		batch = slices.Clone(batch) // it may be changed and passed on
	}
	s.incoming, _ = any(m.block).(*block[Out])
	if s.role == RoleProducerConsumer {
		s.prepare(len(batch))
	}
	return s.emitAfter(s.onEvents.HandleEvents(&s.ctx, batch, from))
}

// done gives back what carried a list of events.
func (s *stage[In, Out]) done(m *Events[In]) {
	s.incoming = nil
	if s.recycle {
		m.block.release()
	}
	s.inPool.put(m)
}

// handleProducerGone ends a subscription on the consumer's side.
func (s *stage[In, Out]) handleProducerGone(ref *process.Ref, kind CancelKind, reason error) error {
	p, ok := s.producers.Get(ref)
	if !ok {
		return nil
	}
	s.producers.Delete(ref)
	s.latest = nil
	s.self.Demonitor(ref)
	end := &ended{p, kind, reason}
	if s.role == RoleProducerConsumer && s.queue.count > 0 {
		// What came before the end is processed before it.
		s.queue.push(queued[In]{ended: end})
		return nil
	}
	return s.endSubscription(end)
}

// ended is the end of a subscription to a producer.
type ended struct {
	producer *producer
	kind     CancelKind
	reason   error
}

// endSubscription tells the behaviour, and stops the stage if the cancel mode
// says so.
func (s *stage[In, Out]) endSubscription(e *ended) error {
	if handler, ok := s.behaviour.(CancelHandler[Out]); ok {
		s.self.Release()
		err := s.emitAfter(handler.HandleCancel(&s.ctx, e.kind, s.tag(e.producer.PID(), e.producer.ref), e.reason))
		if err != nil {
			return err
		}
	}
	if !e.producer.cancel.stops(e.reason) {
		return nil
	}
	level := slog.LevelInfo
	if process.Orderly(e.reason) {
		level = slog.LevelDebug
	}
	s.log().Log(context.Background(), level, logStoppingAfterCancel, "producer", e.producer.PID().Id, "reason", e.reason)
	return e.reason
}

// stops tells whether the end of a subscription stops its consumer.
func (m CancelMode) stops(reason error) bool {
	switch {
	case reason == ErrAlreadySubscribed:
		return false
	case m == Permanent:
		return true
	}
	return m == Transient && !process.Orderly(reason)
}
