package telemetry

import (
	"fmt"
	"log/slog"
)

// Component is the part of a pipeline that an event comes from. It is embedded in
// every event of this package; there its Name is e.Component.Name, since e.Name()
// is the name of the event.
type Component struct {
	// Pipeline is the name of the pipeline; "" if it has none.
	Pipeline string
	Kind     Kind
	// Name is that of the process: "Processor_default_0".
	Name string
	// Key is that of the processors ("default") or the name of the batcher; ""
	// elsewhere.
	Key string
	// Index counts the processes of one kind and key from 0.
	Index int
}

// Kind is the role of a component in its pipeline.
type Kind uint8

const (
	// Producer brings messages in.
	Producer Kind = iota + 1
	// Processor handles messages one by one.
	Processor
	// Batcher collects messages to batches.
	Batcher
	// BatchProcessor handles batches.
	BatchProcessor
	// Pipeline is the whole of them.
	Pipeline
)

// String is the kind as it stands in logs and metrics: "batch_processor".
func (k Kind) String() string {
	switch k {
	case Producer:
		return "producer"
	case Processor:
		return "processor"
	case Batcher:
		return "batcher"
	case BatchProcessor:
		return "batch_processor"
	case Pipeline:
		return "pipeline"
	default:
		return fmt.Sprintf("invalid(%d)", uint8(k))
	}
}

// attrs are the component's own, followed by those of an event.
func (c Component) attrs(event ...slog.Attr) []slog.Attr {
	attrs := make([]slog.Attr, 0, 5+len(event))
	if c.Pipeline != "" {
		attrs = append(attrs, slog.String("pipeline", c.Pipeline))
	}
	attrs = append(attrs, slog.String("kind", c.Kind.String()), slog.String("name", c.Name))
	if c.Key != "" {
		attrs = append(attrs, slog.String("key", c.Key))
	}
	if c.Kind != Pipeline {
		attrs = append(attrs, slog.Int("index", c.Index))
	}
	for _, attr := range event {
		if attr.Key != "" {
			attrs = append(attrs, attr)
		}
	}
	return attrs
}

// failure is the attribute of an error, or the empty one without.
func failure(key string, err error) slog.Attr {
	if err == nil {
		return slog.Attr{}
	}
	return slog.Any(key, err)
}
