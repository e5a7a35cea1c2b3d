package flowkit

import (
	"fmt"
	"slices"
)

// merging is what a departition does with the states of a window.
type merging struct {
	initial Value
	merge   func(acc, s Value) Value
}

func (s *Step) merging() merging {
	switch s.Merge {
	case "sum":
		return merging{number(0), add}
	case "count":
		return merging{number(0), func(n, _ Value) Value { return increment(n) }}
	case "max":
		return merging{null, larger}
	case "collect":
		return merging{list(), func(acc, s Value) Value { return Value{acc.list().prepend(s)} }}
	case "concat":
		return merging{list(), concat}
	case "map_sum":
		return merging{list(), func(acc, s Value) Value { return mergeMaps(acc, s, add) }}
	case "map_concat":
		return merging{list(), func(acc, s Value) Value { return mergeMaps(acc, s, concat) }}
	}
	panic(fmt.Errorf("unknown merge %q", s.Merge))
}

func concat(acc, s Value) Value {
	if acc == null {
		return s
	}
	return list(append(s.items(), acc.items()...)...)
}

func mergeMaps(acc, m Value, merge func(a, b Value) Value) Value {
	for _, entry := range m.items() {
		acc = update(acc, entry.pair().First, func(old Value) Value { return merge(old, entry.pair().Second) })
	}
	return acc
}

// finished is what a departition emits for a window.
func (s *Step) finished(acc, window Value) Value {
	switch s.Done {
	case "identity":
		return acc
	case "sorted":
		return list(sortedValues(acc.items())...)
	case "size":
		return number(len(acc.items()))
	case "sorted_values":
		return sortedLists(acc)
	case "with_window":
		return pair(window, acc)
	case "with_window_sorted":
		return pair(window, list(sortedValues(acc.items())...))
	}
	panic(fmt.Errorf("unknown departition %q", s.Done))
}

// order is that of a take_sort.
func (s *Step) order() func(a, b Value) int {
	byNumber := func(a, b Value) int { return a.num() - b.num() }
	switch s.Order {
	case "", "asc":
		return Value.compare
	case "desc":
		return func(a, b Value) int { return b.compare(a) }
	case "asc_num":
		return orders(byNumber, Value.compare)
	case "desc_num":
		return orders(func(a, b Value) int { return byNumber(b, a) }, Value.compare)
	}
	panic(fmt.Errorf("unknown order %q", s.Order))
}

// orders compares by the second order what is equal in the first.
func orders(first, second func(a, b Value) int) func(a, b Value) int {
	return func(a, b Value) int {
		if c := first(a, b); c != 0 {
			return c
		}
		return second(a, b)
	}
}

// firstOf are the first n of some values.
func firstOf(values []Value, n int, order func(a, b Value) int) []Value {
	sorted := slices.SortedFunc(slices.Values(values), order)
	return sorted[:min(n, len(sorted))]
}

// joined is a row of a join. An absent side is null.
func (s *Step) joined(left, right Value) Value {
	if s.Join == "sum" {
		return add(left, right)
	}
	return pair(left, right)
}
