package otelbridge_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/telemetry"
	"github.com/stagecraft-go/stagecraft/telemetry/otelbridge"
)

func TestWrongOptionsAreRefused(t *testing.T) {
	for name, opt := range map[string]otelbridge.Option{
		"an option is nil":   nil,
		"WithTracerProvider": otelbridge.WithTracerProvider(nil),
		"WithMeterProvider":  otelbridge.WithMeterProvider(nil),
		"WithPropagator":     otelbridge.WithPropagator(nil),
	} {
		_, err := otelbridge.New(opt)
		require.ErrorContains(t, err, name)
	}
}

// A program without an SDK gets nothing out of it and no harm.
func TestDefaultsAreTheGlobalOnes(t *testing.T) {
	handler, err := otelbridge.New()
	require.NoError(t, err)
	var h telemetry.Hub
	_, err = h.Attach("otel", handler)
	require.NoError(t, err)
	m := metadata{"traceparent": sender}
	ctx := h.Emit(bg, telemetry.MessageStart{Component: processor, Message: m, Attempt: 1})
	h.Emit(ctx, telemetry.MessageStop{Component: processor, Message: m, Attempt: 1, Err: errBoom})
	h.Emit(bg, telemetry.Buffered{Component: producer, Events: 1})
	h.Emit(bg, telemetry.BatchStart{Component: batcher, Messages: []telemetry.Carrier{m}})
	require.Equal(t, metadata{"traceparent": sender}, m)
	require.True(t, h.Active(), "it did not panic")
}
