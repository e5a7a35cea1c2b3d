package broadwaytest

import (
	"context"
	"errors"
	"io"
	"maps"
	"strconv"
	"sync"
	"time"

	"github.com/stagecraft-go/stagecraft/broadway"
	"github.com/stagecraft-go/stagecraft/internal/ctxerr"
)

// QueueOptions are the attributes of a [Queue]. The zero value has the defaults.
type QueueOptions struct {
	// Visibility is how long a message that was received is invisible to others,
	// unless it is deleted before. Default 30 s.
	Visibility time.Duration
	// Delay is how long a message that was sent is invisible at first.
	Delay time.Duration
	// MaxReceives is how often a message may be received. When it becomes visible
	// after that, it goes to the dead letters. Default: as often as you like.
	MaxReceives int
	// OnSuccess and OnFailure are what an acknowledgement does with a message.
	// Defaults [Delete] and [Keep].
	OnSuccess, OnFailure Disposal
	// Interval is how long a source of the queue waits after a request that
	// failed ([Queue.Break]). Default 1 s.
	Interval time.Duration
}

const (
	defaultVisibility = 30 * time.Second
	maxReceive        = 10 // messages that a source receives at once, as in SQS
)

// Queue is a queue in memory with the rules of Amazon's SQS, to test pipelines
// with a source that sends again what was not acknowledged.
//
//   - A message that is received is invisible for a while: that is the lease of
//     who received it. If it is not deleted by then, others get it, with a
//     higher receive count and another [Handle]. [Queue.ChangeVisibility] makes
//     the lease longer, or ends it.
//   - Delete works with the handle of the last receive, even if the lease is
//     over. With an older one nothing happens.
//   - After MaxReceives a message is a dead letter.
//   - Messages come roughly in the order in which they have become visible.
//
// It is a source ([Queue.Source]) and the acknowledger of its messages. All
// methods can be called at any time, also in a bubble of testing/synctest if the
// queue was made there.
type Queue[T any] struct {
	options QueueOptions

	mu      sync.Mutex
	changed chan struct{} // closed with the next change
	nextID  int
	items   map[int]*item[T]
	visible []*item[T]  // and some that are not any more
	later   schedule[T] // invisible and delayed ones, by time
	dead    []Letter[T]
	counts  QueueStats
	broken  error
	closed  bool
}

// Letter is a message of a queue that was received too often.
type Letter[T any] struct {
	ID         string
	Data       T
	Attributes map[string]string
	Receives   int
}

// NewQueue makes an empty queue.
func NewQueue[T any](o QueueOptions) *Queue[T] {
	if o.Visibility == 0 {
		o.Visibility = defaultVisibility
	}
	if o.OnSuccess == (Disposal{}) {
		o.OnSuccess = Delete
	}
	if o.OnFailure == (Disposal{}) {
		o.OnFailure = Keep
	}
	return &Queue[T]{options: o, items: make(map[int]*item[T])}
}

// Send puts messages into the queue.
func (q *Queue[T]) Send(data ...T) {
	for _, d := range data {
		q.SendMessage(d, nil, q.options.Delay)
	}
}

// SendMessage puts a message into the queue that becomes visible after delay.
// Its attributes will be in the metadata of the pipeline's message.
func (q *Queue[T]) SendMessage(data T, attributes map[string]string, delay time.Duration) (id string) {
	now := time.Now()
	q.mu.Lock()
	defer q.mu.Unlock()
	defer q.tell()
	q.nextID++
	q.counts.Sent++
	i := &item[T]{id: q.nextID, data: data, attributes: maps.Clone(attributes)}
	q.items[i.id] = i
	if delay > 0 {
		q.hide(i, now.Add(delay))
	} else {
		q.show(i)
	}
	return strconv.Itoa(i.id)
}

// Receive gets up to n messages, and makes them invisible. It waits until there
// is one, or ctx ends; then it returns none. After [Queue.Close] and the end of
// the last message it returns io.EOF. It is a broadway.Fetch.
func (q *Queue[T]) Receive(ctx context.Context, n int) ([]broadway.Message[T], error) {
	for {
		received, next, changed, err := q.receive(n)
		if len(received) > 0 || err != nil {
			return received, err
		}
		if !await(ctx, changed, next) {
			return nil, nil
		}
	}
}

// receive returns what there is, or when to try again.
func (q *Queue[T]) receive(n int) (received []broadway.Message[T], next time.Time, changed <-chan struct{}, err error) {
	now := time.Now()
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.broken != nil {
		return nil, next, nil, q.broken
	}
	q.advance(now)
	for len(received) < n && len(q.visible) > 0 {
		i := q.visible[0]
		q.visible = q.visible[1:]
		if !i.visible {
			continue // deleted meanwhile
		}
		received = append(received, q.deliver(i, now))
	}
	if len(received) == 0 && q.closed && len(q.items) == 0 {
		return nil, next, nil, io.EOF
	}
	next, changed = q.next()
	return received, next, changed, nil
}

// deliver hands a message out.
func (q *Queue[T]) deliver(i *item[T], now time.Time) broadway.Message[T] {
	i.receives++
	i.leased = true
	q.counts.Received++
	if i.receives > 1 {
		q.counts.Redelivered++
	}
	q.hide(i, now.Add(q.options.Visibility))
	metadata := maps.Clone(i.attributes)
	if metadata == nil {
		metadata = make(map[string]string)
	}
	metadata[MessageID] = strconv.Itoa(i.id)
	metadata[ReceiptHandle] = string(i.handle())
	metadata[ReceiveCount] = strconv.Itoa(i.receives)
	return broadway.NewMessage(i.data, q, QueueID{Handle: i.handle()}).WithMetadata(metadata)
}

// Source is a source that receives from the queue, up to ten messages at once.
// When the queue is closed and empty, the source ends.
func (q *Queue[T]) Source() broadway.Source[T] {
	return broadway.FromFetch(q.Receive, broadway.FetchOptions{Max: maxReceive, Interval: q.options.Interval})
}

// Delete deletes the message that was received with this handle.
func (q *Queue[T]) Delete(h Handle) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.broken != nil {
		return q.broken
	}
	q.advance(time.Now())
	q.remove(h)
	return nil
}

// ErrNotInFlight refuses to change the visibility of a message that nobody has,
// or somebody else.
var ErrNotInFlight = errors.New("broadwaytest: the message is not in flight with this handle")

// ChangeVisibility makes a message that was received visible after d from now,
// 0 means at once.
func (q *Queue[T]) ChangeVisibility(h Handle, d time.Duration) error {
	now := time.Now()
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.broken != nil {
		return q.broken
	}
	q.advance(now)
	i := q.find(h)
	if i == nil || !i.leased {
		return ErrNotInFlight
	}
	q.release(i, now, d)
	return nil
}

// Purge deletes all messages, received or not, but no dead letters.
func (q *Queue[T]) Purge() {
	q.mu.Lock()
	defer q.mu.Unlock()
	defer q.tell()
	for _, i := range q.items {
		i.visible = false
	}
	clear(q.items)
	q.visible, q.later = nil, nil
}

// Close says that no more messages will be sent. A pipeline that reads the queue
// ends when the last one is deleted or a dead letter.
func (q *Queue[T]) Close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	defer q.tell()
	q.closed = true
}

// Break makes all requests to the queue fail with err, those of
// acknowledgements too, until Break(nil).
func (q *Queue[T]) Break(err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	defer q.tell()
	q.broken = err
}

// AwaitEmpty waits until all messages are deleted or dead letters. The error says
// what is left.
func (q *Queue[T]) AwaitEmpty(ctx context.Context) error {
	for {
		left, next, changed := q.left()
		if left == 0 {
			return nil
		}
		if !await(ctx, changed, next) {
			return &LeftError{Stats: q.Stats(), Err: ctxerr.Of(ctx)}
		}
	}
}

func (q *Queue[T]) left() (n int, next time.Time, changed <-chan struct{}) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.advance(time.Now())
	next, changed = q.next()
	return len(q.items), next, changed
}

// await waits for a change or a time. It is false if ctx ends first.
func await(ctx context.Context, changed <-chan struct{}, next time.Time) bool {
	var due <-chan time.Time
	if !next.IsZero() {
		timer := time.NewTimer(time.Until(next))
		defer timer.Stop()
		due = timer.C
	}
	select {
	case <-changed:
	case <-due:
	case <-ctx.Done():
		return false
	}
	return true
}
