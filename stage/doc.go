// Package stage is GenStage for Go: stages that exchange events under
// back-pressure.
//
// A stage is an actor of one of three kinds. A producer emits events, a
// consumer receives them, and a producer_consumer does both. A consumer
// subscribes to a producer and asks for events; the producer never sends more
// than was asked for. That is the whole of back-pressure: demand flows up,
// events flow down, and what nobody has asked for waits at the source.
//
//	producer <── Subscribe, Ask, Cancel ── consumer
//	producer ── Events, Canceled ────────> consumer
//
//	counter, err := stage.StartProducer(ctx, &Counter{})
//	...
//	printer, err := stage.StartConsumer(ctx, Printer{}, stage.From(counter, stage.MaxDemand(10)))
//	...
//	<-printer.Done()
//
// What a stage does is a value with callbacks, its behaviour: HandleDemand for a
// producer ([DemandHandler]), HandleEvents for the others ([EventsHandler]), and
// optional ones beside them. State lives in the behaviour's fields.
//
// [StartProducer], [StartProducerConsumer] and [StartConsumer] start stages and
// return typed handles, so that the compiler refuses a subscription between
// stages of different event types. [FromSeq] and [Stream] join stages to Go's
// iterators at both ends.
//
// A producer decides with its dispatcher which consumer gets what: see package
// dispatcher. The rules of the protocol, for those who watch it or take part
// in it with an actor of their own, are in docs/protocol.md.
//
// # Callbacks
//
// The optional callbacks are those of [Initializer], [SubscribeHandler],
// [CancelHandler], [CallHandler], [CastHandler], [InfoHandler],
// [DiscardFormatter], [DiscardedHandler] and [Terminator]: a behaviour that
// implements one of these interfaces gets the calls. One that has a method of
// that name with another signature is refused at the start with a
// [*CallbackError]. HandleCall, HandleCast and HandleInfo can have any message
// type, but each only one: make it an interface to take several, or any to take
// whatever comes.
//
// Every callback runs in the stage's own goroutine, one at a time, and may emit
// events with [Context.Emit]. An error that it returns stops the stage with that
// exit reason, and what it emitted is dropped; a panic stops the stage with a
// *process.Crash.
//
// # Demand
//
// A subscription has a maximum and a minimum. At most the maximum is in flight;
// the consumer processes batches of max-min events and asks again when what is
// in flight has sunk to the minimum. Large values make for throughput, small
// ones for even distribution and little memory. See [MaxDemand], [MinDemand].
//
// # The end of a subscription
//
// Either side may cancel, and each watches the other's process. What the end
// means to the consumer is its [CancelMode]; a producer lives on. When a stage
// ends, this is announced behind the last events that it sent.
//
// # Coming from GenStage
//
// The order of work, the arithmetic of asks, buffers, accumulation, infos and
// exits are GenStage's, and are compared with recordings of it. Its known
// defects are mended unless a stage is started with [Exact]; docs/deviations.md
// lists the differences.
package stage
