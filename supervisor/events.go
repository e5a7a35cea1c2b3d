package supervisor

import (
	"fmt"
	"log/slog"

	"github.com/stagecraft-go/stagecraft/internal/enum"
	"github.com/stagecraft-go/stagecraft/process"
)

// Event is something that a supervisor did or noticed: see [OnEvent].
type Event struct {
	Kind       EventKind
	Supervisor *process.Process
	// ID is that of the child's spec.
	ID string
	// Child is the child, or the last one there was; nil if there was none.
	Child Child
	// Reason is the exit reason, or the error of the start.
	Reason error
	// Message is what was not understood.
	Message any
}

// EventKind is what an event is about.
type EventKind uint8

// The events of an orderly life, then those that OTP reports as errors. Each end
// of a child is one event.
const (
	// ChildStarted: a start function has returned a child.
	ChildStarted EventKind = iota + 1
	// ChildExited: it ended by itself, as it may.
	ChildExited
	// ChildStopped: the supervisor stopped it, and it obeyed.
	ChildStopped
	// ChildRestarting: the supervisor is about to restart it, or to try again.
	ChildRestarting

	// ChildTerminated: it ended by itself, in a failure or though permanent.
	ChildTerminated
	// StartFailed: it could not be started, with its supervisor or again.
	StartFailed
	// GaveUp: its restart was one too many; the supervisor ends.
	GaveUp
	// ShutdownFailed: it was stopped, but ended with an unexpected reason.
	ShutdownFailed
	// UnexpectedMessage: the supervisor got a message that it does not know.
	UnexpectedMessage
)

// String is OTP's word for the context of a report where it has one.
func (k EventKind) String() string {
	return enum.Name(k, "", "child_started", "child_exited", "child_stopped", "child_restarting",
		"child_terminated", "start_error", "shutdown", "shutdown_error", "unexpected_message")
}

// Report tells whether this is an error, which is logged too.
func (k EventKind) Report() bool { return k >= ChildTerminated }

func (e Event) attrs() []any {
	if e.Kind == UnexpectedMessage {
		return []any{slog.String("message", fmt.Sprintf("%T", e.Message))}
	}
	attrs := []any{slog.String("child", e.ID)}
	switch child := e.Child.(type) {
	case nil:
	case *Task: // it has no process that has logged its stack
		return append(attrs, process.LogAttrs("reason", e.Reason)...)
	default:
		attrs = append(attrs, slog.String("child_pid", child.Process().PID().GetId()))
	}
	return append(attrs, slog.Any("reason", e.Reason))
}

// emit tells of an event about a child.
func (c *core) emit(kind EventKind, sl *slot, reason error) {
	if kind.Report() || c.config.onEvent != nil {
		c.publish(Event{Kind: kind, ID: sl.spec.ID, Child: sl.child, Reason: reason})
	}
}

func (c *core) publish(e Event) {
	e.Supervisor = c.self.Process()
	if e.Kind.Report() {
		c.self.Logger().Error("supervisor: "+e.Kind.String(), e.attrs()...)
	}
	if c.config.onEvent == nil {
		return
	}
	defer func() {
		if v := recover(); v != nil {
			c.self.Logger().Error("supervisor: panic in OnEvent", process.LogAttrs("error", process.NewCrash(v))...)
		}
	}()
	c.config.onEvent(e)
}
