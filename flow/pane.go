package flow

import (
	"errors"
	"fmt"
	"slices"
)

// pane is one window of one stage: it has its own state of all operations.
type pane[T any] struct {
	tail[T]
	worker     *worker
	id         WindowID
	cut        func(events []T) Cut[T] // nil without a trigger
	ownTrigger bool                    // it may write to the events
	changed    bool                    // since the last trigger
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
		p.cut, p.ownTrigger = ps.window.newCut(), ps.window.ownTrigger
	}
	return p
}

// add lets events into the window, and the trigger cut them into pieces.
func (p *pane[T]) add(events []T) {
	p.changed = p.changed || len(events) > 0
	if p.ownTrigger {
		events = slices.Clone(events) // the list may be the source's own
	}
	least, stuck := len(events), 0
	for len(events) > 0 && p.cut != nil && !p.worker.halted() {
		if stuck == maxStuck {
			p.worker.fail(ErrNoProgress)
			return
		}
		c := p.cut(events)
		switch c.Trigger {
		case "":
			p.reduce(c.Before)
			return
		case Done, Watermark:
			p.worker.fail(fmt.Errorf("a trigger of one's own is named %q, which says that the window is over", c.Trigger))
			return
		}
		p.reduce(c.Before)
		p.fire(c.Trigger)
		events = c.After
		if len(events) >= least {
			stuck++
		} else {
			least, stuck = len(events), 0
		}
	}
	p.reduce(events)
}

// ErrNoProgress ends a flow with a trigger of [Window.Trigger] that fires again
// and again, a thousand times, and leaves all events for the next time. It comes
// in an [*OpError].
var ErrNoProgress = errors.New("a trigger makes no progress")

// maxStuck is how often a trigger may fire without any progress.
const maxStuck = 1000

func (p *pane[T]) reduce(events []T) {
	p.worker.firing.Window = p.id
	for part := range slices.Chunk(events, chunk) {
		if p.worker.halted() {
			return
		}
		p.push(part)
	}
	p.worker.at = p.worker.windowed
}

// fire turns the state of the window into events.
func (p *pane[T]) fire(trigger string) {
	if p.worker.halted() {
		return
	}
	p.changed = false
	f := Firing{Window: p.id, Trigger: trigger, Index: p.worker.index, Total: p.worker.total}
	p.worker.firing = f
	if p.tail.fire != nil {
		p.tail.fire(f)
	}
	if p.worker.fired != nil && !p.worker.halted() {
		p.worker.fired(f)
	}
	p.worker.at = p.worker.windowed
}
