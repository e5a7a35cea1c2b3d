package supervisor

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/stagecraft-go/stagecraft/internal/enum"
)

// What requests answer when they cannot be fulfilled.
var (
	// ErrNotFound says that there is no such child (any more).
	ErrNotFound = errors.New("supervisor: no such child")
	// ErrRunning says that the child must be terminated first.
	ErrRunning = errors.New("supervisor: the child is running")
	// ErrRestarting says that the supervisor is about to restart the child.
	ErrRestarting = errors.New("supervisor: the child is restarting")
	// ErrAlreadyPresent says that the ID is taken by a child that does not run:
	// restart it or delete it.
	ErrAlreadyPresent = errors.New("supervisor: a child with this ID is present")
	// ErrMaxChildren says that a [Dynamic] is full.
	ErrMaxChildren = errors.New("supervisor: too many children")
)

// Why a start function that did not fail still started no child.
var (
	// ErrNoChild says that it returned neither a child nor an error.
	ErrNoChild = errors.New("supervisor: the start function returned no child")
	// ErrForeignSystem says that the child lives in another process system. It
	// was killed.
	ErrForeignSystem = errors.New("supervisor: the child lives in another process system")
	// ErrSupervised says that it returned a process that is a child already.
	ErrSupervised = errors.New("supervisor: the process is a child already")
	// ErrUnsupervised says that it was not called by a supervisor, or not with
	// its context.
	ErrUnsupervised = errors.New("supervisor: the start function was not called by a supervisor")
)

// ErrIntensity is the reason in the event [GaveUp].
var ErrIntensity = errors.New("supervisor: too many restarts")

// errInterrupted unwinds a callback whose supervisor was killed or must stop
// ahead of its mail.
var errInterrupted = errors.New("supervisor: interrupted")

// AlreadyStartedError refuses to start a child whose ID is that of a running one.
type AlreadyStartedError struct {
	ID    string
	Child Child
}

func (e *AlreadyStartedError) Error() string {
	return fmt.Sprintf("supervisor: child %q is running already", e.ID)
}

// StartError says which child could not be started, so that its supervisor could
// not either. The exit reason, and the error of [Start], is
// process.ShutdownWith it.
type StartError struct {
	ID     string
	Reason error
}

func (e *StartError) Error() string {
	return fmt.Sprintf("supervisor: failed to start child %q: %v", e.ID, e.Reason)
}

// Unwrap returns the reason.
func (e *StartError) Unwrap() error { return e.Reason }

// SpecError refuses an option or a child spec: it names the field, the value that
// was given, and the values that are allowed.
type SpecError struct {
	Fault   Fault
	ID      string // of the child; empty for an option
	Field   string
	Value   string
	Allowed string
}

func (e *SpecError) Error() string {
	what := "option " + e.Field
	if e.Fault.ofChild() {
		what = "child " + strconv.Quote(e.ID) + ": " + e.Field
	}
	return fmt.Sprintf("supervisor: %s is %s, allowed is %s", what, e.Value, e.Allowed)
}

// Fault is what is wrong with an option or a spec.
type Fault uint8

// The faults of options, then those of child specs.
const (
	InvalidOption Fault = iota + 1
	InvalidStrategy
	InvalidIntensity
	InvalidPeriod
	InvalidAutoShutdown
	InvalidMaxChildren

	NilStart
	InvalidRestart
	InvalidShutdown
	InvalidType
	InvalidBackoff
	DuplicateID
	SignificantPermanent
	SignificantWithoutAutoShutdown
)

func (f Fault) ofChild() bool { return f >= NilStart }

// String is OTP's word for the fault where it has one.
func (f Fault) String() string {
	return enum.Name(f, "", "invalid_option", "invalid_strategy", "invalid_intensity", "invalid_period",
		"invalid_auto_shutdown", "invalid_max_children", "nil_start", "invalid_restart_type", "invalid_shutdown",
		"invalid_child_type", "invalid_backoff", "duplicate_id", "significant_permanent",
		"significant_without_auto_shutdown")
}
