package dispatchertest

import (
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"testing"

	"github.com/stagecraft-go/stagecraft/dispatcher"
)

// stage does to the dispatcher what a stage would do.
type stage struct {
	t     testing.TB
	d     dispatcher.Dispatcher[int]
	setup Setup

	places  []*consumer // nil where nobody is
	mail    []func()    // the mailbox
	buffer  []int       // events that came back
	owed    int         // what upstream has been asked for and not given
	calm    bool        // nobody has come late or left, and nothing came unasked
	infos   []*info
	shared  []shared
	lent    bool // what is being dispatched may be somebody else's, as every second time
	history []string
	next    int // event

	dispatches int

	inside    map[int]bool // events given and neither sent nor returned
	late      map[int]bool // events of them that must not be sent any more
	discarded int          // how many of them were discarded
}

// info is a message that has to wait for the events held when it came.
type info struct {
	behind    []int
	delivered bool
}

func newStage(t testing.TB, factory dispatcher.Factory[int], setup Setup) *stage {
	t.Helper()
	d, err := factory(dispatcher.Config{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	return &stage{
		t: t, d: d, setup: setup,
		places: make([]*consumer, setup.consumers()),
		inside: map[int]bool{},
		late:   map[int]bool{},
	}
}

// begin fills all places.
func (s *stage) begin() {
	for place := range s.places {
		s.subscribe(place)
	}
	s.calm = true
}

// calmStep is a step as long as nobody comes or goes, and upstream brings no more
// than it is asked for.
func (s *stage) calmStep(op byte, arg int) {
	switch op %= 100; {
	case op < 40:
		s.ask(s.places[arg%len(s.places)], arg/len(s.places)%12)
	case op < 80 && s.owed > 0:
		s.produce(1 + arg%s.owed)
	case len(s.mail) > 0:
		s.readMail()
	}
	s.checkCounts()
}

func (s *stage) step(op byte, arg int) {
	place := arg % len(s.places)
	c := s.places[place]
	switch op %= 100; {
	case op < 10 && c == nil:
		s.subscribe(place)
	case op < 5 && c != nil:
		s.cancel(c)
	case op < 45 && c != nil:
		s.ask(c, arg/len(s.places)%12)
	case op < 80 && s.owed > 0:
		s.produce(1 + arg%s.owed)
	case op < 83 && len(s.buffer) < 30:
		s.produce(1 + arg%8) // more than was asked for
	case op < 88:
		s.info()
	case len(s.mail) > 0:
		s.readMail()
	}
	s.checkCounts()
}

func (s *stage) readMail() {
	message := s.mail[0]
	s.mail = s.mail[1:]
	message()
}

func (s *stage) subscribe(place int) {
	c := &consumer{stage: s, name: fmt.Sprint("c", place), place: place}
	s.note("%s subscribes", c.name)
	n, err := s.d.Subscribe(c, s.setup.options(place))
	if err != nil {
		s.fail("subscription refused: %v", err)
	}
	s.places[place] = c
	s.demand(n)
}

func (s *stage) cancel(c *consumer) {
	if c.gone {
		return
	}
	s.note("%s cancels", c.name)
	s.calm = false
	n := s.d.Cancel(c)
	c.gone = true
	s.places[c.place] = nil
	s.demand(n)
}

func (s *stage) ask(c *consumer, n int) {
	if c.gone {
		return
	}
	s.note("%s asks for %d", c.name, n)
	c.credit += n
	s.demand(s.d.Ask(c, n))
}

// demand serves from the buffer and asks upstream for the rest.
func (s *stage) demand(n int) {
	if n < 0 {
		s.fail("demand of %d", n)
	}
	k := min(n, len(s.buffer))
	s.owed += n - k
	if k > 0 {
		events := s.buffer[:k:k]
		s.buffer = s.buffer[k:]
		s.dispatch(events)
	}
}

// produce is upstream. New events queue behind the buffer.
func (s *stage) produce(n int) {
	s.owed -= min(n, s.owed)
	events := s.buffer
	s.buffer = nil
	for range n {
		s.next++
		events = append(events, s.next)
	}
	s.dispatch(events)
}

func (s *stage) info() {
	i := &info{behind: slices.Collect(maps.Keys(s.inside))}
	s.infos = append(s.infos, i)
	s.note("info")
	s.d.Info(func() {
		s.note("info is delivered")
		if i.delivered {
			s.fail("an info is delivered twice")
		}
		i.delivered = true
		for _, event := range i.behind {
			s.late[event] = true
		}
	})
}

func (s *stage) queued() int { return dispatcher.Queued(s.d) }

// finish lets everybody come and ask, until nothing waits.
func (s *stage) finish() {
	for range 100 {
		s.askAll()
		s.checkCounts()
		if s.queued() == 0 && len(s.buffer) == 0 && len(s.mail) == 0 && s.undelivered() == 0 {
			break
		}
	}
	if n := s.queued(); n > 0 {
		s.fail("%d events never come out of the dispatcher", n)
	}
	if n := s.undelivered(); n > 0 {
		s.fail("%d infos are never delivered", n)
	}
	s.checkShared()
}

func (s *stage) askAll() {
	for place, c := range s.places {
		if c == nil {
			s.subscribe(place)
		}
		s.ask(s.places[place], 1+s.queued())
	}
	for n := len(s.mail); n > 0; n-- {
		s.readMail()
	}
}

func (s *stage) undelivered() (n int) {
	for _, i := range s.infos {
		if !i.delivered {
			n++
		}
	}
	return n
}
