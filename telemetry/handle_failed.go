package telemetry

import (
	"log/slog"
	"time"
)

// HandleFailedStart: the handler of failed messages is about to be called.
type HandleFailedStart struct {
	Component
	Messages int
	At       time.Time
}

// HandleFailedStop: it returned.
type HandleFailedStop struct {
	Component
	Messages int
	Took     time.Duration
}

// HandleFailedException: it panicked, or what it returned makes no sense.
type HandleFailedException struct {
	Component
	Messages int
	Err      error
	Took     time.Duration
}

func (HandleFailedStart) Name() string     { return "broadway.handle_failed.start" }
func (HandleFailedStop) Name() string      { return "broadway.handle_failed.stop" }
func (HandleFailedException) Name() string { return "broadway.handle_failed.exception" }

func (e HandleFailedStart) LogAttrs() []slog.Attr {
	return e.attrs(slog.Int("messages", e.Messages), slog.Time("at", e.At))
}

func (e HandleFailedStop) LogAttrs() []slog.Attr {
	return e.attrs(slog.Int("messages", e.Messages), slog.Duration("took", e.Took))
}

func (e HandleFailedException) LogAttrs() []slog.Attr {
	return e.attrs(slog.Int("messages", e.Messages), failure("error", e.Err), slog.Duration("took", e.Took))
}
