package telemetry

import (
	"log/slog"
	"time"
)

// ProcessorStart: a processor begins with the messages that it got at once, a chunk.
type ProcessorStart struct {
	Component
	Messages []Carrier
	At       time.Time
}

// ProcessorStop: the chunk is done.
type ProcessorStop struct {
	Component
	// Messages is their number, the sum of the next three.
	Messages int
	// Forwarded went on to a batcher.
	Forwarded int
	// Acknowledged succeeded and end here.
	Acknowledged int
	Failed       int
	Took         time.Duration
}

// ProcessorException: the processor itself crashed, not a callback for a message.
type ProcessorException struct {
	Component
	Messages int
	Err      error
	Took     time.Duration
}

// MessageStart: the handler is about to be called for a message.
type MessageStart struct {
	Component
	Message Carrier
	// Attempt counts from 1.
	Attempt int
	// Waited is the time since the producer emitted the message.
	Waited time.Duration
	At     time.Time
}

// MessageStop: the handler returned.
type MessageStop struct {
	Component
	Message Carrier
	Attempt int
	// Err is why the message was marked as failed; nil: it was not.
	Err  error
	Took time.Duration
}

// MessageException: the handler panicked, or what it returned makes no sense. The
// message has failed; no MessageStop follows.
type MessageException struct {
	Component
	Message Carrier
	Attempt int
	Err     error
	Took    time.Duration
}

func (ProcessorStart) Name() string     { return "broadway.processor.start" }
func (ProcessorStop) Name() string      { return "broadway.processor.stop" }
func (ProcessorException) Name() string { return "broadway.processor.exception" }
func (MessageStart) Name() string       { return "broadway.processor.message.start" }
func (MessageStop) Name() string        { return "broadway.processor.message.stop" }
func (MessageException) Name() string   { return "broadway.processor.message.exception" }

func (e ProcessorStart) LogAttrs() []slog.Attr {
	return e.attrs(slog.Int("messages", len(e.Messages)), slog.Time("at", e.At))
}

func (e ProcessorStop) LogAttrs() []slog.Attr {
	return e.attrs(slog.Int("messages", e.Messages), slog.Int("forwarded", e.Forwarded),
		slog.Int("acknowledged", e.Acknowledged), slog.Int("failed", e.Failed), slog.Duration("took", e.Took))
}

func (e ProcessorException) LogAttrs() []slog.Attr {
	return e.attrs(slog.Int("messages", e.Messages), failure("error", e.Err), slog.Duration("took", e.Took))
}

func (e MessageStart) LogAttrs() []slog.Attr {
	return e.attrs(slog.Int("attempt", e.Attempt), slog.Duration("waited", e.Waited), slog.Time("at", e.At))
}

func (e MessageStop) LogAttrs() []slog.Attr {
	return e.attrs(slog.Int("attempt", e.Attempt), failure("error", e.Err), slog.Duration("took", e.Took))
}

func (e MessageException) LogAttrs() []slog.Attr {
	return e.attrs(slog.Int("attempt", e.Attempt), failure("error", e.Err), slog.Duration("took", e.Took))
}
