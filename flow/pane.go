package flow

import "slices"

// pane is one window of one stage: it has its own state of all operations.
type pane[T any] struct {
	tail[T]
	worker  *worker
	id      WindowID
	cut     func(events []T) Cut[T] // nil without a trigger
	changed bool                    // since the last trigger
}

// panes makes panes.
type panes[T any] struct {
	worker *worker
	window Window[T]
	next   func() tail[T]
}

func (ps *panes[T]) make(id WindowID) *pane[T] {
	p := &pane[T]{tail: ps.next(), worker: ps.worker, id: id}
	ps.worker.at = ps.worker.windowed
	if ps.window.newCut != nil {
		p.cut = ps.window.newCut()
	}
	return p
}

// add lets events into the window, and the trigger cut them into pieces.
func (p *pane[T]) add(events []T) {
	p.changed = p.changed || len(events) > 0
	for len(events) > 0 && p.cut != nil && p.worker.err == nil {
		c := p.cut(events)
		if c.Trigger == "" {
			events = c.Before
			break
		}
		p.reduce(c.Before)
		p.fire(c.Trigger)
		events = c.After
	}
	p.reduce(events)
}

func (p *pane[T]) reduce(events []T) {
	p.worker.firing.Window = p.id
	for part := range slices.Chunk(events, chunk) {
		if p.worker.err != nil {
			return
		}
		p.push(part)
	}
	p.worker.at = p.worker.windowed
}

// fire turns the state of the window into events.
func (p *pane[T]) fire(trigger string) {
	if p.worker.err != nil {
		return
	}
	p.changed = false
	f := Firing{Window: p.id, Trigger: trigger, Index: p.worker.index, Total: p.worker.total}
	p.worker.firing = f
	if p.tail.fire != nil {
		p.tail.fire(f)
	}
	if p.worker.fired != nil && p.worker.err == nil {
		p.worker.fired(f)
	}
	p.worker.at = p.worker.windowed
}
