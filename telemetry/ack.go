package telemetry

import (
	"log/slog"
	"time"
)

// Ack: messages were acknowledged, in one call of their acknowledger. Every message
// is in one Ack only: its result is final here.
type Ack struct {
	Component
	Successful int
	Failed     int
	// Err is why the acknowledger did not do it; nil: it did.
	Err  error
	Took time.Duration
}

// Retry: a message has failed and will be handled again.
type Retry struct {
	Component
	// Attempt is the one that failed, from 1.
	Attempt int
	// Delay is the time until the next.
	Delay time.Duration
	// Err is why the message failed.
	Err error
}

// DeadLetter: a message has failed for good and was put aside.
type DeadLetter struct {
	Component
	// Attempt is the last one, from 1.
	Attempt int
	// Err is why the message failed.
	Err error
	// Failure is why it could not be put aside; nil: it was.
	Failure error
}

func (Ack) Name() string        { return "broadway.ack" }
func (Retry) Name() string      { return "broadway.retry" }
func (DeadLetter) Name() string { return "broadway.dead_letter" }

func (e Ack) LogAttrs() []slog.Attr {
	return e.attrs(slog.Int("successful", e.Successful), slog.Int("failed", e.Failed),
		failure("error", e.Err), slog.Duration("took", e.Took))
}

func (e Retry) LogAttrs() []slog.Attr {
	return e.attrs(slog.Int("attempt", e.Attempt), slog.Duration("delay", e.Delay), failure("error", e.Err))
}

func (e DeadLetter) LogAttrs() []slog.Attr {
	return e.attrs(slog.Int("attempt", e.Attempt), failure("error", e.Err), failure("failure", e.Failure))
}
