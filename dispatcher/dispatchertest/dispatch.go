package dispatchertest

import (
	"slices"

	"github.com/stagecraft-go/stagecraft/dispatcher"
)

// dispatch offers events and accounts for each of them.
func (s *stage) dispatch(events []int) {
	s.note("dispatch %v", events)
	capacity := s.d.Capacity()
	for _, event := range events {
		s.inside[event] = true
	}
	given := slices.Clip(slices.Clone(events))
	_, passing := s.d.(dispatcher.Passing)
	_, reads := s.d.(dispatcher.ReadOnly)
	s.dispatches++
	s.lent = reads && s.dispatches%2 == 0
	left, discarded := s.d.Dispatch(given)
	left = slices.Clone(left)
	after := slices.Clone(given)
	if passing && !s.setup.Copies {
		clear(given) // as a stage does that recycles it
	}
	s.note("left %v, discarded %d", left, discarded)
	s.takeBack(left)
	if s.lent && !slices.Equal(after, events) {
		s.fail("events %v, which may be somebody else's, have become %v", events, after)
	}
	s.lent = false
	if s.calm && len(left) > 0 {
		s.fail("%d events left that the dispatcher has asked for: it asks for more than its consumers do", len(left))
	}

	taken := len(events) - len(left)
	placed := taken - discarded
	if discarded < 0 || placed < 0 {
		s.fail("%d events left and %d discarded of %d", len(left), discarded, len(events))
	}
	if placed > capacity || len(left) > 0 && placed != capacity {
		s.fail("placed %d of %d events, capacity was %d", placed, len(events), capacity)
	}
	s.buffer = append(left, s.buffer...)
	s.discarded += discarded
	if s.setup.Copies {
		s.checkCopies(events[:taken], placed)
	}
	// What is asked again for discarded events comes from the buffer first.
	s.demand(min(discarded, s.d.Capacity()))
}

// sent accounts for an event that a consumer got.
func (s *stage) sent(event int) {
	if !s.inside[event] {
		s.fail("event %d is sent, but the dispatcher does not have it", event)
	}
	if s.late[event] {
		s.fail("event %d is sent after an info that came behind it", event)
	}
	if !s.setup.Copies {
		delete(s.inside, event)
	}
}

// takeBack accounts for what the dispatcher returned.
func (s *stage) takeBack(left []int) {
	if !slices.IsSorted(left) {
		s.fail("the leftover %v is out of order", left)
	}
	for _, event := range left {
		if !s.inside[event] {
			s.fail("event %d is sent, and left as well", event)
		}
		delete(s.inside, event)
	}
}

// checkCopies accounts for the events of one dispatch, which all got.
func (s *stage) checkCopies(events []int, placed int) {
	for _, c := range s.places {
		if c == nil {
			continue
		}
		if !c.cancelled && c.received+c.rejected != placed {
			s.fail("%s got %d and rejected %d of %d events", c.name, c.received, c.rejected, placed)
		}
		c.received, c.rejected = 0, 0
	}
	for _, event := range events {
		delete(s.inside, event)
	}
	s.discarded = 0
}

// checkCounts finds events that got lost, and dispatchers that wait for events
// that upstream was not asked for.
func (s *stage) checkCounts() {
	if missing := len(s.inside) - s.discarded - s.queued(); missing != 0 {
		s.fail("%d events were neither sent nor left, %d were discarded and %d are queued",
			len(s.inside), s.discarded, s.queued())
	}
	if n := s.d.Capacity(); n < 0 || n > s.owed+len(s.buffer) {
		s.fail("capacity is %d, but upstream owes %d and the buffer has %d", n, s.owed, len(s.buffer))
	}
}
