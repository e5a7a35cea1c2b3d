package telemetry

import (
	"log/slog"
	"time"
)

// BatcherStart: a batcher begins to sort the messages that it got at once into
// batches.
type BatcherStart struct {
	Component
	Messages int
	At       time.Time
}

// BatcherStop: it has sorted them.
type BatcherStop struct {
	Component
	Messages int
	// Open is the number of batches that are not full and not due yet.
	Open int
	Took time.Duration
}

// BatcherException: the batcher crashed.
type BatcherException struct {
	Component
	Messages int
	Err      error
	Took     time.Duration
}

func (BatcherStart) Name() string     { return "broadway.batcher.start" }
func (BatcherStop) Name() string      { return "broadway.batcher.stop" }
func (BatcherException) Name() string { return "broadway.batcher.exception" }

func (e BatcherStart) LogAttrs() []slog.Attr {
	return e.attrs(slog.Int("messages", e.Messages), slog.Time("at", e.At))
}

func (e BatcherStop) LogAttrs() []slog.Attr {
	return e.attrs(slog.Int("messages", e.Messages), slog.Int("open", e.Open), slog.Duration("took", e.Took))
}

func (e BatcherException) LogAttrs() []slog.Attr {
	return e.attrs(slog.Int("messages", e.Messages), failure("error", e.Err), slog.Duration("took", e.Took))
}
