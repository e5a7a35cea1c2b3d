package supervisor

import "github.com/stagecraft-go/stagecraft/process"

// body is what of a child lives and dies: a process or a [Task].
type body interface {
	Done() <-chan struct{}
	Err() error
	Kill()

	// exit sends an exit signal from the supervisor.
	exit(from *process.Self, reason error)
}

// processBody is a body that is a process.
type processBody struct{ *process.Process }

func (b processBody) exit(from *process.Self, reason error) { from.Exit(b.Process, reason) }

// bodyOf is the body of a child, nil if it has none.
func bodyOf(child Child) body {
	if child == nil {
		return nil
	}
	if task, ok := child.(*Task); ok {
		if task == nil {
			return nil
		}
		return task
	}
	if p := child.Process(); p != nil {
		return processBody{p}
	}
	return nil
}

// pidOf is the address of a child, nil if it has none (yet).
func pidOf(b body) *process.PID {
	if p, ok := b.(processBody); ok {
		return p.PID()
	}
	return nil
}
