package dispatcher

// discard is the route of events that go nowhere.
const discard = -1

// lost are the events whose hash named no partition.
type lost struct {
	count int
	first any // name
}

func (p *partition[T]) Dispatch(events []T) ([]T, int) {
	taken, discarded := p.hash(events)
	p.deliver(events[:taken:taken], taken-discarded)
	if p.exact {
		discarded = 0
	}
	return events[taken:], discarded
}

// hash routes events until the demand is used up. Discarded events use none of
// it, so that those which come in their place are taken.
func (p *partition[T]) hash(events []T) (taken, discarded int) {
	clear(p.counts)
	p.routes = p.routes[:0]
	free := p.waiting
	for taken < len(events) && free > 0 {
		route := p.route(&events[taken])
		taken++
		p.routes = append(p.routes, int32(route))
		if route == discard {
			discarded++
			continue
		}
		p.counts[route]++
		free--
	}
	p.waiting = free
	p.reportLost()
	return taken, discarded
}

// unknown treats an event whose hash named no partition.
func (p *partition[T]) unknown(name any) int {
	if p.exact {
		panic(&HashError{Partition: name, Allowed: p.allowed})
	}
	if p.lost.count == 0 {
		p.lost.first = name
	}
	p.lost.count++
	return discard
}

// reportLost logs once per batch, since a wrong hash is wrong for many events.
func (p *partition[T]) reportLost() {
	if p.lost.count == 0 {
		return
	}
	p.log.Error(ErrUnknownPartition.Error(),
		"partition", p.lost.first, "allowed", p.allowed, "events", p.lost.count)
	p.lost = lost{}
}

// deliver gives each slot its events, as they are if they are all for one.
func (p *partition[T]) deliver(events []T, placed int) {
	for i, count := range p.counts {
		if count > 0 && count == len(events) {
			p.place(&p.slots[i], events)
			return
		}
	}
	if placed == 0 {
		return
	}
	sorted := p.sort(events, placed)
	from := 0
	for i, to := range p.counts {
		if to > from {
			p.place(&p.slots[i], sorted[from:to])
			from = to
		}
	}
}

// sort copies the events to one new array, slot by slot, each in its order. It
// turns the counts into the place where the events of the slot end.
func (p *partition[T]) sort(events []T, placed int) []T {
	next := 0
	for i, count := range p.counts {
		p.counts[i] = next
		next += count
	}
	sorted := make([]T, placed)
	for i, route := range p.routes {
		if route != discard {
			sorted[p.counts[route]] = events[i]
			p.counts[route]++
		}
	}
	return sorted
}

// place sends what the consumer has asked for and queues the rest.
func (p *partition[T]) place(s *slot[T], events []T) {
	n := min(s.open, len(events))
	s.open -= n
	s.backedUp = s.open == 0
	if n > 0 {
		s.consumer.Send(events[:n:n])
	}
	if n < len(events) {
		s.queue.push(events[n:])
		p.queued += len(events) - n
	}
}
