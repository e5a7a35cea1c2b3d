package stage

// ring is a queue in one slice that grows as needed and gives memory back when
// it runs empty after a burst.
type ring[E any] struct {
	items []E // its length is 0 or a power of two
	head  int // index of the oldest item
	count int
}

// keepCapacity is the size up to which an empty ring keeps its memory.
const keepCapacity = 1024

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
	if len(r.items) > keepCapacity {
		r.items = nil
	}
}

// reserve makes room for n more items.
func (r *ring[E]) reserve(n int) {
	if r.count+n <= len(r.items) {
		return
	}
	size := max(len(r.items), 4)
	for size < r.count+n {
		size *= 2
	}
	grown := make([]E, size)
	n = copy(grown, r.items[r.head:min(r.head+r.count, len(r.items))])
	copy(grown[n:], r.items[:r.count-n])
	r.items, r.head = grown, 0
}
