package process

import (
	"errors"
	"fmt"
	"runtime/debug"
)

// reason is the type of the sentinels, so that equal reasons compare equal.
type reason string

func (r reason) Error() string { return string(r) }

// The exit reasons that OTP knows by name. They are compared with errors.Is.
var (
	// Normal says that the process had nothing left to do.
	Normal error = reason("normal")
	// Shutdown says that the process was asked to stop, usually by a supervisor.
	Shutdown error = reason("shutdown")
	// Killed is what others see of a process that died of [Kill].
	Killed error = reason("killed")
	// NoProc says that there is no such process.
	NoProc error = reason("noproc")
	// NoConnection says that the node of the process can't be reached.
	NoConnection error = reason("noconnection")
)

// Kill is the signal that can't be trapped: given to [Process.Exit], it ends
// the process at once, and others see [Killed].
var Kill error = reason("kill")

// Ignore is returned by [Behaviour.Init] to decline to start without having
// failed. [System.Start] hands it on; whoever watched sees [Normal].
var Ignore error = reason("ignore")

// ErrNameTaken is what a [NameTakenError] is.
var ErrNameTaken = errors.New("process: name is taken")

// ErrSystemStopped is returned for starts after [System.Shutdown] was called.
var ErrSystemStopped = errors.New("process: system is stopped")

// errGoexit is the value of a [Crash] that was no panic.
var errGoexit = errors.New("runtime.Goexit was called")

// ShutdownError is an orderly stop that carries its cause: OTP's {shutdown, Term}.
type ShutdownError struct{ Cause error }

// ShutdownWith returns a [*ShutdownError]. errors.Is finds [Shutdown] in it,
// and the cause too.
func ShutdownWith(cause error) error { return &ShutdownError{Cause: cause} }

func (e *ShutdownError) Error() string {
	if e.Cause == nil {
		return "shutdown"
	}
	return "shutdown: " + e.Cause.Error()
}

// Is makes every ShutdownError a [Shutdown].
func (e *ShutdownError) Is(target error) bool { return target == Shutdown }

// Unwrap returns the cause.
func (e *ShutdownError) Unwrap() error { return e.Cause }

// Crash is the exit reason of a process whose callback panicked or called
// runtime.Goexit.
type Crash struct {
	Value any    // what was given to panic
	Stack []byte // of the goroutine at that moment
}

// NewCrash makes the exit reason of code that did not return, in a deferred
// function that got value from recover. After runtime.Goexit that is nil.
func NewCrash(value any) *Crash {
	if value == nil {
		value = errGoexit
	}
	return &Crash{Value: value, Stack: debug.Stack()}
}

func (c *Crash) Error() string {
	if c.Value == errGoexit {
		return errGoexit.Error()
	}
	return fmt.Sprintf("panic: %v", c.Value)
}

// Unwrap returns the panic's value if that is an error, else nil.
func (c *Crash) Unwrap() error {
	err, _ := c.Value.(error)
	return err
}

// Orderly tells an expected end from a failure: it is true for nil, [Normal],
// [Shutdown] and [ShutdownWith].
func Orderly(reason error) bool {
	return reason == nil || errors.Is(reason, Normal) || errors.Is(reason, Shutdown)
}

// ExitError is returned to the caller of a process that exited before it
// answered. Reason is [NoProc] if it was dead before it was called.
type ExitError struct {
	PID    *PID
	Name   string // empty for a process without a name
	Reason error
}

func (e *ExitError) Error() string {
	return fmt.Sprintf("process: %s exited: %v", describe(e.PID, e.Name), e.Reason)
}

// Unwrap returns the exit reason.
func (e *ExitError) Unwrap() error { return e.Reason }

// NameTakenError is returned when a name belongs to a living process already.
// Owner is nil if that one is only being made.
type NameTakenError struct {
	Name  string
	Owner *Process
}

func (e *NameTakenError) Error() string {
	if e.Owner == nil {
		return fmt.Sprintf("process: name %q is taken", e.Name)
	}
	return fmt.Sprintf("process: name %q is taken by %s", e.Name, e.Owner.PID().GetId())
}

// Is makes it an [ErrNameTaken].
func (e *NameTakenError) Is(target error) bool { return target == ErrNameTaken }

// describe names a process for people.
func describe(pid *PID, name string) string {
	if name == "" {
		return pid.GetId()
	}
	return fmt.Sprintf("%q (%s)", name, pid.GetId())
}
