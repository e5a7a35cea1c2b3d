package process

import "errors"

// Exit is an exit signal as a message, for processes that trap exits.
type Exit struct {
	From   *PID // nil when it came from [Process.Exit]
	Reason error
}

// Exit sends an exit signal, as exit/2 does in Erlang:
//   - [Kill] ends the process at once and can't be trapped;
//   - a process that traps exits gets an [*Exit] message, in order;
//   - [Normal] (or nil) is ignored by all others;
//   - any other reason ends the process before its next message. Its mail is
//     dropped, and Terminate does not run.
func (p *Process) Exit(reason error) {
	switch {
	case reason == nil:
		p.signal(nil, Normal)
	case errors.Is(reason, Kill):
		p.kill()
	default:
		p.signal(nil, reason)
	}
}

// Exit is [Process.Exit] with this process as the sender of the signal. It works
// in a callback that was abandoned, too: that may have something to clean up.
func (s *Self) Exit(to *Process, reason error) {
	switch {
	case reason == nil:
		to.signal(s.process.pid, Normal)
	case errors.Is(reason, Kill):
		to.kill()
	default:
		to.signal(s.process.pid, reason)
	}
}

// Kill is Exit([Kill]): monitors and links see [Killed] at once.
//
// No goroutine can be stopped from outside. A callback that is running goes on
// until it returns: the process is abandoned. Its context is cancelled, its
// name is free, nothing more is handled and Terminate is not called, but the
// callback keeps what it holds, and what it was just sending may arrive after
// the notices of its death. [System.Abandoned] counts such processes.
func (p *Process) Kill() { p.kill() }

// TrapExit turns exit signals, but for [Kill], into [*Exit] messages.
func (s *Self) TrapExit(on bool) { s.process.trapping.Store(on) }

// signal delivers an exit signal that is not Kill.
func (p *Process) signal(from *PID, reason error) {
	switch {
	case p.trapping.Load():
		p.Send(&Exit{From: from, Reason: reason})
	case errors.Is(reason, Normal):
	default:
		p.condemn(&verdict{reason: reason, urgent: true})
	}
}
