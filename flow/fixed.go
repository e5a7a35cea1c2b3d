package flow

import (
	"iter"
	"maps"
	"slices"
	"time"

	"github.com/stagecraft-go/stagecraft/process"
)

// Fixed is windows of equal length by the time of the events: each event
// belongs to the one that its time falls into. A window fires Done when all
// producers of a stage have delivered an event of a later window, or have
// ended. An event of a window that is over is late: it is dropped, see
// [Window.OnLate], [Window.CountLate], [Window.AllowLateness] and
// [Window.IdleTimeout]. Windows without events cost and fire nothing, unless
// [Window.WithGaps] says so.
//
// Time has a resolution of a microsecond. A length is 1 µs or more.
func Fixed[T any](length time.Duration, at func(event T) time.Time) Window[T] {
	var w Window[T]
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
			length:    length.Microseconds(),
			at:        at,
			watermark: newWatermark(ps.worker, ps.window.eventTime.idle),
			used:      make(map[int64]*pane[T]),
			next:      unknown,
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
	next    int64              // the first window that has not fired yet
	waiting map[int64]bool     // windows that have fired Watermark
}

func (f *fixed[T]) start() { f.watch(f.advance) }

// handle sorts runs of events of one window.
func (f *fixed[T]) handle(batch []T, from *process.Ref) {
	progress := f.of(from)
	for len(batch) > 0 && f.panes.worker.err == nil {
		number := f.number(batch[0])
		n := 1
		for n < len(batch) && f.number(batch[n]) == number {
			n++
		}
		f.sort(number, batch[:n], progress)
		batch = batch[n:]
	}
	f.advance()
}

func (f *fixed[T]) number(event T) int64 {
	return floorDiv(f.at(event).UnixMicro(), f.length)
}

// floorDiv rounds down, also below zero.
func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

func (f *fixed[T]) sort(number int64, events []T, producer *progress) {
	p := f.used[number]
	if p == nil {
		if number < producer.reached || f.next != unknown && number < f.next {
			f.drop(events)
			return
		}
		p = f.make(f.id(number))
		f.used[number] = p
	}
	producer.reached = max(producer.reached, number)
	p.add(events)
}

func (f *fixed[T]) id(number int64) WindowID {
	return WindowID{Kind: FixedWindow, N: number * f.length}
}

// advance fires in the windows that the watermark has passed.
func (f *fixed[T]) advance() {
	low, known := f.low()
	if !known || f.panes.worker.err != nil {
		return
	}
	for number := range f.due(low) {
		f.over(number)
	}
	f.next = max(f.next, low)
}

// due are the windows below a number that have not fired, in order.
func (f *fixed[T]) due(low int64) iter.Seq[int64] {
	if !f.gaps {
		numbers := slices.Sorted(maps.Keys(f.used))
		return func(yield func(int64) bool) {
			for _, number := range numbers {
				if number >= low || !f.waiting[number] && !yield(number) {
					return
				}
			}
		}
	}
	return func(yield func(int64) bool) {
		if f.next == unknown && len(f.used) > 0 {
			f.next = slices.Min(slices.Collect(maps.Keys(f.used)))
		}
		for ; f.next != unknown && f.next < low && yield(f.next); f.next++ {
		}
	}
}

// over ends a window, or lets it wait for late events.
func (f *fixed[T]) over(number int64) {
	p := f.used[number]
	if p == nil {
		p = f.make(f.id(number))
	}
	if f.lateness == 0 {
		p.fire(Done)
		delete(f.used, number)
		return
	}
	p.fire(Watermark)
	if f.waiting == nil {
		f.waiting = make(map[int64]bool)
	}
	f.used[number], f.waiting[number] = p, true
	f.panes.worker.after(f.lateness, func() {
		p.fire(Done)
		delete(f.used, number)
		delete(f.waiting, number)
	})
}

func (f *fixed[T]) finish() {
	f.lateness = 0
	clear(f.waiting)
	if len(f.used) == 0 {
		return
	}
	numbers := slices.Sorted(maps.Keys(f.used))
	first, last := numbers[0], numbers[len(numbers)-1]
	if f.gaps {
		for number := first; number <= last; number++ {
			f.over(number)
		}
		return
	}
	for _, number := range numbers {
		f.over(number)
	}
}

func (f *fixed[T]) open(yield func(*pane[T]) bool) {
	for _, number := range slices.Sorted(maps.Keys(f.used)) {
		if !yield(f.used[number]) {
			return
		}
	}
}
