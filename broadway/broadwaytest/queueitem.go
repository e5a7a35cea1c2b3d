package broadwaytest

import (
	"container/heap"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/stagecraft-go/stagecraft/broadway"
)

// Handle is a receipt handle: one message as it was received once.
type Handle string

// The metadata of messages of a [Queue], beside their attributes.
const (
	MessageID     = "message_id"
	ReceiptHandle = "receipt_handle"
	ReceiveCount  = "receive_count"
)

// HandleOf is the handle of a message in a pipeline, in processors and in
// batches, if it comes from a [Queue].
func HandleOf[T any](m *broadway.Message[T]) Handle { return Handle(m.Get(ReceiptHandle)) }

// item is a message of a queue. It is visible, or in the schedule.
type item[T any] struct {
	id         int
	data       T
	attributes map[string]string
	receives   int
	visible    bool
	leased     bool      // invisible because it was received
	due        time.Time // of becoming visible
	index      int       // in the schedule
}

func (i *item[T]) handle() Handle { return Handle(fmt.Sprintf("%d-%d", i.id, i.receives)) }

// find is the message that was last received with this handle, or nil.
func (q *Queue[T]) find(h Handle) *item[T] {
	id, _, _ := strings.Cut(string(h), "-")
	n, err := strconv.Atoi(id)
	if err != nil {
		return nil
	}
	if i := q.items[n]; i != nil && i.receives > 0 && i.handle() == h {
		return i
	}
	return nil
}

// tell wakes those who wait for a change.
func (q *Queue[T]) tell() {
	if q.changed != nil {
		close(q.changed)
		q.changed = nil
	}
}

// next is what to wait for when there is nothing to do.
func (q *Queue[T]) next() (due time.Time, changed <-chan struct{}) {
	if q.changed == nil {
		q.changed = make(chan struct{})
	}
	if len(q.later) > 0 {
		due = q.later[0].due
	}
	return due, q.changed
}

// advance does what was due until now.
func (q *Queue[T]) advance(now time.Time) {
	for len(q.later) > 0 && !q.later[0].due.After(now) {
		i := q.later[0]
		heap.Pop(&q.later)
		if i.leased {
			q.counts.Expired++
		}
		q.show(i)
	}
}

// show makes a message visible, or a dead letter. It is not in the schedule.
func (q *Queue[T]) show(i *item[T]) {
	i.leased = false
	if q.options.MaxReceives > 0 && i.receives >= q.options.MaxReceives {
		delete(q.items, i.id)
		q.dead = append(q.dead, Letter[T]{strconv.Itoa(i.id), i.data, i.attributes, i.receives})
	} else {
		i.visible = true
		q.visible = append(q.visible, i)
	}
	q.tell()
}

// hide puts a message into the schedule.
func (q *Queue[T]) hide(i *item[T], due time.Time) {
	i.visible, i.due = false, due
	heap.Push(&q.later, i)
}

// release changes the time when a message that is in flight becomes visible.
func (q *Queue[T]) release(i *item[T], now time.Time, d time.Duration) {
	if d > 0 {
		i.due = now.Add(d)
		heap.Fix(&q.later, i.index)
		q.tell()
		return
	}
	heap.Remove(&q.later, i.index)
	q.counts.Released++
	q.show(i)
}

// remove deletes a message.
func (q *Queue[T]) remove(h Handle) {
	i := q.find(h)
	if i == nil {
		q.counts.Stale++
		return
	}
	if !i.visible {
		heap.Remove(&q.later, i.index)
	}
	i.visible = false
	delete(q.items, i.id)
	q.counts.Deleted++
	q.tell()
}

// schedule is a heap of messages, by time and then by age.
type schedule[T any] []*item[T]

func (s schedule[T]) Len() int { return len(s) }

func (s schedule[T]) Less(a, b int) bool {
	if !s[a].due.Equal(s[b].due) {
		return s[a].due.Before(s[b].due)
	}
	return s[a].id < s[b].id
}

func (s schedule[T]) Swap(a, b int) {
	s[a], s[b] = s[b], s[a]
	s[a].index, s[b].index = a, b
}

// Push implements heap.Interface.
func (s *schedule[T]) Push(x any) {
	i := x.(*item[T])
	i.index = len(*s)
	*s = append(*s, i)
}

// Pop implements heap.Interface.
func (s *schedule[T]) Pop() any {
	last := len(*s) - 1
	i := (*s)[last]
	(*s)[last] = nil
	*s = (*s)[:last]
	return i
}
