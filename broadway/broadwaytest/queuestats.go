package broadwaytest

import (
	"fmt"
	"time"
)

// QueueStats counts messages of a [Queue].
type QueueStats struct {
	// Since the beginning: Redelivered is a part of Received. Expired were not
	// deleted within their visibility timeout, Released were made visible before.
	// Stale acknowledgements and deletions had the handle of an older receive, or
	// came when the message was gone.
	Sent, Received, Redelivered, Deleted, Expired, Released, Stale int
	// Now.
	Visible, InFlight, Delayed, DeadLetters int
}

// Stats are the counts up to now.
func (q *Queue[T]) Stats() QueueStats {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.advance(time.Now())
	s := q.counts
	for _, i := range q.items {
		switch {
		case i.visible:
			s.Visible++
		case i.leased:
			s.InFlight++
		default:
			s.Delayed++
		}
	}
	s.DeadLetters = len(q.dead)
	return s
}

// DeadLetters are the messages that were received too often, in order.
func (q *Queue[T]) DeadLetters() []Letter[T] {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.advance(time.Now())
	return append([]Letter[T](nil), q.dead...)
}

// LeftError says that a queue was not emptied in time.
type LeftError struct {
	Stats QueueStats
	Err   error // why the waiting ended
}

func (e *LeftError) Error() string {
	s := &e.Stats
	return fmt.Sprintf("broadwaytest: the queue is not empty (%d visible, %d in flight, %d delayed): %v",
		s.Visible, s.InFlight, s.Delayed, e.Err)
}

// Unwrap is why the waiting ended.
func (e *LeftError) Unwrap() error { return e.Err }
