package process

import (
	"context"
	"sync"
	"sync/atomic"
)

// Process is the handle of a process. It may be used from everywhere, also
// when the process is long dead.
type Process struct {
	system    *System
	number    uint64 // counts starts: newer is higher
	name      string
	pid       *PID
	behaviour Behaviour
	self      Self
	mailbox   mailbox

	life     atomic.Int32
	trapping atomic.Bool
	known    atomic.Bool // others may have it: it is no longer half made
	verdict  atomic.Pointer[verdict]

	// Of the process's own goroutine.
	begun    bool // Init was called
	ready    bool // Init is through
	finished bool // Terminate was called

	mu        sync.Mutex
	reason    error         // set when the process is gone
	ended     bool          // everyone has been told
	done      chan struct{} // made when asked for
	starting  chan<- error  // Start waits here until Init is through
	parent    *Process      // of LinkTo
	unawaited bool          // Start does not wait
	quiet     bool          // its owner reports its failure
	bonds     *bonds        // nil: none

	lifetime context.Context // of Start
	context  context.Context // made when asked for
	cancel   context.CancelCauseFunc
	release  func() bool // stops watching the lifetime
}

// PID returns the address of the process, for messages and monitors.
func (p *Process) PID() *PID { return p.pid }

// Name returns the name it was started with, or "".
func (p *Process) Name() string { return p.name }

// System returns the system it lives in.
func (p *Process) System() *System { return p.system }

// Send queues a message. It never blocks. Messages from one sender arrive in
// the order in which they were sent; those to a dead process are dropped.
func (p *Process) Send(msg any) { p.mailbox.PostUserMessage(msg) }

// QueueLen returns the number of messages that wait to be handled.
func (p *Process) QueueLen() int { return p.mailbox.UserMessageCount() }

// closed is the Done channel of those who are asked after their end.
var closed = func() chan struct{} { c := make(chan struct{}); close(c); return c }()

// Done is closed when the process has ended: all monitors and links have been
// told by then, and its name is free.
func (p *Process) Done() <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.done == nil {
		if p.ended {
			return closed
		}
		p.done = make(chan struct{})
	}
	return p.done
}

// Err returns the exit reason once Done is closed, and nil before.
func (p *Process) Err() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.ended {
		return nil
	}
	return p.reason
}

// Alive tells whether the process takes part in anything: is_process_alive/1. It
// is false a moment before Done is closed, while others are being told.
func (p *Process) Alive() bool { return !p.gone() }

// Context returns a context with the values of the one given to Start, and the
// system: see [SystemOf]. It is cancelled when the process exits, or must exit as
// soon as its callback returns; its cause is the exit reason. A callback that
// blocks has to heed it.
func (p *Process) Context() context.Context {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.context == nil {
		// The lifetime cancels through the verdict, so that the cause is the reason.
		p.context, p.cancel = context.WithCancelCause(p.system.Within(context.WithoutCancel(p.lifetime)))
		if p.reason != nil {
			p.cancel(p.reason)
		} else if v := p.verdict.Load(); v != nil && v.urgent {
			p.cancel(v.reason)
		}
	}
	return p.context
}

// gone says that the process takes part in nothing any more.
func (p *Process) gone() bool {
	life := p.life.Load()
	return life == dead || life == abandoned
}

// exitError is what a caller of a process that is no more gets.
func (p *Process) exitError(reason error) error {
	return &ExitError{PID: p.pid, Name: p.name, Reason: reason}
}
