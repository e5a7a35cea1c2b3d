package flow

import "time"

// passings remember when the watermark passed which windows, as long as late
// events of them are taken.
type passings struct {
	lateness time.Duration
	list     []passing // the earliest first
}

// passing says that windows were passed that those before it did not pass.
// Passings that follow each other closely are one.
type passing struct {
	before      int64 // the windows with a lower number
	first, last time.Time
}

// perLateness is how many passings are remembered, about.
const perLateness = 64

// grain is the time within which passings are one.
func (p *passings) grain() time.Duration { return p.lateness / perLateness }

// note says that all windows before one have been passed now. It returns whether
// that is a new entry.
func (p *passings) note(before int64, now time.Time) (added bool) {
	p.forget(now)
	if n := len(p.list); n > 0 && now.Sub(p.list[n-1].first) < p.grain() {
		p.list[n-1].before, p.list[n-1].last = before, now
		return false
	}
	p.list = append(p.list, passing{before, now, now})
	return true
}

// forget drops what is no longer needed: of the windows that are over for good
// the last one is enough.
func (p *passings) forget(now time.Time) {
	for len(p.list) > 1 && p.rest(p.list[1], now) <= 0 {
		p.list = p.list[1:]
	}
}

func (p *passings) rest(e passing, now time.Time) time.Duration {
	return p.lateness - now.Sub(e.last)
}

// of is how long late events of a window are still taken, 0 or less if no
// longer.
func (p *passings) of(number int64, now time.Time) time.Duration {
	p.forget(now)
	for _, e := range p.list {
		if number < e.before {
			return p.rest(e, now)
		}
	}
	return 0
}

// over is the first window of which late events may still come.
func (p *passings) over(now time.Time) int64 {
	p.forget(now)
	if len(p.list) == 0 || p.rest(p.list[0], now) > 0 {
		return unknown
	}
	return p.list[0].before
}
