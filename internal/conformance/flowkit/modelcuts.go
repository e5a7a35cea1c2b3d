package flowkit

import (
	"fmt"
	"slices"
)

// modelCuts is the inner trigger of one window.
type modelCuts struct {
	trigger *Trigger
	count   int // elements, or what they have spent
	held    []item
}

// pieces are what the trigger fires behind, and what goes on without it.
func (c *modelCuts) pieces(events []item) (pieces [][]item, rest []item) {
	switch {
	case c.trigger.Custom == "keep_only":
		for _, it := range events {
			if c.trigger.Pred.holds(it.Value) {
				rest = append(rest, it)
			}
		}
		return nil, rest
	case c.trigger.Custom == "moving":
		return c.moving(events), itemsOf(c.trigger.Emitted)
	}
	for _, it := range events {
		if c.trigger.Custom == "before_match" && c.trigger.Pred.holds(it.Value) {
			pieces, rest = append(pieces, rest), nil
		}
		rest = append(rest, it)
		if c.endsWith(it.Value) {
			pieces, rest = append(pieces, rest), nil
		}
	}
	return pieces, rest
}

// endsWith says that the trigger fires behind an element.
func (c *modelCuts) endsWith(e Value) bool {
	switch {
	case c.trigger.Every != nil:
		return c.spend(1, *c.trigger.Every)
	case c.trigger.Custom == "budget":
		return c.spend(e.num(), c.trigger.Limit)
	case c.trigger.Custom == "after_match":
		return c.trigger.Pred.holds(e)
	case c.trigger.Custom == "before_match":
		return false
	}
	panic(fmt.Errorf("unknown trigger %q", c.trigger.Custom))
}

func (c *modelCuts) spend(n, limit int) bool {
	if c.count += n; c.count < limit {
		return false
	}
	c.count = 0
	return true
}

func (c *modelCuts) moving(events []item) (pieces [][]item) {
	c.held = append(c.held, events...)
	for len(c.held) >= c.trigger.N {
		pieces = append(pieces, slices.Clone(c.held[:c.trigger.N]))
		c.held = c.held[1:]
	}
	return pieces
}
