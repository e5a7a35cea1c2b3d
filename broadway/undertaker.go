package broadway

import (
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/telemetry"
)

// undertaker watches all workers. When one dies it takes back the messages that
// it had: those that it had begun to handle have failed, the others go to
// another worker.
//
// A message can be sent to a worker whose death its sender has not heard of. It
// is found when the sender hears of it, and asks to look again; or, if the
// sender dies first, when the undertaker looks for what that one had.
type undertaker struct {
	core     *core
	ctx      context.Context // of the callbacks
	monitors map[*process.Ref]enrolled

	closeSources func() // if the pipeline is killed
}

// enrolled is the message of a new worker.
type enrolled struct {
	process   *process.Process
	id        uint32
	component telemetry.Component
}

// reason is why the worker has ended, also if that was before it was watched.
func (w enrolled) reason(told error) error {
	if told == process.NoProc && w.process.Err() != nil {
		return w.process.Err()
	}
	return told
}

// lookAgain asks for another look at what the dead have.
type lookAgain struct{}

// recall asks to take back what a producer that was killed has sent: nobody can
// tell whether the last of it left.
type recall struct{ producer int }

// failAll asks to fail the messages that wait for another attempt.
type failAll struct{ waiting map[*record]error }

// Init implements process.Behaviour.
func (u *undertaker) Init(self *process.Self) error {
	self.TrapExit(true)
	u.ctx = context.WithValue(self.Context(), workerKey{}, u.core.asWorker())
	return nil
}

// Handle implements process.Behaviour.
func (u *undertaker) Handle(self *process.Self, msg any) error {
	switch m := msg.(type) {
	case enrolled:
		u.monitors[self.Monitor(m.process.PID())] = m
	case *process.Down:
		if w, ok := u.monitors[m.Ref]; ok {
			delete(u.monitors, m.Ref)
			u.bury(w, w.reason(m.Reason))
		}
	case lookAgain:
		u.reclaim(telemetry.Component{}, process.NoProc)
	case recall:
		u.recall(m.producer)
	case failAll:
		u.core.settling.Go(func() {
			u.core.failWaiting(u.ctx, slices.Collect(maps.Keys(m.waiting)), func(r *record) error {
				return notAgain(m.waiting[r])
			})
		})
	case *process.Exit:
		return m.Reason
	}
	return nil
}

// Terminate implements process.Behaviour. It does what the pipeline's process
// cannot do any more when it was killed.
func (u *undertaker) Terminate(*process.Self, error) {
	if !u.core.draining.Load() {
		within(mercy, u.closeSources)
	}
}

func (u *undertaker) bury(w enrolled, reason error) {
	c := u.core
	c.mu.Lock()
	delete(c.alive, w.id)
	delete(c.through, w.id)
	c.mu.Unlock()
	if !process.Orderly(reason) && !c.overdue.Load() {
		c.totals.crashes.Add(1)
		if c.hub.Active() {
			c.hub.Emit(u.ctx, telemetry.WorkerRestart{Component: w.component, Reason: reason})
		}
	}
	u.reclaim(w.component, reason)
	if w.component.Kind == telemetry.Producer && errors.Is(reason, process.Killed) {
		u.recall(w.component.Index)
	}
}

// recall takes back what a killed producer has sent and nobody has begun to
// handle. What did arrive is passed over where it arrives.
func (u *undertaker) recall(producer int) {
	if !u.core.overdue.Load() {
		u.core.totals.redelivered.Add(int64(u.core.ledgers[producer].recall(u.core.isDead)))
	}
}

// reclaim takes back what the dead have. Once the time of a stop is over it
// leaves everything as it is, for the report.
func (u *undertaker) reclaim(from telemetry.Component, reason error) {
	c := u.core
	if c.overdue.Load() {
		return
	}
	redelivered, failed := 0, 0
	for _, l := range c.ledgers {
		crashed, again := l.reclaim(c.isDead)
		redelivered += again
		failed += len(crashed)
		if len(crashed) > 0 { // acknowledgers may take long, and others may crash meanwhile
			c.settling.Go(func() { u.fail(crashed, from, crashReason(reason)) })
		}
	}
	c.totals.redelivered.Add(int64(redelivered))
	if redelivered+failed > 0 && c.hub.Active() {
		c.hub.Emit(u.ctx, telemetry.Reclaimed{Component: from, Redelivered: redelivered, Failed: failed})
	}
}

// fail treats messages that a worker had begun to handle like others that have
// failed.
func (u *undertaker) fail(crashed []*record, from telemetry.Component, reason error) {
	var final []*record
	for _, r := range crashed {
		v, again := verdict{err: reason}, false
		_ = apart(func() error { // Retry.If must not end this goroutine
			again = u.core.wantsRetry(r, v)
			return nil
		})
		if !again || !u.core.retry(u.ctx, from, r, v) {
			final = append(final, r)
		}
	}
	u.core.failWaiting(u.ctx, final, because(reason))
}
