package flow

import (
	"container/heap"
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
			length:    length.Microseconds(),
			at:        at,
			watermark: newWatermark(ps.worker, ps.window.eventTime.idle),
			used:      make(map[int64]*pane[T]),
			next:      unknown,
			announced: unknown,
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
	unfired numberHeap         // those that have not fired yet
	next    int64              // the first window that has not fired yet

	announced int64 // the first window that may not be done
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
		heap.Push(&f.unfired, number)
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
	var waiting []*pane[T]
	for number := range f.due(low) {
		if p := f.over(number); p != nil {
			waiting = append(waiting, p)
		}
	}
	f.next = max(f.next, low)
	if len(waiting) > 0 {
		f.panes.worker.after(f.lateness, func() { f.end(waiting) })
	}
	f.announce()
}

// announce says before which window all are done, if that has changed. With
// gaps there is no need: each window fires.
func (f *fixed[T]) announce() {
	passed := f.panes.worker.passed
	if passed == nil || f.gaps || f.next == unknown {
		return
	}
	first := f.next
	if f.lateness > 0 {
		for number := range f.used {
			first = min(first, number)
		}
	}
	if first > f.announced {
		f.announced = first
		passed(first * f.length)
	}
}

// due are the windows below a number that have not fired, in order.
func (f *fixed[T]) due(low int64) iter.Seq[int64] {
	return func(yield func(int64) bool) {
		if !f.gaps {
			for len(f.unfired) > 0 && f.unfired[0] < low && yield(f.unfired[0]) {
			}
			return
		}
		if f.next == unknown && len(f.unfired) > 0 {
			f.next = f.unfired[0]
		}
		for ; f.next != unknown && f.next < low && yield(f.next); f.next++ {
		}
	}
}

// over ends a window, or returns it if it waits for late events.
func (f *fixed[T]) over(number int64) (waiting *pane[T]) {
	p := f.used[number]
	if p == nil {
		p = f.make(f.id(number))
	}
	if len(f.unfired) > 0 && f.unfired[0] == number {
		heap.Pop(&f.unfired)
	}
	if f.lateness == 0 {
		p.fire(Done)
		delete(f.used, number)
		return nil
	}
	p.fire(Watermark)
	f.used[number] = p
	return p
}

// end ends windows that have waited for long enough.
func (f *fixed[T]) end(waiting []*pane[T]) {
	for _, p := range waiting {
		p.fire(Done)
		delete(f.used, p.id.N/f.length)
	}
	f.announce()
}

func (f *fixed[T]) finish() {
	f.lateness = 0
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

// numberHeap has the least number on top.
type numberHeap []int64

func (h numberHeap) Len() int           { return len(h) }
func (h numberHeap) Less(i, j int) bool { return h[i] < h[j] }
func (h numberHeap) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *numberHeap) Push(x any)        { *h = append(*h, x.(int64)) }
func (h *numberHeap) Pop() any {
	last := len(*h) - 1
	top := (*h)[last]
	*h = (*h)[:last]
	return top
}
