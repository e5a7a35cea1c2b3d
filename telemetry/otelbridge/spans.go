package otelbridge

import (
	"context"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/stagecraft-go/stagecraft/telemetry"
)

// work is what a span is about, the last word of its name.
type work string

const (
	chunk   work = "chunk"
	message work = "process"
	batch   work = "batch"
)

// spanKey finds a span in the context of its stop event. The span of the context may be
// another by then: that of a handler which was attached later.
type spanKey struct {
	owner *Handler
	work  work
}

// trace starts and ends spans.
func (h *Handler) trace(ctx context.Context, e telemetry.Event) context.Context {
	switch e := e.(type) {
	case telemetry.ProcessorStart:
		return h.startChunk(ctx, e)
	case telemetry.ProcessorStop:
		h.end(ctx, chunk, nil, attribute.Int("broadway.failed", e.Failed))
	case telemetry.ProcessorException:
		h.end(ctx, chunk, e.Err)

	case telemetry.MessageStart:
		return h.startMessage(ctx, e)
	case telemetry.MessageStop:
		h.end(ctx, message, e.Err)
	case telemetry.MessageException:
		h.end(ctx, message, e.Err)

	case telemetry.BatchStart:
		return h.startBatch(ctx, e)
	case telemetry.BatchStop:
		h.end(ctx, batch, e.Err, attribute.Int("broadway.failed", e.Failed))
	case telemetry.BatchException:
		h.end(ctx, batch, e.Err)
	}
	return ctx
}

func (h *Handler) startChunk(ctx context.Context, e telemetry.ProcessorStart) context.Context {
	if !h.chunks {
		return ctx
	}
	return h.start(ctx, chunk, e.Component, e.At, trace.WithAttributes(attribute.Int("broadway.messages", len(e.Messages))))
}

// startMessage continues the trace that the metadata tells of, and tells it of the span.
func (h *Handler) startMessage(ctx context.Context, e telemetry.MessageStart) context.Context {
	ctx = h.start(h.propagator.Extract(ctx, e.Message), message, e.Component, e.At,
		trace.WithAttributes(attribute.Int("broadway.attempt", e.Attempt)))
	h.propagator.Inject(ctx, e.Message)
	return ctx
}

func (h *Handler) startBatch(ctx context.Context, e telemetry.BatchStart) context.Context {
	return h.start(ctx, batch, e.Component, e.At, trace.WithLinks(h.links(e.Messages)...), trace.WithAttributes(
		attribute.Int("broadway.messages", e.Size), attribute.String("broadway.trigger", e.Trigger),
		attribute.String("broadway.batch_key", e.BatchKey)))
}

// links are to the spans that the messages' metadata tells of.
func (h *Handler) links(messages []telemetry.Carrier) []trace.Link {
	links := make([]trace.Link, 0, len(messages))
	for _, m := range messages {
		ctx := h.propagator.Extract(context.Background(), m)
		if span := trace.SpanContextFromContext(ctx); span.IsValid() {
			links = append(links, trace.Link{SpanContext: span})
		}
	}
	return links
}

// start starts a span and puts it into the context.
func (h *Handler) start(ctx context.Context, w work, c telemetry.Component, at time.Time, opts ...trace.SpanStartOption) context.Context {
	opts = append(opts, trace.WithSpanKind(trace.SpanKindConsumer), trace.WithAttributes(spanAttributes(c)...))
	if !at.IsZero() {
		opts = append(opts, trace.WithTimestamp(at))
	}
	ctx, span := h.tracer.Start(ctx, spanName(c, w), opts...)
	return context.WithValue(ctx, spanKey{h, w}, span)
}

// end ends the span that was started for this work, if there is one.
func (h *Handler) end(ctx context.Context, w work, err error, attrs ...attribute.KeyValue) {
	span, ok := ctx.Value(spanKey{h, w}).(trace.Span)
	if !ok {
		return
	}
	span.SetAttributes(attrs...)
	if err != nil {
		span.RecordError(err)
		span.SetStatus(codes.Error, err.Error())
	}
	span.End()
}

// spanName is "orders/default process", without the pipeline's name if it has none.
func spanName(c telemetry.Component, w work) string {
	name := c.Key + " " + string(w)
	if c.Pipeline != "" {
		name = c.Pipeline + "/" + name
	}
	return name
}
