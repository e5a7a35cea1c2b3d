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

// pidOf is the address of a child, nil if it has none (yet).
func pidOf(b body) *process.PID {
	if p, ok := b.(processBody); ok {
		return p.PID()
	}
	return nil
}
