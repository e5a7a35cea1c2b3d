package dispatcher

import "slices"

// discard is the route of events that go nowhere.
const discard = -1

// lost are the events whose hash named no partition.
type lost struct {
	count int
	first any // name
}

func (p *partition[T]) Dispatch(events []T) ([]T, int) {
	clear(p.counts)
	p.routes = slices.Grow(p.routes[:0], len(events))
	taken, discarded := p.route(p, events)
	p.waiting -= taken - discarded
	p.routes = p.routes[:taken]
	p.reportLost()
	p.deliver(events[:taken:taken], taken-discarded)
	if p.exact {
		discarded = 0
	}
	return events[taken:], discarded
}

// router routes events until the demand is used up: it fills in routes and
// counts. Discarded events use no demand, so that those which come in their
// place are taken. It may change events.
type router[T any] func(p *partition[T], events []T) (taken, discarded int)

// toFirst is the router for one partition.
func toFirst[T any](p *partition[T], events []T) (taken, discarded int) {
	taken = min(len(events), p.waiting)
	clear(p.routes[:taken])
	p.counts[0] = taken
	return taken, 0
}

// byIndex routes by the number of the partition.
func byIndex[T any](hash func(T) int) router[T] {
	return func(p *partition[T], events []T) (taken, discarded int) {
		routes, counts := p.routes[:len(events)], p.counts
		for free := p.waiting; taken < len(events) && free > 0; taken++ {
			index := hash(events[taken])
			if uint(index) >= uint(len(counts)) {
				p.unknown(index)
				routes[taken] = discard
				discarded++
				continue
			}
			routes[taken] = int32(index)
			counts[index]++
			free--
		}
		return taken, discarded
	}
}

// byName routes by the name of the partition.
func byName[T any, K comparable](index map[K]int, hash Hash[T, K]) router[T] {
	return func(p *partition[T], events []T) (taken, discarded int) {
		routes := p.routes[:len(events)]
		for free := p.waiting; taken < len(events) && free > 0; taken++ {
			event, name, keep := hash(events[taken])
			i, known := index[name]
			switch {
			case keep && known:
				events[taken] = event
				routes[taken] = int32(i)
				p.counts[i]++
				free--
				continue
			case keep:
				p.unknown(name)
			}
			routes[taken] = discard
			discarded++
		}
		return taken, discarded
	}
}

// unknown notes an event whose hash named no partition. It is discarded.
func (p *partition[T]) unknown(name any) {
	if p.exact {
		panic(&HashError{Partition: name, Allowed: p.allowed})
	}
	if p.lost.count == 0 {
		p.lost.first = name
	}
	p.lost.count++
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

// sort puts the events in order, slot by slot, each in its order, without those
// that are discarded. It turns the counts into the place where the events of the
// slot end. No new array is made, since the stage may recycle this one.
func (p *partition[T]) sort(events []T, placed int) []T {
	next := 0
	for i, count := range p.counts {
		p.counts[i] = next
		next += count
	}
	p.scratch = append(p.scratch[:0], events...)
	for i, route := range p.routes {
		if route != discard {
			events[p.counts[route]] = p.scratch[i]
			p.counts[route]++
		}
	}
	clear(p.scratch) // it must not keep events alive
	return events[:placed]
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
