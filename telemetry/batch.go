package telemetry

import (
	"log/slog"
	"time"
)

// BatchStart: a batch processor is about to handle a batch.
type BatchStart struct {
	Component
	Messages []Carrier
	// Size is the number of messages.
	Size int
	// BatchKey is what its messages have in common.
	BatchKey string
	// Partition is -1 without partitions.
	Partition int
	// Trigger is why the batch was closed, one word: "size", "timeout", "flush".
	Trigger string
	// Waited is the time since the batch was full or due.
	Waited time.Duration
	// Age is the time since its first message came to the batcher.
	Age time.Duration
	At  time.Time
}

// BatchStop: the batch is done, in success or in failure.
type BatchStop struct {
	Component
	// Size is the sum of Successful and Failed.
	Size       int
	BatchKey   string
	Partition  int
	Trigger    string
	Successful int
	Failed     int
	// Err is the failure of the whole batch, a panic of its handler included; nil
	// if there was none.
	Err  error
	Took time.Duration
}

// BatchException: the batch processor itself crashed, not the handler of batches.
type BatchException struct {
	Component
	Size      int
	BatchKey  string
	Partition int
	Trigger   string
	Err       error
	Took      time.Duration
}

func (BatchStart) Name() string     { return "broadway.batch_processor.start" }
func (BatchStop) Name() string      { return "broadway.batch_processor.stop" }
func (BatchException) Name() string { return "broadway.batch_processor.exception" }

func (e BatchStart) LogAttrs() []slog.Attr {
	return e.attrs(slog.Int("size", e.Size), slog.String("batch_key", e.BatchKey),
		partition(e.Partition), slog.String("trigger", e.Trigger),
		slog.Duration("waited", e.Waited), slog.Duration("age", e.Age), slog.Time("at", e.At))
}

func (e BatchStop) LogAttrs() []slog.Attr {
	return e.attrs(slog.Int("size", e.Size), slog.String("batch_key", e.BatchKey),
		partition(e.Partition), slog.String("trigger", e.Trigger),
		slog.Int("successful", e.Successful), slog.Int("failed", e.Failed),
		failure("error", e.Err), slog.Duration("took", e.Took))
}

func (e BatchException) LogAttrs() []slog.Attr {
	return e.attrs(slog.Int("size", e.Size), slog.String("batch_key", e.BatchKey),
		partition(e.Partition), slog.String("trigger", e.Trigger),
		failure("error", e.Err), slog.Duration("took", e.Took))
}

func partition(p int) slog.Attr {
	if p < 0 {
		return slog.Attr{}
	}
	return slog.Int("partition", p)
}
