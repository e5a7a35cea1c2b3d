package flow

import (
	"cmp"
	"fmt"
	"hash/maphash"
	"slices"
	"time"

	"github.com/stagecraft-go/stagecraft/process"
)

// Session is windows of activity by the time of the events: those of one key
// that follow each other within gap belong together, in whichever order they
// come. A session is over when all producers of a stage have got further than
// gap beyond its last event, or have ended. Only then do its events go through
// the operations of the layer, in the order of their times; triggers like
// [Window.Every] fire while they do, and Done behind them. The window's start is
// the time of the first event.
//
// An event is late if a session that it began would be over, and it belongs to
// none that is open: as in [Fixed], it is dropped. Open sessions are kept as
// they are: a stage holds all events of the sessions that are not over, and
// their times. [Window.Periodically] is refused, since there is no state to fire.
//
// A gap is 1 µs or more, times have that resolution. Put events of a key into
// one stage with [PartitionBy]: each stage has its own sessions. Flow has no
// such window; there it is built with emit_and_reduce.
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
			watermark: newWatermark(ps),
			gap:       gap.Microseconds(),
			at:        at,
			key:       key,
			byKey:     make(map[K][]*session[T, K]),
			seen:      unknown,
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

	byKey   map[K][]*session[T, K] // those of each key in order
	byEnd   earliest[*session[T, K]]
	byStart earliest[*session[T, K]] // if somebody wants to know
	seen    int64                    // the watermark
	part    []T                      // of a session that is over
}

// session is an open window.
type session[T any, K comparable] struct {
	key         K
	first, last int64 // times of its events
	events      []timed[T]
	sorted      bool // by time
	over        bool // or part of another one
}

func (s *sessions[T, K]) start() { s.watch(s.advance) }

func (s *sessions[T, K]) left(producer *process.Ref) {
	s.gone(producer)
	s.advance()
}

func (s *sessions[T, K]) handle(batch []T, from *process.Ref) {
	p := s.of(from)
	for i := range batch {
		if s.panes.worker.halted() {
			return
		}
		at := s.at(batch[i]).UnixMicro()
		if !s.sort(s.key(batch[i]), timed[T]{at, batch[i]}) {
			s.drop(batch[i : i+1])
		}
		s.reach(p, at)
	}
	s.advance()
}

// sort puts an event into its session, which is a new one if it is within reach
// of none. It returns false if the event is late.
func (s *sessions[T, K]) sort(key K, e timed[T]) bool {
	open := s.byKey[key]
	i, _ := slices.BinarySearchFunc(open, e.at-s.gap, func(o *session[T, K], at int64) int { return cmp.Compare(o.last, at) })
	if i == len(open) || open[i].first > e.at+s.gap {
		if s.seen != unknown && e.at+s.gap < s.seen {
			return false
		}
		s.byKey[key] = slices.Insert(open, i, s.begin(key, e))
		return true
	}
	s.extend(open[i], e)
	if i+1 < len(open) && open[i+1].first <= e.at+s.gap {
		open[i].merge(open[i+1])
		s.byKey[key] = slices.Delete(open, i+1, i+2)
	}
	return true
}

func (s *sessions[T, K]) begin(key K, e timed[T]) *session[T, K] {
	one := &session[T, K]{key: key, first: e.at, last: e.at, events: []timed[T]{e}, sorted: true}
	s.byEnd.push(one.last, one)
	s.index(one)
	return one
}

// index makes the start of a session known to announce.
func (s *sessions[T, K]) index(one *session[T, K]) {
	if s.panes.worker.passed != nil {
		s.byStart.push(one.first, one)
	}
}

func (s *sessions[T, K]) extend(one *session[T, K], e timed[T]) {
	one.sorted = one.sorted && e.at >= one.last
	one.events = append(one.events, e)
	one.last = max(one.last, e.at)
	if e.at < one.first {
		one.first = e.at
		s.index(one)
	}
}

// merge takes over the events of the session that follows. The larger list of
// the two is the one that stays where it is.
func (one *session[T, K]) merge(next *session[T, K]) {
	one.sorted = one.sorted && next.sorted && one.last < next.first && len(one.events) >= len(next.events)
	if len(one.events) < len(next.events) {
		one.events, next.events = next.events, one.events
	}
	one.events = append(one.events, next.events...)
	one.last = max(one.last, next.last)
	next.events, next.over = nil, true
}

// advance ends the sessions that the watermark has passed.
func (s *sessions[T, K]) advance() {
	if s.panes.worker.halted() {
		return
	}
	if low, known := s.low(); known {
		s.seen = max(s.seen, low)
		s.endBefore(s.seen)
	}
	s.announce()
}

// endBefore ends the sessions whose gap is over. One that has grown since it was
// put into the heap is put into it again.
func (s *sessions[T, K]) endBefore(low int64) {
	for !s.byEnd.empty() && s.byEnd.top().at+s.gap < low && !s.panes.worker.halted() {
		at := s.byEnd.top().at
		one := s.byEnd.pop()
		switch {
		case one.over:
		case one.last != at:
			s.byEnd.push(one.last, one)
		default:
			s.end(one)
		}
	}
}

// end lets the events of a session through the operations.
func (s *sessions[T, K]) end(one *session[T, K]) {
	if !one.sorted {
		slices.SortStableFunc(one.events, func(a, b timed[T]) int { return cmp.Compare(a.at, b.at) })
	}
	p := s.make(sessionID(one.first, one.key))
	for part := range slices.Chunk(one.events, chunk) {
		if s.panes.worker.halted() {
			return
		}
		s.part = s.part[:0]
		for i := range part {
			s.part = append(s.part, part[i].value)
		}
		p.add(s.part)
	}
	p.fire(Done)
	clear(s.part)
	one.over, one.events = true, nil
	s.remove(one)
}

// remove forgets a session, which is the first one of its key.
func (s *sessions[T, K]) remove(one *session[T, K]) {
	open := s.byKey[one.key]
	if len(open) > 1 {
		open[0] = nil
		s.byKey[one.key] = open[1:]
	} else {
		delete(s.byKey, one.key)
	}
}

// announce tells what is behind the layer before which time no session begins
// that is open or will be.
func (s *sessions[T, K]) announce() {
	if s.panes.worker.passed == nil {
		return
	}
	for !s.byStart.empty() && (s.byStart.top().value.over || s.byStart.top().value.first != s.byStart.top().at) {
		s.byStart.pop()
	}
	first := int64(never)
	if !s.byStart.empty() {
		first = s.byStart.top().at
	}
	if !s.asleep() {
		first = min(first, s.begins())
	}
	s.tell(first)
}

// begins is the least time at which a new session may begin.
func (s *sessions[T, K]) begins() int64 {
	if s.seen == unknown {
		return unknown
	}
	return s.seen - s.gap
}

func (s *sessions[T, K]) finish() { s.endBefore(never) }

// open are none: a session that is not over has no state.
func (s *sessions[T, K]) open(func(*pane[T]) bool) {}

// sessionID is the window of a session.
func sessionID[K comparable](start int64, key K) WindowID {
	id := WindowID{Kind: SessionWindow, N: start, Key: fmt.Sprint(key)}
	if !isText(key) {
		id.hash = maphash.Comparable(keySeed, key)
	}
	return id
}

// keySeed is that of the hashes of keys, for the life of the program.
var keySeed = maphash.MakeSeed()

// isText tells whether keys of a type are different as text if they are
// different. The type is K: an any that holds a string may also hold a number.
func isText[K comparable](K) bool {
	var zero K
	switch any(zero).(type) {
	case string, int, int8, int16, int32, int64, uint, uint8, uint16, uint32, uint64, bool:
		return true
	}
	return false
}
