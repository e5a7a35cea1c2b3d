package stage

import (
	"errors"

	"github.com/stagecraft-go/stagecraft/dispatcher"
	"github.com/stagecraft-go/stagecraft/process"
)

// consumer is a subscription as its producer keeps it. It is what the
// dispatcher sees of it.
type consumer[Out any] struct {
	stage *producing[Out]
	process.Peer
	ref      *process.Ref // of the monitor, too
	recycles bool
	reads    bool // what is shared need not be copied for it
	open     int  // asked for and not sent
}

var _ dispatcher.Consumer[None] = (*consumer[None])(nil)

// Send sends events that nobody else has, unless the stage shares what it emits.
func (c *consumer[Out]) Send(events []Out) { c.sendOrCopy(events, c.stage.shared) }

// SendCopy sends a copy of events.
func (c *consumer[Out]) SendCopy(events []Out) {
	if !c.recycles {
		c.sendEvents(append(c.stage.pool.slabs.array(len(events)), events...), nil, false)
		return
	}
	copied, home := c.stage.array(len(events))
	copied = append(copied, events...)
	home.filled(copied)
	c.sendEvents(copied, home, false)
}

// SendShared sends events that others have too.
func (c *consumer[Out]) SendShared(events []Out) { c.sendOrCopy(events, true) }

// sendOrCopy keeps a slice of others from a consumer that may write to it.
func (c *consumer[Out]) sendOrCopy(events []Out, shared bool) {
	if c.stage.shared && !c.reads {
		c.SendCopy(events)
		return
	}
	c.sendEvents(events, c.homeOf(events), shared)
}

// homeOf is the block that events are a part of, or nil.
func (c *consumer[Out]) homeOf(events []Out) *block[Out] {
	if !c.stage.current.contains(events) {
		return nil
	}
	return c.stage.current.retain()
}

// sendEvents sends a list that has a hold on its block.
func (c *consumer[Out]) sendEvents(events []Out, home *block[Out], shared bool) {
	m := c.stage.pool.message()
	m.From, m.Ref, m.Events, m.Shared, m.block = c.stage.self.PID(), c.ref, events, shared, home
	c.open -= len(events)
	if c.stage.watch != nil {
		c.watchEvents(m)
	}
	c.stage.sendLast(c.Peer, m)
}

// AskAgain is a message of the stage to itself.
func (c *consumer[Out]) AskAgain(n int) {
	c.stage.self.Process().Send(&Ask{From: c.PID(), Ref: c.ref, N: n, stamp: stamp{byDispatcher}})
}

// Cancel is a message of the stage to itself.
func (c *consumer[Out]) Cancel(reason error) {
	c.stage.self.Process().Send(&Cancel{From: c.PID(), Ref: c.ref, Reason: reason, stamp: stamp{byDispatcher}})
}

// Process identifies the consumer's process.
func (c *consumer[Out]) Process() string { return c.PID().Address + "/" + c.PID().Id }

// handleSubscribe opens a subscription that a consumer asks for.
func (s *stage[Out]) handleSubscribe(m *Subscribe) error {
	if _, ok := s.consumers.Get(m.Ref); ok {
		s.log().Error(logDuplicatedSubscription, "ref", m.Ref.String())
		s.send(m.From, s.canceled(m.Ref, ErrDuplicatedSubscription))
		return nil
	}
	if _, ok := m.eventType.(*Out); m.eventType != nil && !ok {
		s.send(m.From, s.canceled(m.Ref, ErrWrongEventType))
		return nil
	}
	if m.Replaces != nil {
		if err := s.cancelConsumer(m.Replaces.Ref, ByCancel, m.Replaces.Reason); err != nil {
			return err
		}
	}
	c := s.addConsumer(m)
	if err := s.acceptConsumer(c, m.Options); err != nil {
		return err
	}
	demand, err := s.dispatcher.Subscribe(c, m.Options.Options)
	if errors.Is(err, dispatcher.ErrPartitionTaken) && !s.exact {
		// Maybe by one whose death is still in the mail: it has a successor.
		if stop := s.dropDead(c); stop != nil {
			return stop
		}
		demand, err = s.dispatcher.Subscribe(c, m.Options.Options)
	}
	if err != nil {
		if errors.Is(err, ErrAlreadySubscribed) {
			s.log().Error(logAlreadySubscribed, "consumer", c.Process())
		}
		return s.dropConsumer(c, ByCancel, err, false)
	}
	return s.afterDispatcher(demand)
}

// dropDead ends the subscriptions of consumers that are dead, but for one.
func (s *stage[Out]) dropDead(but *consumer[Out]) error {
	var dead []*consumer[Out]
	for _, c := range s.consumers.All() {
		if c != but && !s.system.Alive(c.PID()) {
			dead = append(dead, c)
		}
	}
	for _, c := range dead {
		if err := s.cancelConsumer(c.ref, ByDown, process.NoProc); err != nil {
			return err
		}
	}
	return nil
}

func (s *stage[Out]) addConsumer(m *Subscribe) *consumer[Out] {
	c := &consumer[Out]{stage: &s.producing, Peer: s.system.Peer(m.From), ref: m.Ref, recycles: m.recycles, reads: m.reads}
	s.self.MonitorWith(c.ref, m.From)
	s.consumers.Set(c.ref, c)
	if c.recycles {
		s.recycling++
	}
	return c
}

// acceptConsumer asks the behaviour.
func (s *stage[Out]) acceptConsumer(c *consumer[Out], opts SubscribeOptions) error {
	handler, ok := s.behaviour.(SubscribeHandler[Out])
	if !ok {
		return nil
	}
	s.self.Release()
	mode, err := handler.HandleSubscribe(&s.ctx, RoleConsumer, s.tag(c.PID(), c.ref), opts)
	if err != nil {
		return err
	}
	if mode != Automatic {
		return badReturn("HandleSubscribe for a consumer", mode.String(), "Automatic")
	}
	s.flush()
	return nil
}

// maxAsk is as good as endless.
const maxAsk = 1 << 40

// handleAsk takes demand of a consumer.
func (s *stage[Out]) handleAsk(m *Ask) error {
	c := s.asker
	if c == nil || c.ref != m.Ref {
		if c, _ = s.consumers.Get(m.Ref); c == nil {
			if s.watch != nil {
				s.watch.takes(m, noLevels)
			}
			s.send(m.From, s.canceled(m.Ref, ErrUnknownSubscription))
			return nil
		}
		s.asker = c
	}
	// What is asked for adds up in the dispatcher, and "all there is" must not
	// overflow.
	n := min(m.N, maxAsk)
	if m.number != byDispatcher { // else it was asked for before
		c.open += max(n, 0)
	}
	if s.watch != nil {
		c.watchAsk(m)
	}
	if n < 0 {
		return s.cancelConsumer(m.Ref, ByCancel, &OptionError{"Ask.N", "negative", "0 or more"})
	}
	return s.afterDispatcher(s.dispatcher.Ask(c, n))
}

// cancelConsumer ends a subscription, unless it is over already. The consumer
// is told before the behaviour, and the dispatcher last, since it may create
// demand and the behaviour must know by then.
func (s *stage[Out]) cancelConsumer(ref *process.Ref, kind CancelKind, reason error) error {
	c, ok := s.consumers.Get(ref)
	if !ok {
		return nil
	}
	return s.dropConsumer(c, kind, reason, true)
}

func (s *stage[Out]) dropConsumer(c *consumer[Out], kind CancelKind, reason error, dispatched bool) error {
	s.consumers.Delete(c.ref)
	s.asker = nil
	s.self.Demonitor(c.ref)
	if c.recycles {
		s.recycling--
	}
	if kind == ByCancel { // the dead need no message
		s.send(c.PID(), s.canceled(c.ref, reason))
	}
	if handler, ok := s.behaviour.(CancelHandler[Out]); ok {
		s.self.Release()
		if err := handler.HandleCancel(&s.ctx, kind, s.tag(c.PID(), c.ref), reason); err != nil {
			return err
		}
	}
	if s.exact {
		s.flush() // GenStage's dispatcher may still give them to the leaving consumer
	}
	demand := 0
	if dispatched {
		demand = s.dispatcher.Cancel(c)
	}
	s.flush() // what HandleCancel emits is for those who stay
	return s.afterDispatcher(demand)
}

// canceled is the message that ends a subscription for its consumer.
func (s *stage[Out]) canceled(ref *process.Ref, reason error) *Canceled {
	return &Canceled{From: s.self.PID(), Ref: ref, Reason: reason}
}
