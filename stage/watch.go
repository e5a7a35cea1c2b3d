package stage

import (
	"math"
	"runtime/debug"
	"sync/atomic"

	"github.com/stagecraft-go/stagecraft/process"
)

// watch is one stage under the eyes of one observer. A stage that nobody
// observes has none.
type watch struct {
	observer Observer
	self     *process.Self // set when it begins
	over     atomic.Bool
}

// observeRequest begins the observation of a running stage.
type observeRequest struct {
	watch *watch
	reply *process.Reply[None]
}

// unobserveRequest ends it.
type unobserveRequest struct{ watch *watch }

func (s *producing[Out]) handleObserve(m *observeRequest) {
	if s.watch != nil && !s.watch.over.Load() {
		m.reply.Answer(None{}, ErrObserved)
		return
	}
	m.watch.begin(s.self)
	s.watchBy(m.watch)
	m.reply.Send(None{})
}

func (s *producing[Out]) handleUnobserve(m *unobserveRequest) {
	if s.watch == m.watch {
		s.watch.last(note(ObservedEnd))
		s.watchBy(nil)
	}
}

func (s *producing[Out]) watchBy(w *watch) {
	s.watch = w
	s.side.watch.Store(w)
}

func (w *watch) begin(self *process.Self) {
	if w != nil {
		w.self = self
		w.tell(note(ObservedBegin))
	}
}

// last tells the last that the observer hears.
func (w *watch) last(o Observation) {
	if w != nil {
		w.tell(o)
		w.over.Store(true)
	}
}

// tell calls the observer, whose failure is not the stage's. What a killed stage
// does in a callback that was abandoned has no effect, and is not told.
func (w *watch) tell(o Observation) {
	if w.over.Load() || !w.self.Alive() {
		return
	}
	o.Stage, o.watch = w.self.PID(), w
	returned := false
	defer func() {
		if !returned {
			w.failed(recover())
		}
	}()
	w.observer.Observe(o)
	returned = true
}

// failed is the end of an observer that panicked, or that ended the goroutine.
func (w *watch) failed(value any) {
	if w.over.Swap(true) {
		return
	}
	if value == nil {
		value = "runtime.Goexit"
	}
	w.self.Logger().Error(logObserverFailed, "value", value, "stack", string(debug.Stack()))
}

// stops tells of the end of a stage.
func (w *watch) stops(reason error) {
	o := note(ObservedStop)
	o.Reason = reason
	w.last(o)
}

// note is an observation without levels.
func note(kind ObservationKind) Observation { return Observation{Kind: kind, Levels: noLevels} }

// stamp is the number of a message, given when an observed stage sends it.
type stamp struct{ number uint32 }

// byDispatcher is the number of what the dispatcher of a producer says in the name
// of a consumer, which knows nothing of it.
const byDispatcher = math.MaxUint32

func (s *stamp) stamped() *stamp { return s }

var lastStamp atomic.Uint32

// next is the stamp of one more message.
func (s *stamp) next() {
	for {
		s.number = lastStamp.Add(1)
		if s.number != 0 && s.number != byDispatcher {
			return
		}
	}
}

// sends tells of a message that is about to leave. It may be called of nobody.
func (w *watch) sends(to *process.PID, message any, levels Levels) {
	if w == nil {
		return
	}
	o, stamp := describe(message)
	if stamp == nil {
		return
	}
	stamp.next()
	o.Sent, o.Peer, o.Message, o.Levels = true, to, stamp.number, levels
	w.tell(o)
}

// asks tells of an ask that is about to leave, and returns a copy to send: the
// one that is used again may be on its way. It may be called of nobody.
func (w *watch) asks(p *producer, ask *Ask) *Ask {
	if w == nil {
		return ask
	}
	ask = &Ask{From: ask.From, Ref: ask.Ref, N: ask.N}
	w.sends(p.PID(), ask, p.levels())
	return ask
}

// takes tells of a message that has come. It may be called of nobody.
func (w *watch) takes(message any, levels Levels) {
	if w == nil {
		return
	}
	o, stamp := describe(message)
	if stamp == nil {
		return
	}
	o.Levels = levels
	if stamp.number != byDispatcher {
		o.Message = stamp.number
	}
	w.tell(o)
}

// takesFrom tells of a list of events that has come from a producer, or from nobody.
func (w *watch) takesFrom(p *producer, m list) { w.takes(m, p.levels()) }

// describe is the observation of a message, from the receiver's side. The stamp
// is nil for what is no message of the protocol, or an empty one.
func describe(message any) (o Observation, _ *stamp) {
	switch m := message.(type) {
	case *Ask:
		o = note(ObservedAsk)
		if m.number == byDispatcher {
			o.Kind = ObservedAskAgain
		}
		o.Peer, o.Ref, o.N = m.From, m.Ref, m.N
		return o, &m.stamp
	case list:
		o = m.describe(ObservedEvents, 0, m.size())
		return o, m.stamped()
	case *Subscribe:
		o = note(ObservedSubscribe)
		o.Peer, o.Ref, o.Options = m.From, m.Ref, m.Options
		return o, &m.stamp
	case *Cancel:
		o = note(ObservedCancel)
		o.Peer, o.Ref, o.Reason = m.From, m.Ref, orNormal(m.Reason)
		return o, &m.stamp
	case *Canceled:
		o = note(ObservedCanceled)
		o.Peer, o.Ref, o.Reason = m.From, m.Ref, orNormal(m.Reason)
		return o, &m.stamp
	}
	return o, nil
}

// describe is an observation of some of the events.
func (m *Events[T]) describe(kind ObservationKind, from, to int) Observation {
	o := note(kind)
	o.Peer, o.Ref, o.N = m.From, m.Ref, to-from
	events := m.Events[from:to]
	o.values = func() string { return sample(events) }
	return o
}

// isDown tells of the death of the other side of a subscription.
func (w *watch) isDown(m *process.Down) {
	if w != nil {
		o := note(ObservedDown)
		o.Peer, o.Ref, o.Reason = m.PID, m.Ref, m.Reason
		w.tell(o)
	}
}

// switches tells of a [SetDemand] that has come, from whomever.
func (w *watch) switches(mode DemandMode) {
	if w != nil {
		o := note(ObservedSetDemand)
		o.Mode = mode
		w.tell(o)
	}
}

// handles tells of a batch that is about to be handled.
func (w *watch) handles(m list, from, to int, levels Levels) {
	o := m.describe(ObservedHandleEvents, from, to)
	o.Levels = levels
	w.tell(o)
}

// watchEvents tells of events that are about to leave.
func (c *consumer[Out]) watchEvents(m *Events[Out]) { c.stage.watch.sends(c.PID(), m, c.levels()) }

// watchAsk tells of an ask that has come.
func (c *consumer[Out]) watchAsk(m *Ask) { c.stage.watch.takes(m, c.levels()) }

// watchBatch tells of a batch that is about to be handled, while so many events
// of its subscription are in flight.
func (s *stage[Out]) watchBatch(m list, from, to, inFlight int) {
	l := s.levels()
	l.InFlight = inFlight
	s.watch.handles(m, from, to, l)
}

// watchCount tells of what the stage does with n events.
func (s *producing[Out]) watchCount(kind ObservationKind, n int) {
	o := note(kind)
	o.N, o.Levels = n, s.levels()
	s.watch.tell(o)
}

// watchBuffer tells of events that have found no place, when so many were in the
// buffer before.
func (s *producing[Out]) watchBuffer(before int) {
	if n := s.buffered() - before; n > 0 {
		s.watchCount(ObservedBuffer, n)
	}
}

// levels are those of the whole stage.
func (s *producing[Out]) levels() Levels {
	if s.dispatcher == nil {
		return noLevels
	}
	return Levels{s.dispatcher.Capacity(), s.buffered(), -1}
}

// levels are those of one subscription.
func (c *consumer[Out]) levels() Levels { return Levels{c.open, c.stage.buffered(), -1} }

// levels are those of one subscription; it may be asked of nobody.
func (p *producer) levels() Levels {
	l := noLevels
	if p != nil && !p.manual {
		l.InFlight = p.pending
	}
	return l
}
