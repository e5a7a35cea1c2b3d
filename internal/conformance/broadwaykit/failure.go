package broadwaykit

import (
	"errors"

	"github.com/stagecraft-go/stagecraft/broadway"
	"github.com/stagecraft-go/stagecraft/process"
)

// failure is why a message failed, as recordings have it. Rules fail messages
// with it, or panic.
type failure struct{ kind, reason string }

func (f failure) Error() string { return f.kind + ": " + f.reason }

const (
	failed  = "failed" // marked by a rule
	raised  = "error"  // a panic; recordings tell throw and exit from it
	success = "ok"

	internal = "internal" // a reason that is the library's own
)

// errGarbage stands for a return value that Go has no word for.
var errGarbage = failure{raised, internal}

// own are the failures of package broadway that Broadway does not have.
var own = map[error]string{
	broadway.ErrWorkerDown:   "worker down",
	broadway.ErrNotReturned:  "not returned",
	broadway.ErrDiscarded:    "discarded",
	broadway.ErrBadPartition: "bad partition",
}

// failureOf is the failure that an error stands for.
func failureOf(err error) failure {
	var crash *process.Crash
	var mine failure
	switch {
	case errors.As(err, &mine) && errors.As(err, &crash):
		return failure{raised, mine.reason}
	case errors.As(err, &mine):
		return mine
	}
	for known, reason := range own {
		if errors.Is(err, known) {
			return failure{raised, reason}
		}
	}
	return failure{raised, internal}
}

// status is a failure as it stands in lists.
func (f failure) status() []any {
	if f.kind == success {
		return []any{success}
	}
	return []any{f.kind, f.reason}
}
