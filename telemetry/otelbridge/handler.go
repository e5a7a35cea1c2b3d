package otelbridge

import (
	"context"

	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/stagecraft-go/stagecraft/telemetry"
)

const scope = "github.com/stagecraft-go/stagecraft/telemetry/otelbridge"

// Handler makes spans and metrics of events. It is a [telemetry.Handler].
type Handler struct {
	tracer     trace.Tracer
	propagator propagation.TextMapPropagator
	chunks     bool
	metrics    *metrics
}

// A message's metadata is all that a propagator asks for.
var _ propagation.TextMapCarrier = telemetry.Carrier(nil)

// New makes a handler.
func New(opts ...Option) (*Handler, error) {
	c, err := newConfig(opts)
	if err != nil {
		return nil, err
	}
	metrics, err := newMetrics(c.meters.Meter(scope))
	if err != nil {
		return nil, err
	}
	return &Handler{
		tracer: c.tracers.Tracer(scope), propagator: c.propagator, chunks: c.chunks, metrics: metrics,
	}, nil
}

// Handle starts or ends the span of an event and records its measurements. It returns
// the context of the span that it started, or else ctx.
func (h *Handler) Handle(ctx context.Context, e telemetry.Event) context.Context {
	h.metrics.record(ctx, e)
	return h.trace(ctx, e)
}
