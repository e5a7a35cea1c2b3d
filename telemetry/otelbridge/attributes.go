package otelbridge

import (
	"go.opentelemetry.io/otel/attribute"

	"github.com/stagecraft-go/stagecraft/telemetry"
)

// attributes are those of metrics: they have few values each.
func attributes(c telemetry.Component, more ...attribute.KeyValue) []attribute.KeyValue {
	attrs := make([]attribute.KeyValue, 0, 3+len(more))
	if c.Pipeline != "" {
		attrs = append(attrs, attribute.String("broadway.pipeline", c.Pipeline))
	}
	attrs = append(attrs, attribute.String("broadway.component", c.Kind.String()))
	if c.Key != "" {
		attrs = append(attrs, attribute.String("broadway.key", c.Key))
	}
	return append(attrs, more...)
}

// spanAttributes name the process too.
func spanAttributes(c telemetry.Component) []attribute.KeyValue {
	return attributes(c, attribute.String("broadway.name", c.Name))
}

// gaugeAttributes keep producers apart: each has a level of its own, and the last one
// to tell it must not stand for all.
func gaugeAttributes(c telemetry.Component) []attribute.KeyValue {
	if c.Kind == telemetry.Producer {
		return attributes(c, attribute.Int("broadway.index", c.Index))
	}
	return attributes(c)
}

// The values of broadway.result.
const (
	success     = "success"
	partial     = "partial" // a batch of which some messages failed
	failed      = "failure"
	exception   = "exception"
	redelivered = "redelivered"
)

func result(value string) attribute.KeyValue { return attribute.String("broadway.result", value) }

func trigger(value string) attribute.KeyValue { return attribute.String("broadway.trigger", value) }

// resultOf is that of something which either succeeds or fails.
func resultOf(err error) attribute.KeyValue {
	if err != nil {
		return result(failed)
	}
	return result(success)
}

func batchResult(e telemetry.BatchStop) attribute.KeyValue {
	if e.Err == nil && e.Failed > 0 {
		return result(partial)
	}
	return resultOf(e.Err)
}
