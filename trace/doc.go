// Package trace watches what stages say to each other.
//
// A [Recorder] writes down each message of the protocol between stages, and what
// demand and events lead to, with the levels behind it: the demand that is
// open, the buffer, what is in flight. It is attached to stages when they are
// started, or while they run:
//
//	rec := trace.New()
//	counter, err := stage.StartProducer(ctx, &Counter{}, rec.Watch("counter"))
//	printer, err := stage.StartConsumer(ctx, Printer{}, stage.From(counter), rec.Watch("printer"))
//	...
//	rec.WriteText(os.Stdout)
//
// It prints as an aligned text, as a sequence diagram of Mermaid and as lines of
// JSON; [Recorder.Entries] is the same for programs. One recorder can watch any
// number of stages: producers, producer_consumers, consumers and streams. The
// other side of a subscription may be unwatched, or a plain actor.
//
// # What stands where
//
// A message is one entry, also if both sides are watched. It stands where it was
// sent, with the levels of both sides: demand and buffer of the producer, in
// flight of the consumer. What was sent and not taken shows as waiting, or as
// lost if the receiver is gone. Callbacks and what happens to events that nobody
// wants are entries of one stage.
//
// Entries are ordered by their times. Where these are the same, as in a bubble
// of testing/synctest or with [Untimed], by cause and effect, so that the order
// does not depend on which stage had the processor first. A pair of stages has
// the same timeline in each run then. Of stages with several neighbours, the
// order in which messages of different neighbours arrive is up to the scheduler,
// and the timeline shows what it was.
//
// # What it costs
//
// A stage that nobody watches tests one pointer for each message and each
// callback. One that is watched waits for a lock with each of them, and for the
// first and the last event of each list to be printed, unless [HideValues] is
// given. It does not change what stages do and in which order.
//
// What the recorder keeps is bounded: see [Limit].
package trace
