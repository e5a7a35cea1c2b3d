package flow

import (
	"time"

	"github.com/stagecraft-go/stagecraft/process"
)

// global has one window.
type global[T any] struct {
	*panes[T]
	pane *pane[T]
}

func (g *global[T]) start()                         { g.pane = g.make(WindowID{}) }
func (g *global[T]) handle(b []T, _ *process.Ref)   { g.pane.add(b) }
func (g *global[T]) joined(*process.Ref)            {}
func (g *global[T]) left(*process.Ref)              {}
func (g *global[T]) finish()                        { g.pane.fire(Done) }
func (g *global[T]) open(yield func(*pane[T]) bool) { yield(g.pane) }

// counted has a window for each number of events.
type counted[T any] struct {
	*panes[T]
	size int
	pane *pane[T]
	room int
}

func (c *counted[T]) start() { c.begin(0) }

func (c *counted[T]) begin(n int64) {
	c.pane = c.make(WindowID{Kind: CountWindow, N: n})
	c.room = c.size
}

func (c *counted[T]) handle(batch []T, _ *process.Ref) {
	for len(batch) >= c.room && c.worker.err == nil {
		n := c.room
		c.pane.add(batch[:n])
		c.pane.fire(Done)
		c.begin(c.pane.id.N + 1)
		batch = batch[n:]
	}
	c.room -= len(batch)
	c.pane.add(batch)
}

func (c *counted[T]) joined(*process.Ref)            {}
func (c *counted[T]) left(*process.Ref)              {}
func (c *counted[T]) finish()                        { c.pane.fire(Done) }
func (c *counted[T]) open(yield func(*pane[T]) bool) { yield(c.pane) }

// periodic has a window for each period of the machine's clock.
type periodic[T any] struct {
	*panes[T]
	period time.Duration
	pane   *pane[T]
}

func (p *periodic[T]) start() {
	p.pane = p.make(WindowID{Kind: PeriodicWindow})
	p.worker.every(p.period, func() {
		p.pane.fire(Done)
		p.pane = p.make(WindowID{Kind: PeriodicWindow, N: p.pane.id.N + 1})
	})
}

func (p *periodic[T]) handle(b []T, _ *process.Ref)   { p.pane.add(b) }
func (p *periodic[T]) joined(*process.Ref)            {}
func (p *periodic[T]) left(*process.Ref)              {}
func (p *periodic[T]) finish()                        { p.pane.fire(Done) }
func (p *periodic[T]) open(yield func(*pane[T]) bool) { yield(p.pane) }
