package stage

// ring is a queue in one slice that grows as needed. When it runs empty it keeps
// a small slice; a larger one is on loan for as long as there is something in
// it, and the largest go to the garbage collector.
type ring[E any] struct {
	items []E // its length is 0 or a power of two
	head  int // index of the oldest item
	count int
}

const (
	smallRing = 1024
	largeRing = 8192
)

func (r *ring[E]) push(item E) {
	r.reserve(1)
	r.items[(r.head+r.count)&(len(r.items)-1)] = item
	r.count++
}

func (r *ring[E]) pushAll(items []E) {
	if len(items) == 0 {
		return
	}
	r.reserve(len(items))
	start := (r.head + r.count) & (len(r.items) - 1)
	n := copy(r.items[start:], items)
	copy(r.items, items[n:])
	r.count += len(items)
}

// pop removes the oldest item of a ring that is not empty.
func (r *ring[E]) pop() E {
	var none E
	item := r.items[r.head]
	r.items[r.head] = none // what left the queue must not be kept alive by it
	r.advance(1)
	return item
}

// at is the item behind the oldest n.
func (r *ring[E]) at(n int) E { return r.items[(r.head+n)&(len(r.items)-1)] }

// popInto removes the oldest len(into) items, which must exist.
func (r *ring[E]) popInto(into []E) {
	first := r.items[r.head:min(r.head+len(into), len(r.items))]
	n := copy(into, first)
	rest := r.items[:len(into)-n]
	copy(into[n:], rest)
	clear(first)
	clear(rest)
	r.advance(len(into))
}

// drop forgets the oldest n items, which must exist.
func (r *ring[E]) drop(n int) {
	first := r.items[r.head:min(r.head+n, len(r.items))]
	clear(first)
	clear(r.items[:n-len(first)])
	r.advance(n)
}

func (r *ring[E]) advance(n int) {
	r.count -= n
	if r.count > 0 {
		r.head = (r.head + n) & (len(r.items) - 1)
		return
	}
	r.head = 0
	if len(r.items) > smallRing {
		if len(r.items) == largeRing {
			poolOf[E]().rings.Put((*[largeRing]E)(r.items))
		}
		r.items = nil
	}
}

// reserve makes room for n more items.
func (r *ring[E]) reserve(n int) {
	if r.count+n <= len(r.items) {
		return
	}
	grown := newRing[E](r.count + n)
	n = copy(grown, r.items[r.head:min(r.head+r.count, len(r.items))])
	copy(grown[n:], r.items[:r.count-n])
	r.items, r.head = grown, 0
}

// newRing is the slice of a ring with room for n items.
func newRing[E any](n int) []E {
	if n > smallRing && n <= largeRing {
		if items, ok := poolOf[E]().rings.Get().(*[largeRing]E); ok {
			return items[:]
		}
		return make([]E, largeRing)
	}
	size := 4
	for size < n {
		size *= 2
	}
	return make([]E, size)
}
