package supervisorkit

import (
	"errors"

	"github.com/stagecraft-go/stagecraft/internal/conformance"
	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/supervisor"
)

// Reason is why a process ends.
type Reason = conformance.Reason

// words are the reasons of this kind of recording.
func words() conformance.Vocabulary { return conformance.Vocabulary{Term: termOf} }

// reasonOf is the reason that a Go value stands for.
func reasonOf(err error) *Reason {
	r := words().Reason(err)
	return &r
}

// termOf is the term of a reason that a supervisor made.
func termOf(err error) (term any, ok bool) {
	var start *supervisor.StartError
	var spec *supervisor.SpecError
	switch {
	case errors.As(err, &start):
		return entry{"failed_to_start_child": entry{"id": start.ID, "reason": reasonOf(start.Reason)}}, true
	case errors.As(err, &spec):
		return refusal(spec), true
	}
	return nil, false
}

// refusal is what is wrong with an option or a spec.
func refusal(err *supervisor.SpecError) entry {
	if err.Fault < supervisor.NilStart {
		return entry{"bad_options": err.Fault.String()}
	}
	return entry{"bad_spec": err.Fault.String()}
}

// refusals are the answers to requests that cannot be fulfilled.
var refusals = map[error]string{
	supervisor.ErrNotFound:       "not_found",
	supervisor.ErrRunning:        "running",
	supervisor.ErrRestarting:     "restarting",
	supervisor.ErrAlreadyPresent: "already_present",
	supervisor.ErrMaxChildren:    "max_children",
}

// failed is the result of a request that ended with an error.
func (f *family) failed(err error) entry {
	var exit *process.ExitError
	var started *supervisor.AlreadyStartedError
	var spec *supervisor.SpecError
	switch {
	case errors.Is(err, process.Ignore):
		return entry{"ignore": true}
	case errors.As(err, &exit):
		return entry{"exit": reasonOf(exit.Reason)}
	case errors.As(err, &started):
		return entry{"error": entry{"already_started": f.label(started.Child)}}
	case errors.As(err, &spec):
		return entry{"error": refusal(spec)}
	}
	if tag, ok := refusals[err]; ok {
		return entry{"error": tag}
	}
	return entry{"error": reasonOf(err)}
}
