package flow

import (
	"container/heap"
	"fmt"
	"math"
	"time"

	"github.com/stagecraft-go/stagecraft/process"
)

// Session is windows of activity by the time of the events: those of one key
// that follow each other within gap belong together. A session fires Done when
// all producers of a stage have got further than gap beyond its last event, or
// have ended. Late events are those of a session that is over, as in [Fixed].
// Sessions are not merged: an event between two that are open extends the
// earlier one.
//
// Flow has no such window; there it is built with emit_and_reduce.
func Session[T any, K comparable](gap time.Duration, at func(event T) time.Time, key func(event T) K) Window[T] {
	w := Window[T]{kind: SessionWindow}
	switch {
	case gap < time.Microsecond:
		return w.fail("a session window with a gap of %v, allowed is 1µs or more", gap)
	case at == nil || key == nil:
		return w.fail("a session window without the time or the key of an event")
	}
	w.newSorter = func(ps *panes[T]) sorter[T] {
		return &sessions[T, K]{
			panes:     ps,
			eventTime: ps.window.eventTime,
			watermark: newWatermark(ps.worker, ps.window.eventTime.idle),
			gap:       gap.Microseconds(),
			at:        at,
			key:       key,
			byKey:     make(map[K][]*session[T, K]),
			announced: unknown,
		}
	}
	return w
}

// sessions sorts by key and time.
type sessions[T any, K comparable] struct {
	*panes[T]
	eventTime[T]
	watermark
	gap int64
	at  func(T) time.Time
	key func(T) K

	byKey map[K][]*session[T, K]
	byEnd sessionHeap[T, K]
	seen  int64 // watermark of the last look
	known bool

	announced int64 // a session may begin here
}

// session is an open window.
type session[T any, K comparable] struct {
	*pane[T]
	key         K
	first, last int64 // times of its events
	due         int64 // last, when it was put into the heap
}

func (s *sessions[T, K]) start() { s.watch(s.advance) }

func (s *sessions[T, K]) handle(batch []T, from *process.Ref) {
	progress := s.of(from)
	for i := range batch {
		if s.panes.worker.err != nil {
			return
		}
		at := s.at(batch[i]).UnixMicro()
		if open := s.find(s.key(batch[i]), at); open != nil {
			open.first, open.last = min(open.first, at), max(open.last, at)
			open.add(batch[i : i+1])
		} else {
			s.drop(batch[i : i+1])
		}
		progress.reached = max(progress.reached, at)
	}
	s.advance()
}

// find is the session of an event, a new one if there is none, nil if it is
// late.
func (s *sessions[T, K]) find(key K, at int64) *session[T, K] {
	for _, open := range s.byKey[key] {
		if at >= open.first-s.gap && at <= open.last+s.gap {
			return open
		}
	}
	if s.known && at+s.gap < s.seen {
		return nil
	}
	id := WindowID{Kind: SessionWindow, N: at, Key: fmt.Sprint(key)}
	open := &session[T, K]{pane: s.make(id), key: key, first: at, last: at, due: at}
	s.byKey[key] = append(s.byKey[key], open)
	heap.Push(&s.byEnd, open)
	return open
}

// advance ends the sessions that the watermark has passed.
func (s *sessions[T, K]) advance() {
	if low, known := s.low(); known {
		s.seen, s.known = max(s.seen, low), true
		s.endBefore(s.seen)
		s.announce()
	}
}

// announce says before which time no session begins that is open or will be, if
// that has changed.
func (s *sessions[T, K]) announce() {
	passed := s.panes.worker.passed
	if passed == nil {
		return
	}
	first := s.seen - s.gap
	for _, open := range s.byEnd {
		first = min(first, open.id.N)
	}
	if first > s.announced {
		s.announced = first
		passed(first)
	}
}

func (s *sessions[T, K]) endBefore(low int64) {
	for len(s.byEnd) > 0 && s.byEnd[0].due+s.gap < low && s.panes.worker.err == nil {
		first := s.byEnd[0]
		if first.due != first.last { // it has grown since
			first.due = first.last
			heap.Fix(&s.byEnd, 0)
			continue
		}
		s.end(heap.Pop(&s.byEnd).(*session[T, K]))
	}
}

func (s *sessions[T, K]) end(over *session[T, K]) {
	over.fire(Done)
	rest := s.byKey[over.key]
	for i, open := range rest {
		if open == over {
			rest = append(rest[:i], rest[i+1:]...)
			break
		}
	}
	if len(rest) == 0 {
		delete(s.byKey, over.key)
		return
	}
	s.byKey[over.key] = rest
}

func (s *sessions[T, K]) finish() { s.endBefore(math.MaxInt64) }

func (s *sessions[T, K]) open(yield func(*pane[T]) bool) {
	for _, open := range s.byEnd {
		if !yield(open.pane) {
			return
		}
	}
}

// sessionHeap has the session on top that ends first.
type sessionHeap[T any, K comparable] []*session[T, K]

func (h sessionHeap[T, K]) Len() int           { return len(h) }
func (h sessionHeap[T, K]) Less(i, j int) bool { return h[i].due < h[j].due }
func (h sessionHeap[T, K]) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *sessionHeap[T, K]) Push(x any)        { *h = append(*h, x.(*session[T, K])) }
func (h *sessionHeap[T, K]) Pop() any {
	last := len(*h) - 1
	top := (*h)[last]
	(*h)[last] = nil
	*h = (*h)[:last]
	return top
}
