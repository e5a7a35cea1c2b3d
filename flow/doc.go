// Package flow is collection code that runs on many stages: map, filter,
// reduce, windows and joins over bounded and endless data, in parallel, with
// back-pressure. It is Elixir's Flow for Go.
//
//	words := flow.FlatMap(flow.Lines(text), strings.FieldsSeq)
//	counts := flow.Entries(flow.Reduce(flow.Partition(words), newCounts, count))
//	for pair, err := range counts.All(ctx) { ... }
//
// A flow is made of layers. [Partition], [Flow.Shuffle] and their like begin a
// layer: a set of stages that share the events. All operations of a layer up to
// the next one are done by the same stage, one after the other, for each event;
// events move between layers in lists. An operation with a state, such as
// [Reduce], has one state in each stage of its layer and each [Window].
//
// # Concurrency
//
// The stages of a layer run at the same time. So each function that you give to
// an operation is called by all of them at the same time, and must be safe for
// that if it shares something: use a lock, an atomic, or the option [Stages] with
// 1. A function that chooses the stage of an event, as for [PartitionBy], is called
// by the stages of the layer before in the same way. A state needs nothing of the
// kind: it belongs to one stage, and so does what the function of
// [Window.Trigger] returns. What merges in one stage ([Combine], [Departition])
// and what reads a source is called by one goroutine in each run of the flow.
package flow
