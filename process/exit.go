package process

import (
	"context"
	"errors"
	"log/slog"
)

// The states of Process.life. Only the process moves between idle and busy;
// whoever moves it to dead or abandoned tells the others, see finish.
const (
	idle      int32 = iota
	busy            // a goroutine works for it
	dead            // gone
	abandoned       // gone, but its last callback has not returned yet
)

// verdict is the decision that a process must exit. The first one counts; the
// process carries it out before its next message.
type verdict struct {
	reason    error
	terminate bool // Terminate runs
	urgent    bool // a callback that is running is told by its context
}

// enter is called when a goroutine begins to work for p.
func (p *Process) enter() { p.life.CompareAndSwap(idle, busy) }

// leave is called when that goroutine has nothing more to do.
func (p *Process) leave() {
	if p.life.CompareAndSwap(busy, idle) {
		return
	}
	if p.life.CompareAndSwap(abandoned, dead) {
		p.system.abandoned.Add(-1)
	}
	p.forgetBehaviour()
}

// forgetBehaviour lets go of the state, though someone may keep the handle.
// The lock is for a killer and a late goroutine that do it together; the
// readers are long gone.
func (p *Process) forgetBehaviour() {
	p.mu.Lock()
	p.behaviour = nil
	p.mu.Unlock()
}

// attend sees to birth and death before the next message. It is false when
// there will be none.
func (p *Process) attend() bool {
	for p.life.Load() == busy {
		if v := p.verdict.Load(); v != nil {
			p.exit(v)
			return false
		}
		if p.begun {
			return true
		}
		p.begin()
	}
	return false
}

// guard runs a callback. An error, a panic and runtime.Goexit all become the
// verdict on p; then it returns false, or not at all: a Goexit takes the
// goroutine along, and the next one finds the verdict.
func (p *Process) guard(callback func() error) (ok bool) {
	returned := false
	defer func() {
		if !returned {
			p.crashed(recover())
		}
	}()
	err := callback()
	returned = true
	if err != nil {
		p.fail(err)
	}
	return err == nil
}

// crashed is the verdict after a callback that did not return.
func (p *Process) crashed(value any) {
	p.fail(NewCrash(value))
}

// fail is the verdict of a process on itself. A crash that comes after another
// verdict decides nothing, but it must not get lost.
func (p *Process) fail(reason error) {
	if p.verdict.CompareAndSwap(nil, &verdict{reason: reason, terminate: true}) {
		return
	}
	var crash *Crash
	if errors.As(reason, &crash) {
		p.report(p.failureLevel(), "callback crashed while the process was stopping", reason)
	}
}

// condemn is the verdict of others.
func (p *Process) condemn(v *verdict) {
	if p.gone() || !p.verdict.CompareAndSwap(nil, v) {
		return
	}
	if v.urgent {
		p.mu.Lock()
		cancel := p.cancel
		p.mu.Unlock()
		if cancel != nil {
			cancel(v.reason)
		}
	}
	p.mailbox.wake()
}

// exit carries out a verdict, in the process. It may be entered twice, when
// Terminate calls runtime.Goexit.
func (p *Process) exit(v *verdict) {
	if v.terminate && p.ready && !p.finished {
		p.finished = true
		if !Orderly(v.reason) {
			p.report(p.failureLevel(), "process terminated", v.reason)
		}
		p.mailbox.release()
		p.guard(func() error { p.behaviour.Terminate(&p.self, v.reason); return nil })
	}
	if p.life.CompareAndSwap(busy, dead) {
		p.finish(v.reason)
	}
}

// kill ends p from outside. A callback that is running can't be stopped: it is
// left alone, fenced off and counted.
func (p *Process) kill() {
	for {
		switch p.life.Load() {
		case idle:
			if p.life.CompareAndSwap(idle, dead) {
				p.forgetBehaviour()
				p.finish(Killed)
				return
			}
		case busy:
			p.system.abandoned.Add(1)
			if p.life.CompareAndSwap(busy, abandoned) {
				p.finish(Killed)
				return
			}
			p.system.abandoned.Add(-1)
		default:
			return
		}
	}
}

// finish is the end of every process, called once by who took its life. Its
// order is a promise: whoever gets a notice finds the name free, whoever sees
// Done knows that all notices are queued, and each notice is behind everything
// that the process sent.
func (p *Process) finish(reason error) {
	p.mu.Lock()
	failure := reason
	starting, parent := p.starting, p.parent
	if starting != nil {
		reason = startFailure(reason)
	}
	p.reason = reason
	p.starting, p.parent = nil, nil
	bonds, cancel, release := p.bonds, p.cancel, p.release
	p.bonds, p.release = nil, nil
	p.mu.Unlock()

	if cancel != nil {
		cancel(reason)
	}
	if release != nil {
		release()
	}
	p.system.names.release(p)
	p.system.remove(p)
	p.mailbox.close()
	if starting != nil && parent != nil {
		bonds.forgetLink(p, parent)
	}
	bonds.tell(p, reason)

	p.mu.Lock()
	p.ended = true
	if p.done != nil {
		close(p.done)
	}
	p.mu.Unlock()
	if starting != nil {
		starting <- failure
	}
}

// failureLevel is that of the report of a failure.
func (p *Process) failureLevel() slog.Level {
	if p.quiet {
		return slog.LevelDebug
	}
	return slog.LevelError
}

// report logs a failure.
func (p *Process) report(level slog.Level, message string, reason error) {
	log := p.system.Logger()
	if !log.Enabled(context.Background(), level) {
		return
	}
	attrs := []any{slog.String("name", p.name), slog.String("pid", p.pid.GetId())}
	log.Log(context.Background(), level, message, append(attrs, LogAttrs("reason", reason)...)...)
}

// LogAttrs is an error as attributes of a log record: itself under a key, and the
// stack if it is or wraps a [*Crash].
func LogAttrs(key string, err error) []any {
	attrs := []any{slog.Any(key, err)}
	var crash *Crash
	if errors.As(err, &crash) {
		attrs = append(attrs, slog.String("stack", string(crash.Stack)))
	}
	return attrs
}
