package broadway

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/stagecraft-go/stagecraft/process"
)

// ErrNoRateLimit says that a producer was started without a rate limit, so that
// there is none to read or change.
var ErrNoRateLimit = errors.New("broadway: the producer has no rate limit")

// limiter is the counter that the processes of a producer share. In each
// interval so many messages may pass; what is not used up is not kept.
type limiter struct {
	left atomic.Int64

	mu     sync.Mutex
	limit  RateLimit
	ticker *process.Process // the process that resets it
}

func newLimiter(limit RateLimit) *limiter {
	l := &limiter{limit: limit}
	l.left.Store(int64(limit.Allowed))
	return l
}

// take asks to let n messages pass. It returns how many may, and whether more
// may after them.
func (l *limiter) take(n int) (may int, open bool) {
	for {
		left := l.left.Load()
		if left <= 0 {
			return 0, false
		}
		may = min(n, int(left))
		if l.left.CompareAndSwap(left, left-int64(may)) {
			return may, left > int64(may)
		}
	}
}

func (l *limiter) get() RateLimit {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.limit
}

// reset begins an interval.
func (l *limiter) reset() RateLimit {
	limit := l.get()
	l.left.Store(int64(limit.Allowed))
	return limit
}

// RateLimitUpdate changes a rate limit. Zero fields stay as they are.
type RateLimitUpdate struct {
	Allowed  int
	Interval time.Duration
	// Reset begins an interval now. Otherwise the new limit counts from the
	// next one on.
	Reset bool
}

func (l *limiter) update(u RateLimitUpdate) error {
	var check checker
	check.is(u.Allowed >= 0, "RateLimitUpdate.Allowed", u.Allowed, "1 or more, or 0 for no change")
	check.is(u.Interval >= 0, "RateLimitUpdate.Interval", u.Interval, "more than 0, or 0 for no change")
	if err := check.result(); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if u.Allowed > 0 {
		l.limit.Allowed = u.Allowed
	}
	if u.Interval > 0 {
		l.limit.Interval = u.Interval
	}
	if u.Reset && l.ticker != nil {
		l.ticker.Send(intervalOver{forced: true})
	}
	return nil
}

// rateLimiter is the process that resets a limiter: Broadway's RateLimiter.
type rateLimiter struct {
	limiter *limiter
	opened  func() // tells the producers
	timer   *process.Timer
}

// intervalOver is the end of an interval.
type intervalOver struct{ forced bool }

// Init implements process.Behaviour.
func (r *rateLimiter) Init(self *process.Self) error {
	r.limiter.mu.Lock()
	r.limiter.ticker = self.Process()
	r.limiter.mu.Unlock()
	r.begin(self)
	return nil
}

func (r *rateLimiter) begin(self *process.Self) {
	limit := r.limiter.reset()
	r.timer = self.SendAfter(limit.Interval, intervalOver{})
}

// Handle implements process.Behaviour.
func (r *rateLimiter) Handle(self *process.Self, msg any) error {
	if _, ok := msg.(intervalOver); !ok {
		return nil
	}
	r.timer.Stop()
	r.begin(self)
	r.opened()
	return nil
}

// Terminate implements process.Behaviour.
func (*rateLimiter) Terminate(*process.Self, error) {}

// start starts the process.
func (r *rateLimiter) start(ctx context.Context, system *process.System, opts ...process.StartOption) (*process.Process, error) {
	return system.Start(ctx, r, opts...)
}
