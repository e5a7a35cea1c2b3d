package broadway

import "github.com/stagecraft-go/stagecraft/dispatcher"

// idlers is the dispatcher of a batcher that wants to know which batch
// processors are idle: those that have asked for a batch and got none.
type idlers[T any] struct {
	asking[*Batch[T]]
	members map[dispatcher.Consumer[*Batch[T]]]*idler[T]
	open    map[int32]int // batches asked for, by partition; -1 without any
}

// idler is a batch processor as the dispatcher behind sees it.
type idler[T any] struct {
	dispatcher.Consumer[*Batch[T]]
	in        *idlers[T]
	partition int32
	open      int
}

func newIdlers[T any](behind dispatcher.Dispatcher[*Batch[T]], asked func()) *idlers[T] {
	return &idlers[T]{
		asking:  asking[*Batch[T]]{behind, asked},
		members: make(map[dispatcher.Consumer[*Batch[T]]]*idler[T]),
		open:    make(map[int32]int),
	}
}

// some tells whether a batch of a partition would be handled at once.
func (d *idlers[T]) some(partition int32) bool { return d.open[partition] > 0 }

// Subscribe implements dispatcher.Dispatcher.
func (d *idlers[T]) Subscribe(c dispatcher.Consumer[*Batch[T]], opts dispatcher.Options) (int, error) {
	m := &idler[T]{c, d, -1, 0}
	if index, ok := opts.Partition.(int); ok {
		m.partition = int32(index)
	}
	demand, err := d.Dispatcher.Subscribe(m, opts)
	if err == nil {
		d.members[c] = m
	}
	return demand, err
}

// Ask implements dispatcher.Dispatcher.
func (d *idlers[T]) Ask(c dispatcher.Consumer[*Batch[T]], n int) int {
	m := d.members[c]
	m.add(n)
	return d.asking.Ask(m, n)
}

// Cancel implements dispatcher.Dispatcher.
func (d *idlers[T]) Cancel(c dispatcher.Consumer[*Batch[T]]) int {
	m := d.members[c]
	delete(d.members, c)
	m.add(-m.open)
	return d.Dispatcher.Cancel(m)
}

func (m *idler[T]) add(n int) {
	m.open += n
	m.in.open[m.partition] += n
}

// Send implements dispatcher.Consumer.
func (m *idler[T]) Send(batches []*Batch[T]) {
	m.add(-len(batches))
	m.Consumer.Send(batches)
}

// SendCopy implements dispatcher.Consumer.
func (m *idler[T]) SendCopy(batches []*Batch[T]) {
	m.add(-len(batches))
	m.Consumer.SendCopy(batches)
}

// SendShared implements dispatcher.Consumer.
func (m *idler[T]) SendShared(batches []*Batch[T]) {
	m.add(-len(batches))
	m.Consumer.SendShared(batches)
}
