package telemetry_test

import (
	"context"
	"testing"

	"github.com/stagecraft-go/stagecraft/telemetry"
)

// What an emitter pays while nobody listens.
func BenchmarkActiveWithoutHandlers(b *testing.B) {
	var h telemetry.Hub
	b.ReportAllocs()
	for b.Loop() {
		if h.Active() {
			h.Emit(bg, telemetry.Demand{N: 1})
		}
	}
}

func BenchmarkEmitToOneHandler(b *testing.B) {
	var h telemetry.Hub
	attach(b, &h, "count", func(context.Context, telemetry.Event) context.Context { return nil })
	e := telemetry.MessageStop{Component: processor, Attempt: 1}
	b.ReportAllocs()
	for b.Loop() {
		if h.Active() {
			h.Emit(bg, e)
		}
	}
}
