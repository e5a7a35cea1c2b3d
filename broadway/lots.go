package broadway

import (
	"sync"
	"sync/atomic"
)

// lotCount counts what is in flight, in lots: it is 0 when nothing is.
type lotCount struct {
	n       atomic.Int64
	waited  atomic.Bool
	mu      sync.Mutex
	waiters []chan struct{}
}

func (c *lotCount) add() { c.n.Add(1) }

func (c *lotCount) done() {
	if c.n.Add(-1) == 0 && c.waited.Load() {
		c.tell()
	}
}

func (c *lotCount) tell() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.n.Load() > 0 {
		return
	}
	for _, w := range c.waiters {
		close(w)
	}
	c.waiters = nil
	c.waited.Store(false)
}

// empty is closed as soon as nothing is in flight.
func (c *lotCount) empty() <-chan struct{} {
	w := make(chan struct{})
	c.mu.Lock()
	c.waiters = append(c.waiters, w)
	c.waited.Store(true)
	c.mu.Unlock()
	if c.n.Load() == 0 {
		c.tell()
	}
	return w
}
