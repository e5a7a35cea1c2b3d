package flow

// earliest is a heap: it has on top what is due first.
type earliest[V any] struct{ items []timed[V] }

// timed is a value with a time in microseconds, or another number to sort by.
type timed[V any] struct {
	at    int64
	value V
}

func (h *earliest[V]) empty() bool { return len(h.items) == 0 }

func (h *earliest[V]) top() timed[V] { return h.items[0] }

func (h *earliest[V]) push(at int64, value V) {
	h.items = append(h.items, timed[V]{at, value})
	for i := len(h.items) - 1; i > 0; {
		parent := (i - 1) / 2
		if h.items[parent].at <= h.items[i].at {
			return
		}
		h.items[parent], h.items[i] = h.items[i], h.items[parent]
		i = parent
	}
}

func (h *earliest[V]) pop() V {
	top, last := h.items[0].value, len(h.items)-1
	h.items[0] = h.items[last]
	h.items[last] = timed[V]{} // what left the heap must not be kept alive by it
	h.items = h.items[:last]
	h.sink()
	return top
}

// sink moves the top down to its place.
func (h *earliest[V]) sink() {
	for i := 0; ; {
		least := i
		for child := 2*i + 1; child <= 2*i+2 && child < len(h.items); child++ {
			if h.items[child].at < h.items[least].at {
				least = child
			}
		}
		if least == i {
			return
		}
		h.items[least], h.items[i] = h.items[i], h.items[least]
		i = least
	}
}
