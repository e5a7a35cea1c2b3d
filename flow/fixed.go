package flow

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/stagecraft-go/stagecraft/process"
)

// Fixed is windows of equal length by the time of the events: each event
// belongs to the one that its time falls into. A window fires Done when all
// producers of a stage, which are the stages of the layer before, have delivered
// an event of a later window, or have ended. An event of a window that is over
// is late: it is dropped, see [Window.OutOfOrder], [Window.AllowLateness],
// [Window.OnLate], [Window.CountLate] and [Window.IdleTimeout]. Windows without
// events cost and fire nothing, unless [Window.WithGaps] says so.
//
// Time has a resolution of a microsecond. A length is 1 µs or more.
func Fixed[T any](length time.Duration, at func(event T) time.Time) Window[T] {
	w := Window[T]{kind: FixedWindow}
	switch {
	case length < time.Microsecond:
		return w.fail("a fixed window of %v, allowed is 1µs or more", length)
	case at == nil:
		return w.fail("a fixed window without the time of an event")
	}
	w.newSorter = func(ps *panes[T]) sorter[T] {
		return &fixed[T]{
			panes:     ps,
			eventTime: ps.window.eventTime,
			watermark: newWatermark(ps),
			passed:    newPassings[T](ps.window.eventTime.lateness),
			length:    length.Microseconds(),
			at:        at,
			used:      make(map[int64]*pane[T]),
			next:      unknown,
			begun:     unknown,
			filled:    unknown,
		}
	}
	return w
}

// fixed sorts by window number: time divided by length, rounded down.
type fixed[T any] struct {
	*panes[T]
	eventTime[T]
	watermark
	length int64
	at     func(T) time.Time

	used    map[int64]*pane[T] // windows with events, by number
	unfired earliest[struct{}] // the numbers of those that have not fired yet
	next    int64              // the first window that the watermark has not passed
	begun   int64              // with gaps: the first one that has fired
	filled  int64              // and the first behind it that has not
	passed  passings[T]        // with lateness: the windows that wait for late events

	numbers earliest[struct{}] // with lateness: of used windows, and some that were used
}

func (f *fixed[T]) start() { f.watch(f.advance) }

func (f *fixed[T]) left(producer *process.Ref) {
	f.gone(producer)
	f.advance()
}

// handle sorts runs of events of one window.
func (f *fixed[T]) handle(batch []T, from *process.Ref) {
	p := f.of(from)
	for len(batch) > 0 && !f.panes.worker.halted() {
		n := f.run(batch, p)
		batch = batch[n:]
	}
	f.advance()
}

// run sorts the events at the beginning of a list that are of one window, and
// returns their number.
func (f *fixed[T]) run(batch []T, p *progress) (n int) {
	latest := f.at(batch[0]).UnixMicro()
	number := floorDiv(latest, f.length)
	for n = 1; n < len(batch); n++ {
		if f.panes.worker.leavesOff(n) {
			break
		}
		at := f.at(batch[n]).UnixMicro()
		if floorDiv(at, f.length) != number {
			break
		}
		latest = max(latest, at)
	}
	f.reach(p, latest)
	if w := f.find(number); w != nil {
		w.add(batch[:n])
	} else {
		f.drop(batch[:n])
	}
	return n
}

// floorDiv rounds down, also below zero.
func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// find is the open window of a number, a new one if there is none, nil if it is
// over.
func (f *fixed[T]) find(number int64) *pane[T] {
	if p := f.used[number]; p != nil {
		return p
	}
	if number < f.next { // which is unknown, and less than all, at first
		return f.reopen(number)
	}
	f.unfired.push(number, struct{}{})
	return f.use(number)
}

// reopen opens a window that the watermark has passed, if it was not too long
// ago.
func (f *fixed[T]) reopen(number int64) *pane[T] {
	passed := f.passed.of(number)
	if passed == nil {
		return nil
	}
	p := f.use(number)
	passed.waiting = append(passed.waiting, p)
	for ; f.begun != unknown && f.begun > number && !f.panes.worker.halted(); f.begun-- { // the gap behind it
		if f.used[f.begun-1] == nil {
			passed.waiting = append(passed.waiting, f.use(f.begun-1))
		}
	}
	return p
}

func (f *fixed[T]) use(number int64) *pane[T] {
	p := f.make(f.id(number))
	f.used[number] = p
	if f.lateness > 0 && f.panes.worker.passed != nil {
		f.numbers.push(number, struct{}{})
	}
	return p
}

func (f *fixed[T]) id(number int64) WindowID {
	return WindowID{Kind: FixedWindow, N: number * f.length, Length: time.Duration(f.length) * time.Microsecond}
}

// advance fires in the windows that the watermark has passed.
func (f *fixed[T]) advance() {
	if f.panes.worker.halted() {
		return
	}
	if low, known := f.low(); known {
		f.pass(floorDiv(low, f.length))
	}
	f.announce()
}

// pass ends the windows before one, or lets them wait for late events.
func (f *fixed[T]) pass(next int64) {
	if next <= f.next {
		return
	}
	var waiting []*pane[T]
	f.due(next, func(number int64) {
		if p := f.over(number); p != nil {
			waiting = append(waiting, p)
		}
	})
	f.next = next
	if f.lateness == 0 {
		return
	}
	if f.passed.note(next, waiting, time.Now()) {
		f.panes.worker.afterLists(f.lateness, f.endFirst)
	}
}

// due calls fire with the windows before one that have not fired, in order. With
// gaps it goes no further than there have been events.
func (f *fixed[T]) due(next int64, fire func(number int64)) {
	if !f.gaps {
		for !f.unfired.empty() && f.unfired.top().at < next && !f.panes.worker.halted() {
			fire(f.unfired.top().at)
		}
		return
	}
	if f.filled == unknown {
		if f.unfired.empty() || f.unfired.top().at >= next {
			return
		}
		f.begun = f.unfired.top().at
		f.filled = f.begun
	}
	last := min(next, floorDiv(f.greatest, f.length)+1)
	for ; f.filled < last && !f.panes.worker.halted(); f.filled++ {
		fire(f.filled)
	}
}

// over ends a window, or returns it if it waits for late events.
func (f *fixed[T]) over(number int64) (waiting *pane[T]) {
	p := f.used[number]
	if p == nil {
		p = f.use(number)
	}
	if !f.unfired.empty() && f.unfired.top().at == number {
		f.unfired.pop()
	}
	if f.lateness == 0 {
		p.fire(Done)
		delete(f.used, number)
		return nil
	}
	p.fire(Watermark)
	return p
}

// endFirst ends the windows of the first passing, when they have waited for long
// enough.
func (f *fixed[T]) endFirst() {
	if rest := f.passed.rest(time.Now()); rest > 0 { // windows were added to it
		f.panes.worker.afterLists(rest, f.endFirst)
		return
	}
	waiting := f.passed.end()
	slices.SortFunc(waiting, func(a, b *pane[T]) int { return cmp.Compare(a.id.N, b.id.N) })
	for _, p := range waiting {
		p.fire(Done)
		delete(f.used, f.number(p))
	}
	f.announce()
}

func (f *fixed[T]) number(p *pane[T]) int64 { return p.id.N / f.length }

// announce tells what is behind the layer before which time all windows are
// done. With gaps there is no need, unless the stage may be idle: each window fires.
func (f *fixed[T]) announce() {
	if f.panes.worker.passed == nil || f.gaps && f.eventTime.idle == 0 {
		return
	}
	number := f.next
	switch {
	case f.asleep():
		number = f.firstUsed()
	case f.lateness > 0:
		number = min(f.passed.over, f.firstUsed())
	}
	if number != unknown && number != never {
		number *= f.length // now a time
	}
	f.tell(number)
}

// firstUsed is the first open window.
func (f *fixed[T]) firstUsed() int64 {
	numbers := &f.unfired
	if f.lateness > 0 {
		numbers = &f.numbers
		for !numbers.empty() && f.used[numbers.top().at] == nil {
			numbers.pop()
		}
	}
	if numbers.empty() {
		return never
	}
	return numbers.top().at
}

func (f *fixed[T]) finish() {
	f.lateness = 0
	for _, number := range slices.Sorted(maps.Keys(f.used)) {
		f.due(number, func(gap int64) { f.over(gap) })
		if f.panes.worker.halted() {
			return
		}
		f.over(number)
		f.filled = max(f.filled, number+1)
	}
}

func (f *fixed[T]) open(yield func(*pane[T]) bool) {
	for _, number := range slices.Sorted(maps.Keys(f.used)) {
		if !yield(f.used[number]) {
			return
		}
	}
}
