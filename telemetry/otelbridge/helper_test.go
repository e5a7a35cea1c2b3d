package otelbridge_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/propagation"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/stagecraft-go/stagecraft/telemetry"
	"github.com/stagecraft-go/stagecraft/telemetry/otelbridge"
)

var (
	bg      = context.Background()
	errBoom = errors.New("boom")

	processor = telemetry.Component{Pipeline: "orders", Kind: telemetry.Processor, Name: "Processor_default_1", Key: "default", Index: 1}
	batcher   = telemetry.Component{Pipeline: "orders", Kind: telemetry.BatchProcessor, Name: "BatchProcessor_s3_0", Key: "s3"}
	producer  = telemetry.Component{Pipeline: "orders", Kind: telemetry.Producer, Name: "Producer_1", Index: 1}
	pipeline  = telemetry.Component{Pipeline: "orders", Kind: telemetry.Pipeline, Name: "orders"}
)

// metadata is what a message's propagator sees of it.
type metadata = propagation.MapCarrier

// rig is a hub whose events go into an SDK that keeps all in memory.
type rig struct {
	t testing.TB
	telemetry.Hub
	spans  *tracetest.SpanRecorder
	tracer *sdktrace.TracerProvider
	reader *sdkmetric.ManualReader
}

func newRig(t testing.TB, opts ...otelbridge.Option) *rig {
	t.Helper()
	r := &rig{t: t, spans: tracetest.NewSpanRecorder(), reader: sdkmetric.NewManualReader()}
	r.tracer = sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(r.spans))
	handler, err := otelbridge.New(append([]otelbridge.Option{
		otelbridge.WithTracerProvider(r.tracer),
		otelbridge.WithMeterProvider(sdkmetric.NewMeterProvider(sdkmetric.WithReader(r.reader))),
		otelbridge.WithPropagator(propagation.TraceContext{}),
	}, opts...)...)
	require.NoError(t, err)
	_, err = r.Attach("otel", handler)
	require.NoError(t, err)
	return r
}

// message emits the events of an attempt at a message and returns the context of its
// callback.
func (r *rig) message(m metadata, err error) context.Context {
	ctx := r.Emit(bg, telemetry.MessageStart{Component: processor, Message: m, Attempt: 1})
	r.Emit(ctx, telemetry.MessageStop{Component: processor, Message: m, Attempt: 1, Err: err})
	return ctx
}

// ended are the spans that have ended; all that were started must have.
func (r *rig) ended() []sdktrace.ReadOnlySpan {
	r.t.Helper()
	require.Len(r.t, r.spans.Ended(), len(r.spans.Started()))
	return r.spans.Ended()
}

// measured are all that was recorded, a line each, of the form
// "name unit{attribute=value ...} result", where the result is a number or, for a
// histogram, the number of values and their sum.
func (r *rig) measured() (lines []string) {
	r.t.Helper()
	var all metricdata.ResourceMetrics
	require.NoError(r.t, r.reader.Collect(bg, &all))
	for _, scope := range all.ScopeMetrics {
		for _, m := range scope.Metrics {
			for _, line := range points(m.Data) {
				lines = append(lines, m.Name+" "+m.Unit+line)
			}
		}
	}
	slices.Sort(lines)
	return lines
}

func points(data metricdata.Aggregation) (lines []string) {
	switch data := data.(type) {
	case metricdata.Sum[int64]:
		for _, p := range data.DataPoints {
			lines = append(lines, fmt.Sprintf("%s %d", asText(p.Attributes), p.Value))
		}
	case metricdata.Gauge[int64]:
		for _, p := range data.DataPoints {
			lines = append(lines, fmt.Sprintf("%s =%d", asText(p.Attributes), p.Value))
		}
	case metricdata.Histogram[int64]:
		for _, p := range data.DataPoints {
			lines = append(lines, fmt.Sprintf("%s %d: %d", asText(p.Attributes), p.Count, p.Sum))
		}
	case metricdata.Histogram[float64]:
		for _, p := range data.DataPoints {
			lines = append(lines, fmt.Sprintf("%s %d: %g", asText(p.Attributes), p.Count, p.Sum))
		}
	}
	return lines
}

func asText(set attribute.Set) string {
	var attrs []string
	for _, attr := range set.ToSlice() {
		attrs = append(attrs, strings.TrimPrefix(string(attr.Key), "broadway.")+"="+attr.Value.String())
	}
	return "{" + strings.Join(attrs, " ") + "}"
}
