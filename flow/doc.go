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
package flow
