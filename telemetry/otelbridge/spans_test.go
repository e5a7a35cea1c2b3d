package otelbridge_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/stagecraft-go/stagecraft/telemetry"
	"github.com/stagecraft-go/stagecraft/telemetry/otelbridge"
)

const sender = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

func attributes(span sdktrace.ReadOnlySpan) string {
	return asText(attribute.NewSet(span.Attributes()...))
}

func TestMessageIsASpan(t *testing.T) {
	r := newRig(t)
	at := time.Now().Add(-time.Minute)
	ctx := r.Emit(bg, telemetry.MessageStart{Component: processor, Message: metadata{}, Attempt: 1, At: at})
	require.Empty(t, r.spans.Ended())
	r.Emit(ctx, telemetry.MessageStop{Component: processor, Message: metadata{}, Attempt: 1})

	span := r.ended()[0]
	require.Equal(t, trace.SpanContextFromContext(ctx), span.SpanContext(), "the callback runs in it")
	require.Equal(t, "orders/default process", span.Name())
	require.Equal(t, trace.SpanKindConsumer, span.SpanKind())
	require.Equal(t, "{attempt=1 component=processor key=default name=Processor_default_1 pipeline=orders}", attributes(span))
	require.True(t, at.Equal(span.StartTime()))
	require.Equal(t, codes.Unset, span.Status().Code)
	require.False(t, span.Parent().IsValid())
}

func TestMessageContinuesTheTraceOfItsSender(t *testing.T) {
	r := newRig(t)
	m := metadata{"traceparent": sender}
	ctx := r.message(m, nil)

	span := r.ended()[0]
	require.Equal(t, "0af7651916cd43dd8448eb211c80319c", span.SpanContext().TraceID().String())
	require.Equal(t, "b7ad6b7169203331", span.Parent().SpanID().String())
	require.True(t, span.Parent().IsRemote())

	want := metadata{}
	propagation.TraceContext{}.Inject(ctx, want)
	require.Equal(t, want, m, "its own context goes on with the message")
}

func TestMessageWithoutSenderIsAChildOfTheContext(t *testing.T) {
	r := newRig(t)
	parent, span := r.tracer.Tracer("test").Start(bg, "parent")
	ctx := r.Emit(parent, telemetry.MessageStart{Component: processor, Message: metadata{}, Attempt: 1})
	r.Emit(ctx, telemetry.MessageStop{Component: processor, Attempt: 1})
	span.End()
	require.Equal(t, span.SpanContext().SpanID(), r.ended()[0].Parent().SpanID())
}

func TestRetryIsAChildOfTheAttemptBefore(t *testing.T) {
	r := newRig(t)
	m := metadata{"traceparent": sender}
	r.message(m, errBoom)
	r.message(m, nil)
	first, second := r.ended()[0], r.ended()[1]
	require.Equal(t, first.SpanContext().SpanID(), second.Parent().SpanID())
	require.Equal(t, first.SpanContext().TraceID(), second.SpanContext().TraceID())
}

func TestFailureIsOnTheSpan(t *testing.T) {
	for _, end := range []telemetry.Event{
		telemetry.MessageStop{Component: processor, Err: errBoom},
		telemetry.MessageException{Component: processor, Err: errBoom},
	} {
		r := newRig(t)
		r.Emit(r.Emit(bg, telemetry.MessageStart{Component: processor, Message: metadata{}}), end)
		requireFailed(t, r.ended()[0])
	}
	for _, end := range []telemetry.Event{
		telemetry.BatchStop{Component: batcher, Err: errBoom},
		telemetry.BatchException{Component: batcher, Err: errBoom},
	} {
		r := newRig(t)
		r.Emit(r.Emit(bg, telemetry.BatchStart{Component: batcher}), end)
		requireFailed(t, r.ended()[0])
	}
}

func requireFailed(t *testing.T, span sdktrace.ReadOnlySpan) {
	t.Helper()
	require.Equal(t, sdktrace.Status{Code: codes.Error, Description: "boom"}, span.Status())
	require.Len(t, span.Events(), 1)
	require.Equal(t, "exception", span.Events()[0].Name)
}

func TestBatchHasLinksToItsMessages(t *testing.T) {
	r := newRig(t)
	batched := []telemetry.Carrier{metadata{"traceparent": sender}, metadata{}, metadata{"other": "no span"}}
	for _, m := range batched[:2] {
		r.message(m.(metadata), nil)
	}
	ctx := r.Emit(bg, telemetry.BatchStart{Component: batcher, Messages: batched, Size: 3, BatchKey: "eu", Partition: -1, Trigger: "size"})
	r.Emit(ctx, telemetry.BatchStop{Component: batcher, Size: 3, Trigger: "size", Successful: 2, Failed: 1})

	spans := r.ended()
	batch := spans[2]
	require.Equal(t, trace.SpanContextFromContext(ctx), batch.SpanContext(), "the callback runs in it")
	require.Equal(t, "orders/s3 batch", batch.Name())
	require.Equal(t, "{batch_key=eu component=batch_processor failed=1 key=s3 messages=3 "+
		"name=BatchProcessor_s3_0 pipeline=orders trigger=size}", attributes(batch))
	require.Equal(t, codes.Unset, batch.Status().Code)
	require.Len(t, batch.Links(), 2)
	for i, link := range batch.Links() {
		require.Equal(t, spans[i].SpanContext().SpanID(), link.SpanContext.SpanID())
		require.Equal(t, spans[i].SpanContext().TraceID(), link.SpanContext.TraceID())
	}
}

func TestChunksAreSpansIfWanted(t *testing.T) {
	chunk := func(r *rig, end telemetry.Event) {
		ctx := r.Emit(bg, telemetry.ProcessorStart{Component: processor, Messages: make([]telemetry.Carrier, 1)})
		inner := r.Emit(ctx, telemetry.MessageStart{Component: processor, Message: metadata{}, Attempt: 1})
		r.Emit(inner, telemetry.MessageStop{Component: processor, Attempt: 1})
		r.Emit(ctx, end)
	}
	r := newRig(t)
	chunk(r, telemetry.ProcessorStop{Component: processor})
	require.Len(t, r.ended(), 1, "off by default")

	r = newRig(t, otelbridge.WithChunks())
	chunk(r, telemetry.ProcessorStop{Component: processor, Messages: 1, Failed: 1})
	message, whole := r.ended()[0], r.ended()[1]
	require.Equal(t, "orders/default chunk", whole.Name())
	require.Equal(t, "{component=processor failed=1 key=default messages=1 name=Processor_default_1 pipeline=orders}", attributes(whole))
	require.Equal(t, whole.SpanContext().SpanID(), message.Parent().SpanID())

	r = newRig(t, otelbridge.WithChunks())
	chunk(r, telemetry.ProcessorException{Component: processor, Err: errBoom})
	requireFailed(t, r.ended()[1])
}

func TestPipelineWithoutNameHasShortNamesOfSpans(t *testing.T) {
	r := newRig(t)
	nameless := telemetry.Component{Kind: telemetry.Processor, Name: "Processor_default_0", Key: "default"}
	r.Emit(r.Emit(bg, telemetry.MessageStart{Component: nameless, Message: metadata{}}), telemetry.MessageStop{Component: nameless})
	require.Equal(t, "default process", r.ended()[0].Name())
}

func TestSpanOfALaterHandlerIsLeftAlone(t *testing.T) {
	r := newRig(t)
	var theirs trace.Span
	_, err := r.Attach("theirs", telemetry.HandlerFunc(func(ctx context.Context, e telemetry.Event) context.Context {
		if _, ok := e.(telemetry.MessageStart); ok {
			ctx, theirs = r.tracer.Tracer("test").Start(ctx, "theirs")
		}
		return ctx
	}))
	require.NoError(t, err)
	r.message(metadata{}, nil)
	require.Len(t, r.spans.Ended(), 1)
	require.Equal(t, "orders/default process", r.spans.Ended()[0].Name())
	require.True(t, theirs.IsRecording())
}

func TestEndWithoutStartDoesNothing(t *testing.T) {
	r := newRig(t)
	parent, span := r.tracer.Tracer("test").Start(bg, "not ours")
	r.Emit(parent, telemetry.MessageStop{Component: processor, Err: errBoom})
	r.Emit(parent, telemetry.BatchStop{Component: batcher, Err: errBoom})
	require.True(t, span.IsRecording())
	require.Empty(t, r.spans.Ended())
}
