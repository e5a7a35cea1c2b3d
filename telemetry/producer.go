package telemetry

import (
	"log/slog"
	"time"
)

// Demand: a producer was asked for more messages.
type Demand struct {
	Component
	// N is how many more, on top of what it was asked for before.
	N int
}

// Buffered: the number of messages that wait in a producer for demand has changed.
type Buffered struct {
	Component
	// Events is how many there are now.
	Events int
}

// Discarded: a producer's buffer was full.
type Discarded struct {
	Component
	// Events is how many were lost this time.
	Events int
}

// RateLimited: the rate limiter has opened or closed, or its limit was changed.
type RateLimited struct {
	Component
	// Open tells whether messages may pass.
	Open bool
	// Held is how many messages it holds back.
	Held int
	// Allowed is how many may pass in an Interval.
	Allowed  int
	Interval time.Duration
}

func (Demand) Name() string      { return "broadway.producer.demand" }
func (Buffered) Name() string    { return "broadway.producer.buffered" }
func (Discarded) Name() string   { return "broadway.producer.discarded" }
func (RateLimited) Name() string { return "broadway.rate_limiter.changed" }

func (e Demand) LogAttrs() []slog.Attr { return e.attrs(slog.Int("n", e.N)) }

func (e Buffered) LogAttrs() []slog.Attr { return e.attrs(slog.Int("events", e.Events)) }

func (e Discarded) LogAttrs() []slog.Attr { return e.attrs(slog.Int("events", e.Events)) }

func (e RateLimited) LogAttrs() []slog.Attr {
	return e.attrs(slog.Bool("open", e.Open), slog.Int("held", e.Held),
		slog.Int("allowed", e.Allowed), slog.Duration("interval", e.Interval))
}
