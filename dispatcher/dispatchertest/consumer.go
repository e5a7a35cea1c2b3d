package dispatchertest

import (
	"fmt"
	"slices"
)

// consumer holds what the dispatcher sends against the contract.
type consumer struct {
	stage *stage
	name  string
	place int

	credit   int // what it asked for and has not got
	rejected int // what the dispatcher asked again, in one dispatch
	received int // events, in one dispatch
	last     int // the event it got last

	cancelled bool // by the dispatcher
	gone      bool
}

func (c *consumer) Process() string { return c.name }

// Send destroys the slice after it has looked at it, since a consumer may, unless
// what is dispatched is lent.
func (c *consumer) Send(events []int) {
	c.receive(events)
	if !c.stage.lent {
		clear(events[:cap(events)])
	}
}

// SendCopy leaves the slice alone: it is the dispatcher's.
func (c *consumer) SendCopy(events []int) { c.receive(events) }

func (c *consumer) SendShared(events []int) {
	c.receive(events)
	c.stage.shared = append(c.stage.shared, shared{events, slices.Clone(events)})
}

func (c *consumer) receive(events []int) {
	s := c.stage
	s.note("%s gets %v", c.name, events)
	c.credit -= len(events)
	c.received += len(events)
	if c.gone {
		s.fail("%s gets events after it was cancelled", c.name)
	}
	if c.credit < 0 {
		s.fail("%s gets %d events more than it asked for", c.name, -c.credit)
	}
	for _, event := range events {
		if event <= c.last {
			s.fail("%s gets event %d after %d", c.name, event, c.last)
		}
		c.last = event
		s.sent(event)
	}
}

func (c *consumer) AskAgain(n int) {
	s := c.stage
	s.note("%s asks again for %d", c.name, n)
	c.credit -= n
	c.rejected += n
	if n < 1 || c.credit < 0 {
		s.fail("AskAgain(%d) for %s, which has %d left", n, c.name, c.credit+n)
	}
	s.mail = append(s.mail, func() { s.ask(c, n) })
}

func (c *consumer) Cancel(reason error) {
	s := c.stage
	s.note("%s is cancelled: %v", c.name, reason)
	if reason == nil {
		s.fail("%s is cancelled without a reason", c.name)
	}
	c.cancelled = true
	s.mail = append(s.mail, func() { s.cancel(c) })
}

// shared is a slice that must stay as it was.
type shared struct{ events, copy []int }

func (s *stage) checkShared() {
	for _, sh := range s.shared {
		if !slices.Equal(sh.events, sh.copy) {
			s.fail("shared events %v have become %v", sh.copy, sh.events)
		}
	}
}

// note keeps the last operations, for the text of a failure.
func (s *stage) note(format string, args ...any) {
	const most = 30
	if len(s.history) == most {
		s.history = slices.Delete(s.history, 0, 1)
	}
	s.history = append(s.history, fmt.Sprintf(format, args...))
}

func (s *stage) fail(format string, args ...any) {
	s.t.Helper()
	text := fmt.Sprintf(format, args...)
	for _, line := range s.history {
		text += "\n\t" + line
	}
	s.t.Fatal(text)
}
