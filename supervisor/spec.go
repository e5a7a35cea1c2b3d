package supervisor

import (
	"context"

	"github.com/stagecraft-go/stagecraft/internal/enum"
	"github.com/stagecraft-go/stagecraft/process"
)

// Child is a running child: the handle of a stage or of a supervisor, or
// anything else with a process. Make one of a bare process with [Wrap].
type Child interface{ Process() *process.Process }

// StartFunc starts a child. It runs in the supervisor's process, which does
// nothing else meanwhile: it must not call that supervisor. An error, or a
// panic, is a failed start; process.Ignore declines to start.
//
// The end of ctx gives up a start that is under way. It is not the lifetime of
// the child, which the supervisor stops by itself, so it may be handed on as it
// is: return stage.StartConsumer(ctx, ...).
//
// The child must live in the process system of the supervisor.
type StartFunc func(ctx context.Context) (Child, error)

// Spec describes a child: OTP's child specification. Its zero values are OTP's
// defaults.
type Spec struct {
	// ID names the child within its supervisor. A [Dynamic] uses it for
	// reports only.
	ID string
	// Start starts the child, at first and after each failure.
	Start StartFunc
	// Restart says after which ends the child is started again. Default
	// [Permanent].
	Restart Restart
	// Shutdown says how the child is stopped. Default 5 seconds for workers
	// and [Infinity] for supervisors.
	Shutdown Shutdown
	// Type is what the child is counted as. Default [TypeWorker].
	Type Type
	// Significant lets the end of the child end its supervisor: see
	// [AutoShutdown].
	Significant bool
	// Backoff delays restarts. Default: none, as in OTP.
	Backoff Backoff
}

// Restart says after which ends a child is started again.
type Restart uint8

// The restart kinds.
const (
	// Permanent children are always restarted. The default.
	Permanent Restart = iota + 1
	// Transient children are restarted after a failure: any reason but
	// process.Normal, process.Shutdown and process.ShutdownWith.
	Transient
	// Temporary children are never restarted.
	Temporary
)

func (r Restart) String() string {
	return enum.Name(r, "permanent", "permanent", "transient", "temporary")
}

// after is the decision for a child that ended by itself.
func (r Restart) after(reason error) bool {
	return r == Permanent || r == Transient && !process.Orderly(reason)
}

// Type is what a child is counted as.
type Type uint8

// The types.
const (
	// TypeWorker is the default.
	TypeWorker Type = iota
	// TypeSupervisor gets all the time it wants to shut down.
	TypeSupervisor
)

func (t Type) String() string { return enum.Name(t, "worker", "supervisor") }

// Wrap makes a child of a process.
func Wrap(p *process.Process) Child { return Handle{p} }

// Process is the spec of a child that is a bare process.
func Process(id string, start func(ctx context.Context) (*process.Process, error)) Spec {
	if start == nil {
		return Spec{ID: id}
	}
	return Spec{ID: id, Start: func(ctx context.Context) (Child, error) {
		p, err := start(ctx)
		if err != nil || p == nil {
			return nil, err
		}
		return Wrap(p), nil
	}}
}

// Stage is the spec of a child that is a stage, which is linked to its
// supervisor like every child.
func Stage(id string, start StartFunc) Spec { return Spec{ID: id, Start: start} }

// Tree is the spec of a child that is a supervisor with children of its own.
// It lives in the system of its parent.
func Tree(id string, opts []Option, children ...Spec) Spec {
	return Spec{ID: id, Type: TypeSupervisor, Start: func(ctx context.Context) (Child, error) {
		return Start(ctx, children, opts...)
	}}
}

// withDefaults fills in what was not given.
func (s Spec) withDefaults() Spec {
	if s.Restart == 0 {
		s.Restart = Permanent
	}
	s.Shutdown = s.Shutdown.withDefault(s.Type)
	return s
}
