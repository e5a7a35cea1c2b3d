package dispatcher

import (
	"math/rand/v2"
	"slices"
)

// claim is what one consumer of a demand dispatcher may still get.
type claim[T any] struct {
	consumer Consumer[T]
	open     int
	level    *level[T]
	warned   bool
}

// level holds all claims with the same open demand, in the order in which
// they reached it.
type level[T any] struct {
	open   int
	claims list[claim[T]]
}

// levels orders claims by open demand, largest first, among equals the one
// that reached it earlier. GenStage keeps one sorted list for this, in which
// each step costs a walk along the consumers. Here equals share a level, and
// only the distinct levels are sorted: they are few, however many consumers
// there are, since an open demand is a number up to the max demand. Claims
// without open demand share the level 0.
type levels[T any] struct {
	sorted []*level[T] // ascending, so that the top is at the end
	spare  []*level[T] // empty levels, to be used again
	total  int         // sum of all open demand
}

// top is the claim to be served next, nil if none is open.
func (l *levels[T]) top() *link[claim[T]] {
	if l.total == 0 {
		return nil
	}
	return l.sorted[len(l.sorted)-1].claims.first
}

// add takes in a new claim, with nothing open.
func (l *levels[T]) add(c *link[claim[T]]) {
	c.item.level = l.at(0)
	c.item.level.claims.pushBack(c)
}

// remove lets go of a claim.
func (l *levels[T]) remove(c *link[claim[T]]) {
	l.total -= c.item.open
	v := c.item.level
	v.claims.remove(c)
	if v.claims.first == nil {
		l.drop(v)
	}
}

// move gives a claim a new open demand and puts it behind its equals.
func (l *levels[T]) move(c *link[claim[T]], open int) {
	v := c.item.level
	if c.prev == nil && c.next == nil && l.relabel(v, open) {
		l.total += open - c.item.open
		c.item.open = open
		return
	}
	l.remove(c)
	l.total += open
	c.item.open, c.item.level = open, l.at(open)
	c.item.level.claims.pushBack(c)
}

// relabel changes the demand of a level if it can stay in its place. So a claim
// that is alone on its level mostly moves without moving anything.
func (l *levels[T]) relabel(v *level[T], open int) bool {
	place := l.search(v.open)
	if place > 0 && l.sorted[place-1].open >= open {
		return false
	}
	if place+1 < len(l.sorted) && l.sorted[place+1].open <= open {
		return false
	}
	v.open = open
	return true
}

// search is the place of a level with that open demand, or where it belongs.
func (l *levels[T]) search(open int) int {
	from, to := 0, len(l.sorted)
	for from < to {
		mid := int(uint(from+to) >> 1)
		if l.sorted[mid].open < open {
			from = mid + 1
		} else {
			to = mid
		}
	}
	return from
}

// at finds or makes the level with that open demand.
func (l *levels[T]) at(open int) *level[T] {
	place := l.search(open)
	if place < len(l.sorted) && l.sorted[place].open == open {
		return l.sorted[place]
	}
	v := l.blank()
	v.open = open
	l.sorted = slices.Insert(l.sorted, place, v)
	return v
}

func (l *levels[T]) blank() *level[T] {
	if n := len(l.spare); n > 0 {
		v := l.spare[n-1]
		l.spare = l.spare[:n-1]
		return v
	}
	return new(level[T])
}

// drop takes an empty level out.
func (l *levels[T]) drop(v *level[T]) {
	place := l.search(v.open)
	l.sorted = slices.Delete(l.sorted, place, place+1)
	l.spare = append(l.spare, v)
}

// shuffle puts the claims of each level in random order.
func (l *levels[T]) shuffle(r *rand.Rand) {
	shuffle := rand.Shuffle
	if r != nil {
		shuffle = r.Shuffle
	}
	var equals []*link[claim[T]]
	for _, v := range l.sorted {
		equals = equals[:0]
		for c := v.claims.first; c != nil; c = c.next {
			equals = append(equals, c)
		}
		shuffle(len(equals), func(i, j int) { equals[i], equals[j] = equals[j], equals[i] })
		v.claims = list[claim[T]]{}
		for _, c := range equals {
			v.claims.pushBack(c)
		}
	}
}
