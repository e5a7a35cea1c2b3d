package flowkit

// List is a list of values that never changes. It is linked, so that it is
// comparable like the other values.
type List struct{ first any } // nil or a cell

type cell struct {
	head Value
	tail List
}

func newList(items []Value) (l List) {
	for i := len(items) - 1; i >= 0; i-- {
		l = l.prepend(items[i])
	}
	return l
}

func (l List) prepend(head Value) List { return List{cell{head, l}} }

func (l List) items() (items []Value) {
	for {
		c, ok := l.first.(cell)
		if !ok {
			return items
		}
		items = append(items, c.head)
		l = c.tail
	}
}
