package flow

import "time"

// passings are the windows that the watermark has passed, and of which late
// events are still taken.
type passings[T any] struct {
	lateness time.Duration
	list     []*passing[T] // the earliest first
	over     int64         // the windows before it have ended, or never will be
}

// passing says that windows were passed that those before it did not pass. They
// end together. Passings that follow each other closely are one.
type passing[T any] struct {
	before      int64 // the windows with a lower number
	first, last time.Time
	waiting     []*pane[T] // those that are open
}

// perLateness is how many passings are remembered, about.
const perLateness = 64

func newPassings[T any](lateness time.Duration) passings[T] {
	return passings[T]{lateness: lateness, over: unknown}
}

// note says that all windows before one have been passed now, and which of them
// are open. It returns whether that is a new entry.
func (p *passings[T]) note(before int64, waiting []*pane[T], now time.Time) (added bool) {
	if n := len(p.list); n > 0 && now.Sub(p.list[n-1].first) < p.lateness/perLateness {
		last := p.list[n-1]
		last.before, last.last = before, now
		last.waiting = append(last.waiting, waiting...)
		return false
	}
	p.list = append(p.list, &passing[T]{before, now, now, waiting})
	return true
}

// rest is how long the windows of the first passing still have to wait.
func (p *passings[T]) rest(now time.Time) time.Duration {
	return p.lateness - now.Sub(p.list[0].last)
}

// end forgets the first passing, and returns the windows that end with it.
func (p *passings[T]) end() (waiting []*pane[T]) {
	first := p.list[0]
	p.list[0] = nil
	p.list, p.over = p.list[1:], first.before
	return first.waiting
}

// of is the passing of a window, nil if it is over for good.
func (p *passings[T]) of(number int64) *passing[T] {
	if number < p.over {
		return nil
	}
	for _, e := range p.list {
		if number < e.before {
			return e
		}
	}
	return nil
}
