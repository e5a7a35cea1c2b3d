package trace

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/stagecraft-go/stagecraft/internal/enum"
	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/stage"
)

// Timeline is what a [Recorder] has recorded up to a moment.
type Timeline struct {
	// Stages are the names of all who take part: first those that are watched,
	// in the order of the calls of Watch and Attach, then the others.
	Stages []string
	// Entries are in the order of their times; at the same time in the order of
	// cause and effect, and then of their stages. Entries of one stage are in
	// the order in which it did that.
	Entries []Entry
	// Dropped is the number of older entries that are no longer there.
	Dropped int
	// Untimed says that the times mean nothing.
	Untimed bool
}

// Entry is one message, or one thing that a stage does by itself.
type Entry struct {
	// At is when it happened, since the recorder was made. A message happens
	// when it is sent; if its sender is not watched, when it is taken.
	At time.Duration
	// Kind is 0 for a [Recorder.Note], whose text is Values.
	Kind stage.ObservationKind
	// From sends the message, or does what Kind says.
	From string
	// To is who the message is for; "" if it is none.
	To string
	// Subscription is a number from 1, or 0 if it is about none.
	Subscription int
	// N is the number of events that it is about.
	N int
	// Values are the first and the last of these events.
	Values string
	// MaxDemand, MinDemand and Cancel are the options of a subscribe message;
	// all are 0 from plain actors that do not give any.
	MaxDemand, MinDemand int
	Cancel               stage.CancelMode
	// Mode is the demand mode that is set.
	Mode stage.DemandMode
	// Reason is why a subscription or a stage has ended.
	Reason string
	// Levels are those behind it, -1 where they are not known: Demand and
	// Buffered of the producer, InFlight of the consumer.
	stage.Levels
	// Receipt says what has become of a message, and Taken when it was taken.
	Receipt Receipt
	Taken   time.Duration
}

// Receipt says what has become of a message.
type Receipt uint8

const (
	// Unknown: the receiver is not watched, or was not when it was sent. Also of
	// what is no message.
	Unknown Receipt = iota
	// Taken: the receiver has taken it out of its mailbox.
	Taken
	// Waiting: it is on its way, or in the mailbox.
	Waiting
	// Lost: the receiver has ended without taking it.
	Lost
)

func (r Receipt) String() string {
	return enum.Name(r, "unknown", "taken", "waiting", "lost")
}

// Timeline is what was recorded up to now.
func (r *Recorder) Timeline() Timeline {
	r.mu.Lock()
	defer r.mu.Unlock()
	t := Timeline{Dropped: r.dropped, Untimed: r.untimed}
	records := slices.SortedFunc(slices.Values(r.records), compare)
	names := r.names(records)
	for _, l := range names.order {
		t.Stages = append(t.Stages, names.of[l])
	}
	refs := make(map[*process.Ref]int)
	for _, e := range records {
		if e.ref != nil && refs[e.ref] == 0 {
			refs[e.ref] = len(refs) + 1
		}
		entry := e.Entry
		entry.From, entry.To, entry.Subscription = names.of[e.from], names.of[e.to], refs[e.ref]
		if entry.Receipt == Unknown {
			entry.Receipt = e.receipt()
		}
		t.Entries = append(t.Entries, entry)
	}
	return t
}

// compare puts records in an order that depends on what the stages did, and not
// on who of them had the processor first.
func compare(a, b *record) int {
	return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.clock, b.clock), compareLanes(a.by, b.by))
}

func compareLanes(a, b *lane) int {
	return cmp.Or(cmp.Compare(a.number, b.number), cmp.Compare(a.index, b.index))
}

// receipt is that of a message that was not seen to be taken.
func (e *record) receipt() Receipt {
	switch {
	case e.to == nil || !e.expected:
		return Unknown
	case e.to.ended:
		return Lost
	case !e.to.watched:
		return Unknown
	}
	return Waiting
}

// names are the names of processes, each its own, and their order.
type names struct {
	of    map[*lane]string
	order []*lane
	taken map[string]bool
}

func (r *Recorder) names(records []*record) *names {
	n := &names{of: make(map[*lane]string), taken: make(map[string]bool)}
	var watched []*lane
	for _, l := range r.lanes {
		if l.number > 0 {
			watched = append(watched, l)
		}
	}
	slices.SortFunc(watched, compareLanes)
	for _, l := range watched {
		n.add(l)
	}
	for _, e := range records {
		n.add(e.from)
		n.add(e.to)
	}
	return n
}

func (n *names) add(l *lane) {
	if l == nil || n.of[l] != "" {
		return
	}
	text, prefix := l.name, l.name+"#"
	if text == "" {
		text, prefix = "peer 1", "peer "
	}
	for i := 2; n.taken[text]; i++ {
		text = fmt.Sprint(prefix, i)
	}
	n.taken[text] = true
	n.of[l] = text
	n.order = append(n.order, l)
}
