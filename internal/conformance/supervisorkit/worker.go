package supervisorkit

import (
	"time"

	"github.com/stagecraft-go/stagecraft/process"
)

// worker is the behaviour of a scripted child.
type worker struct {
	journal *journal
	member  *member
}

// Messages to a worker.
type (
	leave struct{ reason error } // end by itself
	raise struct{}
)

// Init implements process.Behaviour.
func (w *worker) Init(self *process.Self) error {
	self.TrapExit(w.member.spec.Trap)
	return nil
}

// Handle implements process.Behaviour. A signal without a sender comes from
// somebody who has nothing to do with the worker.
func (w *worker) Handle(self *process.Self, msg any) error {
	switch m := msg.(type) {
	case leave:
		return m.reason
	case raise:
		panic("child")
	case *process.Exit:
		if m.From != nil {
			return w.shutDown(self, m.Reason)
		}
		w.note("exit_message", m.Reason)
	}
	return nil
}

// Terminate implements process.Behaviour.
func (w *worker) Terminate(_ *process.Self, reason error) {
	if !w.member.told.Load() {
		w.note("terminate", reason)
	}
}

// shutDown is the terminate callback of a worker that was told to end. In Go it
// is a part of Handle, which decides on the reason.
func (w *worker) shutDown(self *process.Self, reason error) error {
	w.member.told.Store(true)
	w.note("terminate", reason)
	killed := self.Context().Done()
	switch answer := w.member.spec.OnShutdown; {
	case answer.Exit != nil:
		return words().Err(*answer.Exit)
	case answer.Word == "raise":
		panic("child")
	case answer.Word == "stubborn":
		<-killed
	case answer.Sleep > 0:
		select {
		case <-time.After(time.Duration(answer.Sleep) * time.Millisecond):
		case <-killed:
		}
	}
	return reason
}

func (w *worker) note(kind string, reason error) {
	w.journal.note(Event{Kind: kind, Child: w.member.label, Reason: reasonOf(reason)})
}
