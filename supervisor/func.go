package supervisor

import (
	"context"

	"github.com/stagecraft-go/stagecraft/process"
)

// Func is the spec of a child that is a function: a goroutine under supervision.
// The function's error is the exit reason of the child, nil is process.Normal,
// and a panic or runtime.Goexit is a *process.Crash.
//
// To stop the child its ctx is cancelled; then the function must return. One
// that does not is abandoned when its time is over: see process.Process.Kill.
func Func(id string, run func(ctx context.Context) error) Spec {
	if run == nil {
		return Spec{ID: id}
	}
	return Spec{ID: id, Start: func(ctx context.Context) (Child, error) {
		p, err := process.SystemOf(ctx).Start(ctx, task(run), process.Unawaited())
		if err != nil {
			return nil, err
		}
		return Wrap(p), nil
	}}
}

// task is the behaviour of a child that is a function, and runs in its one
// callback. So it takes a goroutine only as long as it runs, and all rules of
// processes hold for it: signals, kills, crashes.
type task func(ctx context.Context) error

// run is the one message that a task takes.
type run struct{}

// Init lets the start return before the function begins.
func (task) Init(self *process.Self) error {
	self.Process().Send(run{})
	return nil
}

// Handle runs the function. Its context is cancelled by an exit signal.
func (t task) Handle(self *process.Self, msg any) error {
	if _, ok := msg.(run); !ok {
		return nil
	}
	if err := t(self.Context()); err != nil {
		return err
	}
	return process.Normal
}

// Terminate implements process.Behaviour.
func (task) Terminate(*process.Self, error) {}
