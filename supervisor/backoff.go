package supervisor

import (
	"math/rand/v2"
	"time"
)

// Backoff delays the restarts of a child; OTP has no such thing. The first
// restart waits for Initial, each one after it twice as long, up to Max; without
// Max all wait for Initial. A child that has lived longer than the longest wait
// begins anew. While it waits the child is [Restarting], and terminating it calls
// the restart off. The zero value is no delay.
type Backoff struct {
	// Initial is 0 or more. Without it there is no delay.
	Initial time.Duration
	// Max is Initial or more, or 0.
	Max time.Duration
	// Jitter spreads each delay by this part of it, 0 to 1: 0.2 makes 10 s a
	// random time of 8 s to 12 s.
	Jitter float64
}

func (b Backoff) valid() bool {
	return b.Initial >= 0 && (b.Max == 0 || b.Max >= b.Initial) && b.Jitter >= 0 && b.Jitter <= 1
}

// Delay is the wait before the restart after so many others, 0 or more. Jitter may
// take it beyond Max.
func (b Backoff) Delay(before int) time.Duration {
	d := b.Initial
	for ; before > 0 && d < b.Max; before-- {
		d += min(d, b.Max-d)
	}
	if b.Jitter > 0 {
		d += time.Duration(float64(d) * b.Jitter * (2*rand.Float64() - 1))
	}
	return d
}

// delayAfterEnd is the wait before the restart of a child that has ended.
func (sl *slot) delayAfterEnd() time.Duration {
	if time.Since(sl.since) > max(sl.spec.Backoff.Initial, sl.spec.Backoff.Max) {
		sl.attempts = 0
	}
	return sl.nextDelay()
}

// nextDelay is the wait before the next try.
func (sl *slot) nextDelay() time.Duration {
	if sl.spec.Backoff.Initial == 0 {
		return 0
	}
	sl.attempts++
	return sl.spec.Backoff.Delay(sl.attempts - 1)
}
