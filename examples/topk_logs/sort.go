package main

import (
	"iter"
	"maps"
	"slices"
	"time"

	"github.com/stagecraft-go/stagecraft/flow"
)

// slack is how much older than a line before it a line may be.
const slack = 5 * time.Second

// sorter brings the lines of a log into the order of their times. It holds them
// back until no earlier one can come; one that comes all the same is late.
type sorter struct {
	*counters
	newest time.Time
	held   map[int64][]stamped // by second
}

func (c *counters) newSorter() *sorter { return &sorter{counters: c, held: make(map[int64][]stamped)} }

// add takes a line and emits those whose turn has come.
func (s *sorter) add(line string, emit func(stamped)) *sorter {
	s.lines.Add(1)
	l, ok := stamp(line)
	switch {
	case !ok:
		s.malformed.Add(1)
		return s
	case l.at.Before(s.newest.Add(-slack)):
		s.late.Add(1)
		return s
	case l.at.After(s.newest):
		s.newest = l.at
		for l := range s.before(s.newest.Add(-slack).Unix()) {
			emit(l)
		}
	}
	second := l.at.Unix()
	s.held[second] = append(s.held[second], l)
	return s
}

// rest are the lines that are held back at the end.
func (s *sorter) rest(flow.Firing) ([]stamped, *sorter) {
	return slices.Collect(s.before(s.newest.Unix() + 1)), s
}

// before takes the lines before a second, in order.
func (s *sorter) before(end int64) iter.Seq[stamped] {
	return func(yield func(stamped) bool) {
		for _, second := range slices.Sorted(maps.Keys(s.held)) {
			if second >= end {
				return
			}
			for _, l := range s.held[second] {
				if !yield(l) {
					return
				}
			}
			delete(s.held, second)
		}
	}
}
