// Package otelbridge makes spans and metrics of OpenTelemetry out of the events of
// package telemetry. It needs only OpenTelemetry's API; the program brings the SDK.
//
//	handler, err := otelbridge.New()
//	…
//	detach, err := telemetry.Default().Attach("otel", handler)
//
// # Spans
//
// Every attempt at a message is a span, "<pipeline>/<key> process". Its parent is read
// from the message's metadata by the propagator; without one there, it is the span of
// the context, if any. The span's own context is written back into the metadata, so
// that it goes with the message into its batch, to its acknowledger and, where a batch
// handler copies it, out of the pipeline. A retry is a child of the attempt before it.
//
// Every batch is a span, "<pipeline>/<key> batch", with links to the spans of its
// messages. Spans of chunks are an option: [WithChunks]. The user's callbacks run with
// the context of their span. A failure or a panic sets the status to error and is
// recorded.
//
// Nothing is read, written or linked without a propagator, and OpenTelemetry's global
// one does nothing until otel.SetTextMapPropagator is called: call it, or use
// [WithPropagator].
//
// # Metrics
//
// All have the attributes broadway.pipeline, broadway.component ("processor") and
// broadway.key ("default", the name of a batcher) as far as they have a value. Times
// are histograms in seconds.
//
//	broadway.messages             messages with their final result: each counts once
//	broadway.message.duration     of an attempt, by result: success, failure, exception
//	broadway.message.wait         from the producer to the first attempt
//	broadway.batch.size           messages, by trigger
//	broadway.batch.duration       by trigger and result: success, partial, failure, exception
//	broadway.batch.wait           from full or due to the start, by trigger
//	broadway.batch.age            from the first message to the start, by trigger
//	broadway.ack.duration         of a call of an acknowledger, by result: success, failure
//	broadway.ack.failures         calls of acknowledgers that failed
//	broadway.retries              attempts that will be repeated
//	broadway.dead_letters         messages put aside, by result: success, failure
//	broadway.worker.restarts
//	broadway.worker.reclaimed     messages of workers that ended, by result: redelivered, failure
//	broadway.producer.demand      messages that producers were asked for
//	broadway.producer.buffered    messages that wait in a producer, a gauge by broadway.index
//	broadway.producer.discarded   messages lost to a full buffer
//	broadway.rate_limiter.held    messages that the rate limiter holds back, a gauge
//	broadway.drain.duration
//	broadway.drain.unfinished     messages left at the deadline of a drain
package otelbridge
