package supervisor

import (
	"context"
	"sync"

	"github.com/stagecraft-go/stagecraft/internal/guard"
	"github.com/stagecraft-go/stagecraft/process"
)

// Task is a child of a [ConsumerSupervisor] that is a function: see [Each]. It is
// a goroutine with the life of a process but without the rest of one, which is
// made when somebody asks for it. So it costs less than half.
type Task struct {
	owner  *process.Process
	parent context.Context // of the start function
	slot   *slot           // the supervisor's

	mu       sync.Mutex
	ctx      context.Context // made when asked for, see taskContext
	cancel   context.CancelCauseFunc
	cause    error         // of the end of the context
	reason   error         // set at the end
	done     chan struct{} // made when asked for
	returned func()        // it was killed before it returned
	standIn  *process.Process
}

// startTask runs a function for the supervisor that calls the start function.
// Its context takes the part of the link.
func startTask(ctx context.Context, run func(ctx context.Context) error) (Child, error) {
	t := &Task{owner: Parent(ctx), parent: ctx}
	if t.owner == nil {
		return nil, ErrUnsupervised
	}
	go t.run(run)
	return t, nil
}

// context is that of the function.
func (t *Task) context() *taskContext { return (*taskContext)(t) }

func (t *Task) run(run func(ctx context.Context) error) {
	guard.Run(func() error {
		err := run(t.context())
		if cause := t.context().whyCancelled(); cause != nil {
			return cause // it was told to end
		} else if err == nil {
			return process.Normal
		}
		return err
	}, t.end)
}

// end is called once by the goroutine.
func (t *Task) end(reason error) {
	if t.finish(reason, nil) {
		return
	}
	t.mu.Lock()
	returned := t.returned
	t.mu.Unlock()
	returned()
}

// finish makes the end known, unless it came before.
func (t *Task) finish(reason error, returned func()) bool {
	t.mu.Lock()
	if t.reason != nil {
		t.mu.Unlock()
		return false
	}
	t.reason, t.returned = reason, returned
	done, standIn := t.done, t.standIn
	t.mu.Unlock()
	t.context().cancelWith(reason)
	t.owner.Send(t)
	if standIn != nil {
		standIn.Send(taskEnd{reason})
	}
	if done != nil {
		close(done)
	}
	return true
}

// Done is closed when the function has returned, or was abandoned by
// [Task.Kill].
func (t *Task) Done() <-chan struct{} {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.done == nil {
		t.done = make(chan struct{})
		if t.reason != nil {
			close(t.done)
		}
	}
	return t.done
}

// Err is the exit reason, nil while the function runs.
func (t *Task) Err() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.reason
}

// Kill ends the task at once. No goroutine can be stopped from outside: the
// function is abandoned, and goes on until it returns.
func (t *Task) Kill() {
	returned := t.owner.System().Abandon()
	if !t.finish(process.Killed, returned) {
		returned()
	}
}

func (t *Task) exit(_ *process.Self, reason error) { t.tell(reason) }

// tell tells the function to return.
func (t *Task) tell(reason error) {
	if t.context().whyCancelled() == nil {
		t.context().cancelWith(reason)
	}
}
