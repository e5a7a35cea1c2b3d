package otelbridge_test

import (
	"testing"
	"time"

	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"go.opentelemetry.io/otel/propagation"

	"github.com/stagecraft-go/stagecraft/telemetry"
	"github.com/stagecraft-go/stagecraft/telemetry/otelbridge"
)

// The two events of a message, with a sampled span that nobody exports and with one
// that is not sampled.
func BenchmarkMessage(b *testing.B) {
	for name, sampler := range map[string]sdktrace.Sampler{
		"sampled": sdktrace.AlwaysSample(), "dropped": sdktrace.NeverSample(),
	} {
		b.Run(name, func(b *testing.B) {
			handler, err := otelbridge.New(
				otelbridge.WithTracerProvider(sdktrace.NewTracerProvider(sdktrace.WithSampler(sampler))),
				otelbridge.WithMeterProvider(sdkmetric.NewMeterProvider(sdkmetric.WithReader(sdkmetric.NewManualReader()))),
				otelbridge.WithPropagator(propagation.TraceContext{}))
			if err != nil {
				b.Fatal(err)
			}
			var h telemetry.Hub
			if _, err := h.Attach("otel", handler); err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				m := metadata{"traceparent": sender}
				ctx := h.Emit(bg, telemetry.MessageStart{Component: processor, Message: m, Attempt: 1, Waited: time.Millisecond})
				h.Emit(ctx, telemetry.MessageStop{Component: processor, Message: m, Attempt: 1, Took: time.Millisecond})
			}
		})
	}
}
