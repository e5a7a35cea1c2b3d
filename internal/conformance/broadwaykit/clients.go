package broadwaykit

import (
	"errors"
	"fmt"

	"github.com/stagecraft-go/stagecraft/broadway"
)

// rateLimit reads or changes the rate limit.
func (r *replay) rateLimit(s *Step) any {
	if s.Do == "get_rate_limiting" {
		limit, err := r.pipeline.RateLimit(0)
		if err != nil {
			return limitError(err)
		}
		return map[string]any{"allowed": limit.Allowed, "interval_ms": limit.Interval.Milliseconds()}
	}
	reset, isBool := s.Reset.(bool)
	if !s.writable() {
		return invalid
	}
	err := r.pipeline.UpdateRateLimit(0, broadway.RateLimitUpdate{
		Allowed: value(s.Allowed), Interval: millis(s.Interval), Reset: isBool && reset,
	})
	if err != nil {
		return limitError(err)
	}
	return success
}

// invalid is an update that is refused.
const invalid = "invalid"

// writable tells whether Go has words for an update of the rate limit.
func (s *Step) writable() bool {
	_, isBool := s.Reset.(bool)
	return !s.UnknownOption && (s.Reset == nil || isBool)
}

func limitError(err error) string {
	var config *broadway.ConfigError
	switch {
	case errors.Is(err, broadway.ErrNoRateLimit):
		return "rate_limiting_not_enabled"
	case errors.As(err, &config):
		return invalid
	}
	return err.Error()
}

// callerAck sends messages with an acknowledger that reports to the sender, and
// returns what it was told.
func (r *replay) callerAck(s *Step) any {
	var told ack
	reporter := r.acker("caller", func(a ack) {
		r.journal.note(func(*record) {
			told.ok = append(told.ok, a.ok...)
			told.failed = append(told.failed, a.failed...)
		})
	})
	var messages []broadway.Message[Data]
	for _, d := range s.Data {
		m := broadway.NewMessage(d, reporter, ackID{born: d})
		if s.Single || s.Mode == "flush" {
			m.BatchMode = broadway.Flush
		}
		messages = append(messages, m)
	}
	if err := r.hand(messages...); err != nil {
		return fmt.Sprint(err)
	}
	r.journal.await(func(*record) bool { return len(told.ok)+len(told.failed) >= len(messages) })
	result := told.json()
	delete(result, "ref")
	for _, receipt := range append(told.ok, told.failed...) {
		if receipt.options != nil {
			result["configured"] = receipt.options
		}
	}
	return result
}
