// Package telemetry carries the events of pipelines to whoever wants to know: what
// Elixir's telemetry is to Broadway.
//
// A pipeline emits events into a [Hub], [Default] unless it is told otherwise. You
// attach handlers:
//
//	detach, err := telemetry.Default().Attach("slow-messages", telemetry.On(
//		func(ctx context.Context, e telemetry.MessageStop) {
//			if e.Took > time.Second {
//				slog.WarnContext(ctx, "slow message", "pipeline", e.Pipeline, "took", e.Took)
//			}
//		}))
//
// Each kind of [Event] is a struct of its own, which says where it comes from
// ([Component]) and what was measured. A handler of all kinds is a [HandlerFunc] with a
// type switch; from a start event it may return a context with which the work goes on,
// the callbacks of the user included.
//
// Handlers run where the events happen, so they must be quick. A handler that panics is
// detached, as in Elixir. While nothing is attached, an event costs one atomic load.
//
// The kinds, after "broadway." (sp: start, stop; spe: exception too):
//
//	topology.init                  TopologyInit
//	processor                 spe  ProcessorStart …, one chunk of messages
//	processor.message         spe  MessageStart …, one attempt at one message
//	batcher                   spe  BatcherStart …
//	batch_processor           spe  BatchStart …, one batch
//	handle_failed             spe  HandleFailedStart …
//	ack, retry, dead_letter        Ack, Retry, DeadLetter
//	producer.demand                Demand
//	producer.buffered, .discarded  Buffered, Discarded
//	rate_limiter.changed           RateLimited
//	worker.restart, .reclaimed     WorkerRestart, Reclaimed
//	drain                     sp   DrainStart, DrainStop
//	paused, resumed                Paused, Resumed
//
// A failed message shows in up to three places: MessageStop or MessageException of each
// attempt, BatchStop if it failed in a batch, and once, finally, in [Ack]. Count results
// there.
//
// The packages below are ready handlers: slogbridge writes logs, otelbridge makes the
// spans and metrics of OpenTelemetry.
package telemetry
