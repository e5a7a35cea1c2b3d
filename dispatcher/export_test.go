package dispatcher

// Balance shows the counters of a partition dispatcher.
func Balance[T any](d Dispatcher[T]) (queued, open, pending, waiting int) {
	p := d.(*partition[T])
	for i := range p.slots {
		open += p.slots[i].open
		queued += p.slots[i].queue.len()
	}
	if queued != p.queued {
		panic("the count of queued events is wrong")
	}
	return queued, open, p.pending, p.waiting
}
