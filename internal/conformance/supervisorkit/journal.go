package supervisorkit

import (
	"context"

	"github.com/stagecraft-go/stagecraft/process"
)

// journal is a process that writes down what happens. It monitors every other
// one, and monitors are told of an end before links: so the order of its mail is
// the order of events.
type journal struct {
	process *process.Process
	self    *process.Self
	watched map[*process.Ref]*member
	events  []Event
	seen    int // events ever
}

func newJournal(system *process.System) *journal {
	j := &journal{watched: make(map[*process.Ref]*member)}
	j.process = start(system, j)
	return j
}

// start starts a process that cannot fail to start.
func start(system *process.System, b process.Behaviour) *process.Process {
	p, err := system.Start(context.Background(), b)
	if err != nil {
		panic(err)
	}
	return p
}

// Init implements process.Behaviour.
func (j *journal) Init(self *process.Self) error {
	j.self = self
	return nil
}

// Handle implements process.Behaviour.
func (j *journal) Handle(_ *process.Self, msg any) error {
	switch m := msg.(type) {
	case Event:
		j.write(m)
	case *process.Down:
		j.died(j.watched[m.Ref], m.Reason)
	}
	return nil
}

// Terminate implements process.Behaviour.
func (j *journal) Terminate(*process.Self, error) {}

func (j *journal) write(e Event) {
	j.events = append(j.events, e)
	j.seen++
}

// died notes an end. A process that ended before it was watched has its reason
// still.
func (j *journal) died(m *member, reason error) {
	if reason == process.NoProc {
		<-m.process().Done()
		reason = m.process().Err()
	}
	j.write(Event{Kind: "died", Child: m.label, Reason: reasonOf(reason)})
}

// note adds an event.
func (j *journal) note(e Event) { j.process.Send(e) }

// watch notes the end of a member that has started.
func (j *journal) watch(m *member) {
	j.do(func() { j.watched[j.self.Monitor(m.process().PID())] = m })
}

// take returns the events since the last call.
func (j *journal) take() (events []Event) {
	j.do(func() { events, j.events = j.events, nil })
	return events
}

// length is how much has ever been written.
func (j *journal) length() (n int) {
	j.do(func() { n = j.seen })
	return n
}

// do runs f in the process.
func (j *journal) do(f func()) {
	if err := j.process.Inspect(context.Background(), f); err != nil {
		panic(err) // nobody ends the journal
	}
}
