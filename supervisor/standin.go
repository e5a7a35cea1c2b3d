package supervisor

import (
	"context"

	"github.com/stagecraft-go/stagecraft/process"
)

// Process is a process that stands in for the task: it ends with the task and
// its reason, and the signals that it gets are the task's. The first call makes
// it.
func (t *Task) Process() *process.Process {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.standIn == nil {
		t.standIn = t.startStandIn()
	}
	return t.standIn
}

// startStandIn needs the lock.
func (t *Task) startStandIn() *process.Process {
	p, err := t.owner.System().Start(context.Background(), &standIn{t}, process.Unawaited())
	if err != nil {
		return nil // not with this context and these options
	}
	if t.reason != nil {
		p.Send(taskEnd{t.reason})
		return p
	}
	context.AfterFunc(p.Context(), t.Kill) // the stand-in was killed, unless the task has ended
	return p
}

// standIn is the behaviour of that process.
type standIn struct{ task *Task }

// taskEnd tells the stand-in that the task has ended.
type taskEnd struct{ reason error }

// Init implements process.Behaviour.
func (s *standIn) Init(self *process.Self) error {
	self.TrapExit(true)
	return nil
}

// Handle implements process.Behaviour.
func (s *standIn) Handle(_ *process.Self, msg any) error {
	switch m := msg.(type) {
	case taskEnd:
		return m.reason
	case *process.Exit:
		if m.Reason != process.Normal {
			s.task.tell(m.Reason)
		}
	}
	return nil
}

// Terminate ends the task when it is the stand-in that was stopped.
func (s *standIn) Terminate(self *process.Self, reason error) {
	s.task.tell(reason)
	select {
	case <-s.task.Done():
	case <-self.Process().Done(): // killed
	}
}
