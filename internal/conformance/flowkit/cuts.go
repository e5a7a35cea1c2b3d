package flowkit

import (
	"slices"

	"github.com/stagecraft-go/stagecraft/flow"
)

// withTrigger adds an inner trigger to a window.
func withTrigger[T any](w flow.Window[T], t *Trigger, e events[T]) flow.Window[T] {
	if t.Every != nil {
		return w.Every(*t.Every)
	}
	return w.Trigger(func() func([]T) flow.Cut[T] {
		c := cutter[T]{Trigger: t, events: e}
		switch t.Custom {
		case "after_match":
			return c.afterMatch
		case "before_match":
			return c.beforeMatch
		case "budget":
			return c.budget
		case "keep_only":
			return c.keepOnly
		}
		return c.moving
	})
}

// cutter is a trigger of the kit at work in one window.
type cutter[T any] struct {
	*Trigger
	events events[T]

	began bool // the next element was seen already
	spent int
	held  []T
}

func (c *cutter[T]) matches(e T) bool { return c.Pred.holds(c.events.value(e)) }

func (c *cutter[T]) cut(before, after []T) flow.Cut[T] {
	return flow.Cut[T]{Trigger: c.flowName(), Before: before, After: after}
}

func (c *cutter[T]) afterMatch(batch []T) flow.Cut[T] {
	if i := slices.IndexFunc(batch, c.matches); i >= 0 {
		return c.cut(batch[:i+1], batch[i+1:])
	}
	return flow.Cut[T]{Before: batch}
}

func (c *cutter[T]) beforeMatch(batch []T) flow.Cut[T] {
	for i := range batch {
		if c.began {
			c.began = false
			continue
		}
		if c.matches(batch[i]) {
			c.began = true
			return c.cut(batch[:i], batch[i:])
		}
	}
	return flow.Cut[T]{Before: batch}
}

func (c *cutter[T]) budget(batch []T) flow.Cut[T] {
	for i := range batch {
		c.spent += c.events.value(batch[i]).num()
		if c.spent >= c.Limit {
			c.spent = 0
			return c.cut(batch[:i+1], batch[i+1:])
		}
	}
	return flow.Cut[T]{Before: batch}
}

func (c *cutter[T]) keepOnly(batch []T) flow.Cut[T] {
	var kept []T
	for _, e := range batch {
		if c.matches(e) {
			kept = append(kept, e)
		}
	}
	return flow.Cut[T]{Before: kept}
}

// moving asks to be called again about the last element of a piece, since
// something else goes on behind it.
func (c *cutter[T]) moving(batch []T) flow.Cut[T] {
	for i := range batch {
		if c.began {
			c.began = false
			continue
		}
		c.held = append(c.held, batch[i])
		if len(c.held) == c.N {
			first := c.held
			c.held, c.began = slices.Clone(first[1:]), true
			return c.cut(first, batch[i:])
		}
	}
	var instead []T
	for _, e := range c.Emitted {
		instead = append(instead, c.events.event(e))
	}
	return flow.Cut[T]{Before: instead}
}
