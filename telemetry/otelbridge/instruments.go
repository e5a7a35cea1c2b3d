package otelbridge

import (
	"context"
	"errors"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/stagecraft-go/stagecraft/telemetry"
)

// The kinds of instruments. They do next to nothing while no SDK listens.
type (
	counter struct{ metric.Int64Counter }
	gauge   struct{ metric.Int64Gauge }
	sizing  struct{ metric.Int64Histogram }
	timing  struct{ metric.Float64Histogram }
)

func (c counter) add(ctx context.Context, n int, from telemetry.Component, more ...attribute.KeyValue) {
	if n > 0 && c.Enabled(ctx) {
		c.Add(ctx, int64(n), metric.WithAttributes(attributes(from, more...)...))
	}
}

func (g gauge) set(ctx context.Context, n int, from telemetry.Component) {
	if g.Enabled(ctx) {
		g.Record(ctx, int64(n), metric.WithAttributes(gaugeAttributes(from)...))
	}
}

func (s sizing) note(ctx context.Context, n int, from telemetry.Component, more ...attribute.KeyValue) {
	if s.Enabled(ctx) {
		s.Record(ctx, int64(n), metric.WithAttributes(attributes(from, more...)...))
	}
}

func (t timing) note(ctx context.Context, d time.Duration, from telemetry.Component, more ...attribute.KeyValue) {
	if t.Enabled(ctx) {
		t.Record(ctx, d.Seconds(), metric.WithAttributes(attributes(from, more...)...))
	}
}

// The bounds of the buckets of histograms: seconds, from 100 µs to 5 minutes, and
// messages.
var (
	secondBounds = []float64{
		0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5,
		1, 2.5, 5, 10, 30, 60, 300,
	}
	sizeBounds = []float64{1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000}
)

// builder makes instruments and collects what went wrong.
type builder struct {
	meter metric.Meter
	err   error
}

func (b *builder) counter(name, unit, text string) counter {
	c, err := b.meter.Int64Counter(name, metric.WithUnit(unit), metric.WithDescription(text))
	b.err = errors.Join(b.err, err)
	return counter{c}
}

func (b *builder) gauge(name, unit, text string) gauge {
	g, err := b.meter.Int64Gauge(name, metric.WithUnit(unit), metric.WithDescription(text))
	b.err = errors.Join(b.err, err)
	return gauge{g}
}

func (b *builder) sizing(name, unit, text string) sizing {
	s, err := b.meter.Int64Histogram(name, metric.WithUnit(unit), metric.WithDescription(text),
		metric.WithExplicitBucketBoundaries(sizeBounds...))
	b.err = errors.Join(b.err, err)
	return sizing{s}
}

func (b *builder) timing(name, text string) timing {
	t, err := b.meter.Float64Histogram(name, metric.WithUnit("s"), metric.WithDescription(text),
		metric.WithExplicitBucketBoundaries(secondBounds...))
	b.err = errors.Join(b.err, err)
	return timing{t}
}
