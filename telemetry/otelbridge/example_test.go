package otelbridge_test

import (
	"fmt"

	"go.opentelemetry.io/otel/propagation"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/stagecraft-go/stagecraft/telemetry"
	"github.com/stagecraft-go/stagecraft/telemetry/otelbridge"
)

// The span of a message continues the trace of whoever sent it.
func Example() {
	spans := tracetest.NewSpanRecorder() // a program has an exporter here
	handler, err := otelbridge.New(
		otelbridge.WithTracerProvider(sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans))),
		otelbridge.WithPropagator(propagation.TraceContext{}))
	if err != nil {
		panic(err)
	}
	var hub telemetry.Hub // a program would use telemetry.Default()
	detach, err := hub.Attach("otel", handler)
	if err != nil {
		panic(err)
	}
	defer detach()

	// This is the pipeline's part.
	message := metadata{"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}
	ctx := hub.Emit(bg, telemetry.MessageStart{Component: processor, Message: message, Attempt: 1})
	hub.Emit(ctx, telemetry.MessageStop{Component: processor, Message: message, Attempt: 1})

	span := spans.Ended()[0]
	fmt.Println(span.Name())
	fmt.Println(span.SpanContext().TraceID(), "sent by", span.Parent().SpanID())
	// Output:
	// orders/default process
	// 0af7651916cd43dd8448eb211c80319c sent by b7ad6b7169203331
}
