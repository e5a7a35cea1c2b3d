package otelbridge

import (
	"errors"
	"fmt"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

// Option configures a [Handler]. nil in place of a value is an error of [New].
type Option func(*config) error

type config struct {
	tracers    trace.TracerProvider
	meters     metric.MeterProvider
	propagator propagation.TextMapPropagator
	chunks     bool
}

// WithTracerProvider sets where spans go. Default: OpenTelemetry's global provider.
func WithTracerProvider(provider trace.TracerProvider) Option {
	return func(c *config) error {
		c.tracers = provider
		return refuse(provider == nil, "WithTracerProvider")
	}
}

// WithMeterProvider sets where metrics go. Default: OpenTelemetry's global provider.
func WithMeterProvider(provider metric.MeterProvider) Option {
	return func(c *config) error {
		c.meters = provider
		return refuse(provider == nil, "WithMeterProvider")
	}
}

// WithPropagator sets how the context of a span stands in a message's metadata.
// Default: OpenTelemetry's global propagator, which must be set to do anything.
func WithPropagator(propagator propagation.TextMapPropagator) Option {
	return func(c *config) error {
		c.propagator = propagator
		return refuse(propagator == nil, "WithPropagator")
	}
}

// WithChunks adds a span for each chunk of messages that a processor gets at once,
// "<pipeline>/<key> chunk". Messages without a parent of their own are children of it.
func WithChunks() Option {
	return func(c *config) error {
		c.chunks = true
		return nil
	}
}

func refuse(isNil bool, option string) error {
	if isNil {
		return fmt.Errorf("otelbridge: %s: the value is nil", option)
	}
	return nil
}

// newConfig applies options to the defaults.
func newConfig(opts []Option) (*config, error) {
	c := &config{
		tracers: otel.GetTracerProvider(), meters: otel.GetMeterProvider(),
		propagator: otel.GetTextMapPropagator(),
	}
	for _, opt := range opts {
		if opt == nil {
			return nil, errors.New("otelbridge: an option is nil")
		}
		if err := opt(c); err != nil {
			return nil, err
		}
	}
	return c, nil
}
