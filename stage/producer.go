package stage

import (
	"context"
	"fmt"
	"log/slog"

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
func (s *stage[Out]) handleSubscribeRequest(m *subscribeRequest) error {
	sub, err, stop := s.subscribeTo(m.upstream, m.replaces)
	if m.reply == nil {
		return stop
	}
	answer := func() { s.reply(func() { m.reply.Answer(sub, err) }) }
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
func (s *stage[Out]) subscribeTo(up upstream, replaces *Replacement) (sub Subscription, err, stop error) {
	switch {
	case s.role == RoleProducer:
		s.log().Error(logSubscribeNotAConsumer)
		return sub, ErrNotAConsumer, nil
	case up.eventType != s.in.eventType():
		return sub, fmt.Errorf("%w: source %T for a stage of %s", ErrWrongEventType, up.source, s.in), nil
	}
	options, err := up.options()
	if err != nil {
		s.log().Error(logInvalidSubscribeOption, "error", err)
		return sub, err, nil
	}
	ref := process.NewRef()
	pid, ok := up.source.resolve()
	if !ok {
		sub = s.tag(nil, ref)
		if options.Cancel == Temporary {
			return sub, nil, nil
		}
		s.log().Error(logProducerNotAlive)
		return sub, nil, process.NoProc
	}
	if system := systemOf(up.source); system != nil && system != s.system {
		s.log().Error(logInvalidSubscribeOption, "error", ErrOtherSystem)
		return sub, ErrOtherSystem, nil
	}
	s.self.MonitorWith(ref, pid)
	s.send(pid, &Subscribe{
		From: s.self.PID(), Ref: ref, Options: options, Replaces: replaces,
		eventType: up.eventType, recycles: s.recycle, reads: s.readOnly,
	})
	if err := s.addProducer(pid, ref, options); err != nil {
		return sub, nil, err
	}
	return s.tag(pid, ref), nil, nil
}

// addProducer lets the behaviour choose the mode and asks for the first events.
func (s *stage[Out]) addProducer(pid *process.PID, ref *process.Ref, options SubscribeOptions) error {
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
func (s *stage[Out]) ask(p *producer, n int) {
	if n <= 0 {
		return
	}
	ask := p.askFor(s.self.PID(), n)
	if s.watch != nil {
		ask = s.watch.asks(p, ask)
	}
	s.sendLast(p.Peer, ask)
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
func (s *stage[Out]) handleEvents(m list) error {
	_, ref := m.origin()
	p := s.producer(ref)
	if s.watch != nil {
		s.watch.takesFrom(p, m)
	}
	if p == nil {
		s.refuseEvents(m, ErrUnknownSubscription)
		return nil
	}
	if s.role == RoleProducerConsumer && (s.queue.count > 0 || !s.wants()) {
		s.queue.push(queued{events: m})
		return s.processQueue()
	}
	err := s.receive(p, m)
	s.done(m)
	return err
}

// producer is a living subscription, mostly the same as last time.
func (s *stage[Out]) producer(ref *process.Ref) *producer {
	if s.latest == nil || s.latest.ref != ref {
		s.latest, _ = s.producers.Get(ref)
	}
	return s.latest
}

// refuseEvents cancels a subscription that is not ours.
func (s *stage[Out]) refuseEvents(m list, reason error) {
	from, ref := m.origin()
	s.send(from, &Cancel{From: s.self.PID(), Ref: ref, Reason: reason})
}

// receive gives a list to the behaviour: in one piece on a manual subscription,
// else in batches of max-min, each followed by an ask where the events in
// flight have sunk to min.
func (s *stage[Out]) receive(p *producer, m list) error {
	sub := s.tag(p.PID(), p.ref)
	if p.manual {
		if s.watch != nil {
			s.watchBatch(m, 0, m.size(), -1)
		}
		return s.receiveBatch(m, 0, m.size(), sub)
	}
	size, owed := m.size(), p.pending
	if size > owed {
		p.logExcess(s.log(), size)
	}
	for from := 0; from < size && s.self.Alive(); {
		n, ask := p.batch(size-from, &owed)
		if s.watch != nil {
			s.watchBatch(m, from, from+n, p.pending-ask)
		}
		if err := s.receiveBatch(m, from, from+n, sub); err != nil {
			return err
		}
		s.ask(p, ask)
		from += n
	}
	return nil
}

func (s *stage[Out]) receiveBatch(m list, from, to int, sub Subscription) error {
	s.self.Release()
	s.incoming, _ = m.home().(*block[Out])
	if s.role == RoleProducerConsumer {
		s.prepare(to - from)
	}
	own := s.role == RoleProducerConsumer && !s.readOnly // it may pass them on
	return s.emitAfter(s.in.handle(m, from, to, own, sub))
}

// done gives back what carried a list of events.
func (s *stage[Out]) done(m list) {
	s.incoming = nil
	m.done(s.recycle)
}

// handleProducerGone ends a subscription on the consumer's side.
func (s *stage[Out]) handleProducerGone(ref *process.Ref, kind CancelKind, reason error) error {
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
		s.queue.push(queued{ended: end})
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
func (s *stage[Out]) endSubscription(e *ended) error {
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
	if s.quiet || process.Orderly(e.reason) {
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
