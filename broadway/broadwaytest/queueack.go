package broadwaytest

import (
	"context"
	"time"

	"github.com/stagecraft-go/stagecraft/broadway"
)

// Disposal is what an acknowledgement does with a message of a [Queue]: [Delete],
// [Keep], or [Release]. The zero value is the queue's default.
type Disposal struct {
	what  uint8
	after time.Duration
}

const (
	deletes = iota + 1
	keeps
	releases
)

var (
	// Delete deletes the message.
	Delete = Disposal{what: deletes}
	// Keep leaves it invisible until its time is over.
	Keep = Disposal{what: keeps}
)

// Release makes the message visible after d, 0 means at once.
func Release(d time.Duration) Disposal { return Disposal{releases, d} }

// QueueID is what identifies a message to a [Queue].
type QueueID struct {
	Handle Handle
	// Options of this message alone.
	Options AckOptions
}

// AckOptions are options of broadway.ConfigureAck for messages of a [Queue]; see
// [ConfigureAck]. Zero fields change nothing.
type AckOptions struct {
	OnSuccess, OnFailure Disposal
}

// ConfigureAck changes what the acknowledgement of a message of a [Queue] will
// do. It fails with broadway.ErrNotConfigurable if the message comes from
// elsewhere.
func ConfigureAck[T any](m *broadway.Message[T], options AckOptions) error {
	return broadway.ConfigureAck[QueueID](m, options)
}

// Configure implements broadway.Configurer.
func (q *Queue[T]) Configure(id QueueID, options AckOptions) (QueueID, error) {
	if options.OnSuccess != (Disposal{}) {
		id.Options.OnSuccess = options.OnSuccess
	}
	if options.OnFailure != (Disposal{}) {
		id.Options.OnFailure = options.OnFailure
	}
	return id, nil
}

// Ack implements broadway.Acknowledger.
func (q *Queue[T]) Ack(_ context.Context, successful, failed []broadway.Receipt[QueueID]) error {
	now := time.Now()
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.broken != nil {
		return q.broken
	}
	q.advance(now)
	for _, r := range successful {
		q.dispose(r.ID.Handle, now, r.ID.Options.OnSuccess, q.options.OnSuccess)
	}
	for _, r := range failed {
		q.dispose(r.ID.Handle, now, r.ID.Options.OnFailure, q.options.OnFailure)
	}
	return nil
}

// dispose does what the message says, or else what the queue says.
func (q *Queue[T]) dispose(h Handle, now time.Time, own, standard Disposal) {
	if own == (Disposal{}) {
		own = standard
	}
	switch own.what {
	case deletes:
		q.remove(h)
	case releases:
		if i := q.find(h); i != nil && i.leased {
			q.release(i, now, own.after)
		} else {
			q.counts.Stale++
		}
	}
}
