package flow

import "slices"

// TakeSort keeps the first n, 1 or more, of what a layer emits at each trigger,
// in the order of compare, which is as for slices.SortFunc, and merges them in
// one stage: it emits one sorted list for each window. If the layer does not
// reduce, all its events up to the end of their window are taken. As with
// [Departition], a window waits for all stages of the layer, and [Stages] of more
// than 1 is refused.
//
// [TakeSortIn] also says which window a list is of.
func TakeSort[T any](f Flow[T], n int, compare func(a, b T) int, opts ...Option) Flow[[]T] {
	return takeSort(f, "TakeSort", n, compare, func(all []T, _ WindowID) []T { return all }, opts)
}

// Sorted is the list of a window.
type Sorted[T any] struct {
	Window WindowID
	Items  []T
}

// TakeSortIn is [TakeSort] that emits each list together with its window.
func TakeSortIn[T any](f Flow[T], n int, compare func(a, b T) int, opts ...Option) Flow[Sorted[T]] {
	return takeSort(f, "TakeSortIn", n, compare, func(all []T, w WindowID) Sorted[T] { return Sorted[T]{w, all} }, opts)
}

func takeSort[T, U any](f Flow[T], name string, n int, compare func(a, b T) int, done func([]T, WindowID) U, opts []Option) Flow[U] {
	first := func(events []T) []T {
		slices.SortStableFunc(events, compare)
		return events[:min(n, len(events))]
	}
	if f.plan != nil && (f.plan.layer == nil || !f.plan.layer.reduced) {
		all := reduce(f, name, func() []T { return nil }, keepFirst(n, first))
		// What is handed over at one trigger is forgotten, not handed over again.
		kept := OnTrigger(all, func(kept []T, _ Firing) ([]T, []T) { return kept, nil }).plan
		f = newLayered(f.plan.program, kept.config, kept.layer)
	}
	sorted := func(events []T) [][]T { return [][]T{slices.Clone(first(events))} }
	merge := func(all, events []T) []T { return first(append(all, events...)) }
	flow := departition(f, name, opts, compare == nil, sorted, func() []T { return nil }, merge, done)
	if n < 1 {
		flow.plan.program = flow.plan.program.fail("%d events to take, allowed is 1 or more", n)
	}
	return flow
}

// keepFirst collects events, and drops now and then those that cannot be among
// the first n.
func keepFirst[T any](n int, first func([]T) []T) func([]T, T) []T {
	const slack = 1000
	return func(kept []T, event T) []T {
		kept = append(kept, event)
		if len(kept)-slack < n || len(kept)-slack-n < n {
			return kept
		}
		return first(kept)
	}
}
