package stage

import (
	"fmt"

	"github.com/stagecraft-go/stagecraft/dispatcher"
	"github.com/stagecraft-go/stagecraft/internal/small"
	"github.com/stagecraft-go/stagecraft/process"
)

// stage is the process behind every kind of stage: it takes one message at a
// time from its mailbox and turns it into callbacks and messages.
type stage[Out any] struct {
	producing[Out]
	role Role

	in        inlet
	producers small.Map[*process.Ref, *producer]
	latest    *producer    // the last one that sent events
	queue     ring[queued] // of a producer_consumer
}

// Handle implements process.Behaviour.
func (s *stage[Out]) Handle(_ *process.Self, msg any) error {
	if m, ok := s.in.list(msg); ok {
		return s.handleEvents(m)
	}
	switch m := msg.(type) {
	case *Ask:
		if s.role == RoleConsumer {
			return s.refuseRole(logNotAProducer)
		}
		if m == nil || m.From == nil {
			return s.refuseRole(logIncomplete)
		}
		return s.handleAsk(m)
	case askUpstream:
		return s.askAgain(int(m))
	case delivery[Out]:
		return m.deliver(&s.producing)
	}
	return s.handleControl(msg)
}

// handleControl takes the messages that are rare.
func (s *stage[Out]) handleControl(msg any) error {
	switch m := msg.(type) {
	case *Subscribe:
		if s.role == RoleConsumer {
			return s.refuseRole(logNotAProducer)
		}
		if m == nil || m.From == nil || m.Ref == nil {
			return s.refuseRole(logIncomplete)
		}
		s.watch.takes(m, noLevels)
		return s.handleSubscribe(m)
	case *Cancel:
		if s.role == RoleConsumer {
			return s.refuseRole(logNotAProducer)
		}
		if m == nil {
			return s.refuseRole(logIncomplete)
		}
		if m.number != byDispatcher {
			s.watch.takes(m, noLevels)
		}
		return s.cancelConsumer(m.Ref, ByCancel, orNormal(m.Reason))
	case *Canceled:
		if s.role == RoleProducer {
			return s.refuseRole(logNotAConsumer)
		}
		if m == nil {
			return s.refuseRole(logIncomplete)
		}
		s.watch.takes(m, noLevels)
		return s.handleProducerGone(m.Ref, ByCancel, orNormal(m.Reason))
	case *process.Down:
		return s.handleDown(m)
	case *SetDemand:
		if m == nil {
			return s.refuseRole(logIncomplete)
		}
		s.watch.switches(m.Mode)
		return s.setDemand(m.Mode)
	case *getDemand:
		s.reply(func() { m.reply.Answer(s.demandMode()) })
		return nil
	case *getBuffered:
		count, err := s.estimateBuffered() // which may log something, before the reply
		s.reply(func() { m.reply.Answer(count, err) })
		return nil
	case *observeRequest:
		s.handleObserve(m)
		return nil
	case *unobserveRequest:
		s.handleUnobserve(m)
		return nil
	}
	return s.handleForeign(msg)
}

// handleForeign takes messages of other event types, and what is no message of
// ours at all.
func (s *stage[Out]) handleForeign(msg any) error {
	switch m := msg.(type) {
	case list:
		switch {
		case s.role == RoleProducer:
			return s.refuseRole(logNotAConsumer)
		case !m.complete():
			return s.refuseRole(logIncomplete)
		}
		s.watch.takes(m, noLevels)
		s.log().Error(logWrongEventType, "message", fmt.Sprintf("%T", msg))
		s.refuseEvents(m, ErrWrongEventType)
		return nil
	case *subscribeRequest:
		return s.handleSubscribeRequest(m)
	}
	if inner, ok := s.behaviour.(Adapter[Out]); ok {
		if taken, err := inner.tell(msg); taken {
			return err
		}
	}
	if m, ok := msg.(rejectable); ok {
		s.log().Error(logWrongEventType, "message", fmt.Sprintf("%T", msg))
		m.reject(s.wrongType(msg))
		return nil
	}
	return s.deliverUntyped(msg)
}

func (s *stage[Out]) wrongType(msg any) error {
	return fmt.Errorf("%w: message %T for a stage from %s to %T", ErrWrongEventType, msg, s.in, *new(Out))
}

// refuseRole drops a message that is not for a stage of this role, or not
// complete.
func (s *stage[Out]) refuseRole(text string) error {
	s.log().Error(text)
	return nil
}

func (s *stage[Out]) handleDown(m *process.Down) error {
	if _, ok := s.producers.Get(m.Ref); ok {
		s.watch.isDown(m)
		return s.handleProducerGone(m.Ref, ByDown, m.Reason)
	}
	if c, ok := s.consumers.Get(m.Ref); ok {
		s.watch.isDown(m)
		return s.cancelConsumer(c.ref, ByDown, m.Reason)
	}
	return s.handleForeign(m)
}

// askAgain takes demand for events that the dispatcher has discarded.
func (s *stage[Out]) askAgain(n int) error {
	if s.watch != nil {
		s.watchCount(ObservedAskAgain, n)
	}
	return s.afterDispatcher(n)
}

// afterDispatcher goes on after a call of the dispatcher that may have created
// demand.
func (s *stage[Out]) afterDispatcher(demand int) error {
	if err := s.serve(demand); err != nil {
		return err
	}
	if s.role == RoleProducerConsumer {
		return s.processQueue()
	}
	return nil
}

func (s *stage[Out]) estimateBuffered() (int, error) {
	if s.role == RoleConsumer {
		s.log().Error(logBufferedNotAProducer)
		return 0, ErrNotAProducer
	}
	count := s.buffer.estimate()
	if !s.exact {
		count += dispatcher.Queued(s.dispatcher)
	}
	return count, nil
}

// tag is the subscription as callbacks see it.
func (s *stage[Out]) tag(peer *process.PID, ref *process.Ref) Subscription {
	return Subscription{peer, ref, s.side}
}

// reply answers a request.
func (s *producing[Out]) reply(answer func()) {
	if s.onSend != nil {
		s.onSend(nil, nil)
	}
	answer()
}

// Terminate implements process.Behaviour.
func (s *stage[Out]) Terminate(_ *process.Self, reason error) {
	if s.lastWords != nil {
		defer s.lastWords()
	}
	s.watch.stops(reason)
	if handler, ok := s.behaviour.(Terminator[Out]); ok {
		handler.Terminate(&s.ctx, reason)
	}
}

// badReturn is the exit reason of a stage whose callback returned what it must
// not.
func badReturn(callback, value, allowed string) error {
	return fmt.Errorf("%w: %s returned %s, allowed is %s", ErrBadReturn, callback, value, allowed)
}
