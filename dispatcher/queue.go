package dispatcher

// notice is an info that waits behind queued events.
type notice struct {
	deliver func()
	queues  int // queues in which it stands
}

// leave delivers the notice when it stands in no queue any more.
func (n *notice) leave() {
	n.queues--
	if n.queues == 0 {
		n.deliver()
	}
}

// mark is the place of a notice in a queue.
type mark struct {
	behind int // number of events of the queue's life before it
	notice *notice
}

// queue holds the events of a partition that nobody has asked for yet, with
// the notices between them. Events leave it as sub-slices, without a copy: what
// has left belongs to the consumer, and new events are put behind the rest.
type queue[T any] struct {
	events []T
	left   int // number of events that have left, ever
	marks  []mark
}

func (q *queue[T]) push(events []T) {
	q.events = append(q.events, events...)
}

// pushNotice puts a notice behind all events.
func (q *queue[T]) pushNotice(n *notice) {
	n.queues++
	q.marks = append(q.marks, mark{behind: q.left + len(q.events), notice: n})
}

// pop takes up to n events, as far as the next notice.
func (q *queue[T]) pop(n int) []T {
	n = min(n, len(q.events))
	if len(q.marks) > 0 {
		n = min(n, q.marks[0].behind-q.left)
	}
	out := q.events[:n:n]
	q.left += n
	q.events = q.events[n:]
	if len(q.events) == 0 {
		q.events = nil
	}
	return out
}

// popNotices releases the notices in front of the first event.
func (q *queue[T]) popNotices() {
	for len(q.marks) > 0 && q.marks[0].behind == q.left {
		n := q.marks[0].notice
		q.marks[0].notice = nil // not to be kept by the array
		q.marks = q.marks[1:]
		n.leave()
	}
}

// clear drops all events, releases all notices and returns the number of
// events.
func (q *queue[T]) clear() int {
	dropped := len(q.events)
	q.events = nil
	for _, m := range q.marks {
		m.notice.leave()
	}
	q.marks = nil
	return dropped
}
