package dispatcher

// list is a doubly linked list whose links live inside the items, so that
// moving an item allocates nothing. The zero value is an empty list.
type list[V any] struct {
	first, last *link[V]
}

// link is an item of at most one list.
type link[V any] struct {
	prev, next *link[V]
	item       V
}

func (l *list[V]) pushFront(k *link[V]) {
	k.prev, k.next = nil, l.first
	if l.first == nil {
		l.last = k
	} else {
		l.first.prev = k
	}
	l.first = k
}

func (l *list[V]) pushBack(k *link[V]) {
	k.prev, k.next = l.last, nil
	if l.last == nil {
		l.first = k
	} else {
		l.last.next = k
	}
	l.last = k
}

func (l *list[V]) remove(k *link[V]) {
	if k.prev == nil {
		l.first = k.next
	} else {
		k.prev.next = k.next
	}
	if k.next == nil {
		l.last = k.prev
	} else {
		k.next.prev = k.prev
	}
	k.prev, k.next = nil, nil
}
