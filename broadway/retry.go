package broadway

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/stagecraft-go/stagecraft/internal/guard"
	"github.com/stagecraft-go/stagecraft/telemetry"
)

// retries are the messages that wait for another attempt.
type retries struct {
	policy Retry
	mu     sync.Mutex
	timers map[*record]pending
	closed bool
}

// pending is a message that waits for another attempt.
type pending struct {
	timer   *time.Timer
	failure error
}

// wantsRetry tells whether a message is to be tried again. A policy that panics
// says no.
func (c *core) wantsRetry(rec *record, v verdict) bool {
	policy := &c.retries.policy
	if v.final || int(rec.attempts.Load())+1 >= policy.Attempts {
		return false
	}
	if policy.If == nil {
		return true
	}
	again, err := func() (again bool, err error) {
		defer guard.Recover(&err)
		return policy.If(v.err), nil
	}()
	if err != nil {
		logFailure(c.log(), "Retry.If failed", err)
	}
	return again
}

// retry tries a message again that is in the retrying place, after a while. It
// is false if it cannot.
func (c *core) retry(ctx context.Context, from telemetry.Component, rec *record, v verdict) bool {
	attempt := int(rec.attempts.Load()) + 1
	delay := c.retries.policy.Backoff.Delay(attempt - 1)
	if v.delay != nil {
		delay = *v.delay
	}
	if !c.retries.schedule(rec, delay, v.err) {
		return false
	}
	c.totals.retried.Add(1)
	if c.hub.Active() {
		c.hub.Emit(ctx, telemetry.Retry{Component: from, Attempt: attempt, Delay: delay, Err: v.err})
	}
	return true
}

// notAgain is the failure of a message that would have been tried again.
func notAgain(failure error) error { return fmt.Errorf("%w: %w", ErrStopping, failure) }

// refusal is the failure of a message that schedule has refused.
func (r *retries) refusal(failure error) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return notAgain(failure)
	}
	return failure
}

func (r *retries) schedule(rec *record, delay time.Duration, failure error) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed || len(r.timers) >= r.policy.MaxWaiting {
		return false
	}
	rec.attempts.Add(1)
	timer := time.AfterFunc(delay, func() {
		r.mu.Lock()
		_, due := r.timers[rec]
		delete(r.timers, rec)
		r.mu.Unlock()
		if due {
			rec.home.letters.again(rec.pos)
		}
	})
	r.timers[rec] = pending{timer, failure}
	return true
}

// close ends the waiting: nothing is tried again from now on. It returns what
// waited, with the failures of the last attempts.
func (r *retries) close() map[*record]error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed = true
	waiting := make(map[*record]error, len(r.timers))
	for rec, p := range r.timers {
		p.timer.Stop()
		rec.attempts.Add(-1) // the next one will not be
		waiting[rec] = p.failure
	}
	clear(r.timers)
	return waiting
}

// failWaiting settles messages in the retrying place as failed. Whatever their
// acknowledger does, the caller goes on.
func (c *core) failWaiting(ctx context.Context, waiting []*record, reason func(rec *record) error) {
	if len(waiting) == 0 {
		return
	}
	err := apart(func() error {
		var ok, bad []ending
		defer func() { // whatever a dead letter or a handler of telemetry does
			_ = c.acknowledge(ctx, c.component(), ok, bad, new(any)) // it has been logged
		}()
		for _, rec := range waiting {
			s := unpack(rec.state.Load())
			if s.place != retrying || !rec.move(s.epoch, retrying, s.holder, settling, 0) {
				continue
			}
			e := ending{rec.home.letters.ticketOf(rec.pos), rec, Failed, judge(reason(rec)).err, int(rec.attempts.Load()) + 1, nil}
			bad = append(bad, e)
			if c.buried(ctx, rec, e.err) {
				bad = bad[:len(bad)-1]
				e.outcome = DeadLettered
				ok = append(ok, e)
			}
		}
		return nil
	})
	if err != nil {
		logFailure(c.log(), "an acknowledgement failed", err)
	}
}

// because is the same reason for all.
func because(reason error) func(*record) error {
	return func(*record) error { return reason }
}
