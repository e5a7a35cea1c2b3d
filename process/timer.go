package process

import (
	"sync/atomic"
	"time"
)

// Timer is a message on its way, see [Self.SendAfter].
type Timer struct {
	owner *Process
	msg   any
	over  atomic.Bool // delivered or stopped
	timer *time.Timer
}

// SendAfter sends msg to this process itself when d has passed.
func (s *Self) SendAfter(d time.Duration, msg any) *Timer {
	t := &Timer{owner: s.process, msg: msg}
	t.timer = time.AfterFunc(d, func() { t.owner.Send(t) })
	return t
}

// Stop makes sure that the message will not be handled, even when it is queued
// already. It is false if the message was handled or stopped before.
func (t *Timer) Stop() bool {
	if !t.over.CompareAndSwap(false, true) {
		return false
	}
	t.timer.Stop()
	return true
}
