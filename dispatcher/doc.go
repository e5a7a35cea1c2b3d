// Package dispatcher decides which consumer of a stage gets which events.
//
// Every producer and producer_consumer has a [Dispatcher]. It adds up the
// demand of the consumers, says how much of it goes upstream, and hands out the
// events that come. Three are here:
//
//   - [Demand], the default: each event goes to one consumer, the one that
//     waits for most. Consumers share the work.
//   - [Broadcast]: each event goes to all consumers, as fast as the slowest.
//     A selector lets a consumer take only some.
//   - [Partition] and [PartitionBy]: each event goes to the consumer of its
//     partition. What belongs together stays in order on one consumer.
//
// A stage takes the [Factory] that they return:
//
//	stage.StartProducer(ctx, clicks,
//		stage.Dispatch(dispatcher.PartitionBy([]string{"eu", "us"},
//			func(c Click) (Click, string, bool) { return c, c.Region, c.Region != "" })))
//
// Dispatchers are plain state machines: no lock, no goroutine, no clock, not
// for concurrent use. They speak to consumers through [Consumer] alone, so that
// all of this package can be tested without a stage. To write one of your own,
// implement [Dispatcher] and run it through package dispatchertest; the example
// of this package is a round robin.
//
// # Coming from GenStage
//
// The three do what GenStage's dispatchers do, message by message, if
// Config.Exact is set. Without it their defects are mended: a bad subscription
// is refused and does not bring the producer down, a partition keeps its queue
// when its consumer leaves, discarded events are asked for again, a panic in a
// selector concerns one consumer only. docs/dispatchers.md has the list.
package dispatcher
