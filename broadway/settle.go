package broadway

import (
	"context"
	"errors"
	"time"

	"github.com/stagecraft-go/stagecraft/internal/guard"
	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/telemetry"
)

// settler ends the way of the messages of a chunk or batch.
type settler[T any] struct {
	*worker
	at       place // where the messages are
	onFailed FailureHandler[T]
	ok, bad  []ending // used again
	scratch  any      // of the acknowledger
}

// settle acknowledges messages that are through, and does with those that have
// failed what is to be done with them. Messages that have been taken away from
// this worker are none of its business any more.
func (s *settler[T]) settle(done, failed []*Message[T]) {
	s.ok, s.bad = s.ok[:0], s.bad[:0]
	// Deferred, since a callback may end the goroutine by runtime.Goexit: what has
	// been claimed must not get lost.
	defer func() {
		_ = s.core.acknowledge(s.ctx, s.component, s.ok, s.bad, &s.scratch)
		clear(s.ok)
		clear(s.bad)
	}()
	for _, m := range done {
		if s.claim(m) {
			s.ok = append(s.ok, endingOf(m, Succeeded, nil))
		}
	}
	final := s.triage(failed)
	s.tellFailed(final)
	for _, m := range final {
		if s.claim(m) {
			s.bury(m)
		}
	}
}

// bury hands a message that has failed for good to the dead letters, if there
// are any. Until they have taken it, it is one that has failed.
func (s *settler[T]) bury(m *Message[T]) {
	failure := judge(m.failure).err
	s.bad = append(s.bad, endingOf(m, Failed, failure))
	if s.core.buried(s.ctx, m.record, failure) {
		s.bad = s.bad[:len(s.bad)-1]
		s.ok = append(s.ok, endingOf(m, DeadLettered, failure))
	}
}

// claim takes a message for good.
func (s *settler[T]) claim(m *Message[T]) bool {
	return !m.acked && m.record.move(m.epoch, s.at, s.id, settling, 0)
}

func endingOf[T any](m *Message[T], outcome Outcome, err error) ending {
	return ending{m.ticket, m.record, outcome, err, m.Attempt(), m}
}

// triage returns the messages that have failed for good. The others are
// discarded, or tried again.
func (s *settler[T]) triage(failed []*Message[T]) (final []*Message[T]) {
	for _, m := range failed {
		v := judge(m.failure)
		switch {
		case v.discard:
			if s.claim(m) {
				s.ok = append(s.ok, endingOf(m, Discarded, v.err))
			}
		case m.acked || !s.core.wantsRetry(m.record, v):
			final = append(final, m)
		case !m.record.move(m.epoch, s.at, s.id, retrying, 0): // it has been taken away
		case !s.core.retry(s.ctx, s.component, m.record, v):
			if m.record.move(m.epoch, retrying, 0, s.at, s.id) {
				m.failure = s.core.retries.refusal(m.failure)
				final = append(final, m)
			}
		}
	}
	return final
}

// tellFailed calls HandleFailed.
func (s *settler[T]) tellFailed(failed []*Message[T]) {
	if s.onFailed == nil || len(failed) == 0 {
		return
	}
	ctx, began, active := s.ctx, time.Time{}, s.active()
	if active {
		began = time.Now()
		ctx = s.emit(ctx, telemetry.HandleFailedStart{Component: s.component, Messages: len(failed), At: began})
	}
	before := appendCopies(nil, failed)
	err := func() (err error) {
		defer guard.Recover(&err)
		return s.onFailed.HandleFailed(ctx, append([]*Message[T](nil), failed...))
	}()
	if isCrash(err) {
		putBack(failed, before)
	}
	for i, m := range failed {
		if m.failure == nil { // they stay failed
			m.failure = before[i].failure
		}
	}
	if err != nil {
		logFailure(s.log(), "HandleFailed failed", err)
	}
	if !active {
		return
	}
	if err != nil {
		s.emit(ctx, telemetry.HandleFailedException{Component: s.component, Messages: len(failed), Err: err, Took: time.Since(began)})
	} else {
		s.emit(ctx, telemetry.HandleFailedStop{Component: s.component, Messages: len(failed), Took: time.Since(began)})
	}
}

// appendCopies keeps messages as they are now.
func appendCopies[T any](to []Message[T], messages []*Message[T]) []Message[T] {
	for _, m := range messages {
		to = append(to, *m)
	}
	return to
}

// putBack undoes what a callback did to messages.
func putBack[T any](messages []*Message[T], before []Message[T]) {
	for i, m := range messages {
		undo(m, &before[i])
	}
}

// undo makes a message what it was, but for what was acknowledged.
func undo[T any](m, before *Message[T]) {
	acked := m.acked
	*m = *before
	m.acked = acked
}

// buried hands a message that has failed for good to the dead letters, if there
// are any.
func (c *core) buried(ctx context.Context, r *record, failure error) bool {
	if !c.dead || errors.Is(failure, ErrStopping) { // its source will send it again
		return false
	}
	err := apart(func() error { return r.home.letters.bury(ctx, r.pos, failure) })
	if err != nil {
		logFailure(c.log(), "a dead letter was not taken", err)
	}
	if c.hub.Active() {
		c.hub.Emit(ctx, telemetry.DeadLetter{
			Component: c.component(), Attempt: int(r.attempts.Load()) + 1, Err: failure, Failure: err,
		})
	}
	return err == nil
}

// acknowledge calls the acknowledgers, once for each group of messages, and
// settles the messages. One that fails, or ends the goroutine, does not keep
// others from being called. The error is theirs.
func (c *core) acknowledge(ctx context.Context, from telemetry.Component, ok, bad []ending, scratch *any) (err error) {
	if len(ok)+len(bad) == 0 {
		return nil
	}
	defer func() {
		c.totals.count(ok)
		c.totals.count(bad)
		settleAll(ok)
		settleAll(bad)
	}()
	if first := groupOf(ok, bad); sameGroup(ok, first) && sameGroup(bad, first) {
		return c.acknowledgeGroup(ctx, from, ok, bad, scratch)
	}
	c.acknowledgeAll(ctx, from, grouped(ok, bad), scratch, &err)
	return err
}

// acknowledgeAll calls acknowledgers one after the other, whatever they do.
func (c *core) acknowledgeAll(ctx context.Context, from telemetry.Component, groups []*endings, scratch *any, result *error) {
	if len(groups) == 0 {
		return
	}
	defer c.acknowledgeAll(ctx, from, groups[1:], scratch, result)
	if err := c.acknowledgeGroup(ctx, from, groups[0].ok, groups[0].bad, scratch); err != nil {
		*result = errors.Join(*result, err)
	}
}

// endings are those of one group.
type endings struct{ ok, bad []ending }

// grouped keeps the groups in the order in which they appear.
func grouped(ok, bad []ending) (order []*endings) {
	groups := make(map[any]*endings)
	of := func(e ending) *endings {
		key := e.group()
		if groups[key] == nil {
			groups[key] = new(endings)
			order = append(order, groups[key])
		}
		return groups[key]
	}
	for _, e := range ok {
		g := of(e)
		g.ok = append(g.ok, e)
	}
	for _, e := range bad {
		g := of(e)
		g.bad = append(g.bad, e)
	}
	return order
}

// group is nil for messages that nobody waits for.
func (e *ending) group() any {
	if e.ticket == nil {
		return nil
	}
	return e.ticket.group()
}

func groupOf(ok, bad []ending) any {
	if len(ok) > 0 {
		return ok[0].group()
	}
	return bad[0].group()
}

func sameGroup(endings []ending, group any) bool {
	for i := range endings {
		if endings[i].group() != group {
			return false
		}
	}
	return true
}

func (c *core) acknowledgeGroup(ctx context.Context, from telemetry.Component, ok, bad []ending, scratch *any) error {
	var t ticket
	if len(ok) > 0 {
		t = ok[0].ticket
	} else {
		t = bad[0].ticket
	}
	active := c.hub.Active()
	var began time.Time
	if active {
		began = time.Now()
	}
	err := func() (err error) {
		if t == nil { // nobody waits
			return nil
		}
		defer guard.Recover(&err)
		return t.ack(ctx, ok, bad, scratch)
	}()
	if err != nil {
		c.totals.ackFailures.Add(1)
		logFailure(c.log(), "an acknowledgement failed", err)
	}
	if active {
		c.hub.Emit(ctx, telemetry.Ack{
			Component: from, Successful: len(ok), Failed: len(bad), Err: err, Took: time.Since(began),
		})
	}
	return err
}

// ErrNotHeld says that a message cannot be acknowledged by a callback, since
// the callback does not have it (any more).
var ErrNotHeld = errors.New("broadway: the message is not held by this callback")

// AckNow acknowledges messages of the callback that calls it now, by their
// state: as failed if they are marked, or as discarded with [Discard]. They are
// not tried again, and no dead letters. What becomes of them later is not
// acknowledged again. A message that has been acknowledged already is left out.
// It fails with [ErrNotHeld], or with the panic or error of an acknowledger.
func AckNow[T any](ctx context.Context, messages ...*Message[T]) error {
	var ok, bad []ending
	var c *core
	var result error
	for _, m := range messages {
		switch {
		case m.acked:
			continue
		case m.record == nil || !m.record.claimEarly(m.epoch):
			result = ErrNotHeld
			continue
		}
		m.acked = true
		c = m.record.home.core
		switch v := judge(m.failure); {
		case m.failure == nil:
			ok = append(ok, endingOf(m, Succeeded, nil))
		case v.discard:
			ok = append(ok, endingOf(m, Discarded, v.err))
		default:
			bad = append(bad, endingOf(m, Failed, v.err))
		}
	}
	if c == nil {
		return result
	}
	from := c.component()
	if w, in := WorkerOf(ctx); in {
		from = telemetry.Component{Pipeline: c.name, Kind: w.Kind, Name: w.Name, Key: w.Batcher, Index: w.Index}
	}
	return errors.Join(result, c.acknowledge(ctx, from, ok, bad, new(any)))
}

// claimEarly takes a message for good while its callback runs.
func (r *record) claimEarly(epoch uint32) bool {
	s := unpack(r.state.Load())
	r.home.spoil()
	return s.epoch == epoch && (s.place == handling || s.place == inBatch) &&
		r.move(epoch, s.place, s.holder, settling, 0)
}

// crashReason is the failure of a message whose worker died.
func crashReason(reason error) error {
	if reason == nil {
		reason = process.Killed
	}
	return &workerDown{reason}
}

// workerDown is ErrWorkerDown with the exit reason.
type workerDown struct{ reason error }

func (e *workerDown) Error() string   { return ErrWorkerDown.Error() + ": " + e.reason.Error() }
func (e *workerDown) Unwrap() []error { return []error{ErrWorkerDown, e.reason} }
