package flow

import "slices"

// chunk is the most events that operations hand on at a time: few enough to
// stay in the processor's cache on their way through a layer.
const chunk = 512

// piece is how many events of a list an operation works on between two looks at
// whether to leave off: so few that slow functions do not keep a flow from
// stopping, and so many that the looks cost quick ones nothing.
const piece = 32

// leavesOff tells before the i-th event of a list whether not to go on.
func (w *worker) leavesOff(i int) bool { return i%piece == 0 && w.halted() }

// collector gathers the results of an operation, so that the next one gets them
// in lists.
type collector[T any] struct {
	events []T
	next   func([]T)
}

// collect makes the collector of the operation at a position.
func collect[T any](w *worker, pos int, next func([]T)) *collector[T] {
	return &collector[T]{next: func(events []T) {
		if !w.halted() {
			next(events)
			w.at = pos
		}
	}}
}

func (c *collector[T]) add(event T) {
	c.events = append(c.events, event)
	if len(c.events) >= chunk {
		c.flush()
	}
}

// room is a list of n results to be filled in, and passed to took. It is for
// operations that have at most one result for an event.
func (c *collector[T]) room(n int) []T {
	c.events = slices.Grow(c.events, n)
	return c.events[:n]
}

// took says how many results have been filled in.
func (c *collector[T]) took(n int) { c.events = c.events[:n] }

func (c *collector[T]) addAll(events []T) {
	for i := range events {
		c.add(events[i])
	}
}

// flush hands on what there is. The list is used again, so it must not keep
// events alive.
func (c *collector[T]) flush() {
	if len(c.events) == 0 {
		return
	}
	c.next(c.events)
	clear(c.events)
	c.events = c.events[:0]
}
