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
// the notices between them. Its memory is used again.
type queue[T any] struct {
	memory []T // the events, from first on
	first  int
	left   int // number of events that have left, ever
	marks  []mark
}

// keepRoom is the most events for which an empty queue keeps its memory.
const keepRoom = 4096

func (q *queue[T]) len() int { return len(q.memory) - q.first }

func (q *queue[T]) push(events []T) {
	if room := cap(q.memory) - len(q.memory); room < len(events) && q.first >= q.len() {
		n := copy(q.memory, q.memory[q.first:])
		clear(q.memory[n:])
		q.memory, q.first = q.memory[:n], 0
	}
	q.memory = append(q.memory, events...)
}

// pushNotice puts a notice behind all events.
func (q *queue[T]) pushNotice(n *notice) {
	n.queues++
	q.marks = append(q.marks, mark{behind: q.left + q.len(), notice: n})
}

// next is up to n events, as far as the next notice. They stay in the queue
// until they are dropped.
func (q *queue[T]) next(n int) []T {
	n = min(n, q.len())
	if len(q.marks) > 0 {
		n = min(n, q.marks[0].behind-q.left)
	}
	return q.memory[q.first : q.first+n]
}

// drop removes the first n events.
func (q *queue[T]) drop(n int) {
	clear(q.memory[q.first : q.first+n]) // they must not be kept alive
	q.left += n
	q.first += n
	switch {
	case q.len() > 0:
	case cap(q.memory) > keepRoom:
		q.memory, q.first = nil, 0
	default:
		q.memory, q.first = q.memory[:0], 0
	}
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
	dropped := q.len()
	q.memory, q.first = nil, 0
	for _, m := range q.marks {
		m.notice.leave()
	}
	q.marks = nil
	return dropped
}
