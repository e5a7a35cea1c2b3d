package flow

import "iter"

// Pair is a key with a value: what [Entries] of a map emits, and what
// [MapValues] and [GroupByKey] work on.
type Pair[K, V any] struct {
	Key   K
	Value V
}

// Map replaces each event by what fn makes of it.
func Map[T, U any](f Flow[T], fn func(T) U) Flow[U] {
	return mapper(f, "Map", fn == nil, func(w *worker, out *collector[U]) func([]T) {
		return func(events []T) {
			results := out.room(len(events))
			for from := 0; from < len(events) && !w.halted(); from += piece {
				for i := from; i < min(from+piece, len(events)); i++ {
					results[i] = fn(events[i])
				}
			}
			out.took(len(results))
		}
	})
}

// TryMap is [Map] with a function that can fail. Its error ends the flow.
func TryMap[T, U any](f Flow[T], fn func(T) (U, error)) Flow[U] {
	return mapper(f, "TryMap", fn == nil, func(w *worker, out *collector[U]) func([]T) {
		return func(events []T) {
			for i := range events {
				if w.halted() { // fn may take long: it is what waits for others
					return
				}
				result, err := fn(events[i])
				if err != nil {
					w.fail(err)
					return
				}
				out.add(result)
			}
		}
	})
}

// FilterMap replaces each event by what fn makes of it, and drops those for
// which it returns false.
func FilterMap[T, U any](f Flow[T], fn func(T) (U, bool)) Flow[U] {
	return mapper(f, "FilterMap", fn == nil, func(w *worker, out *collector[U]) func([]T) {
		return func(events []T) {
			kept, n := out.room(len(events)), 0
			for i := range events {
				if w.leavesOff(i) {
					return
				}
				if result, keep := fn(events[i]); keep {
					kept[n] = result
					n++
				}
			}
			out.took(n)
		}
	})
}

// FlatMap replaces each event by a sequence of events, which may be long or
// endless: it is suspended when many more of its events are there than are asked
// for, and told to stop when the flow ends. (If the layer ends in a reduce, that
// takes what comes as it comes.)
//
// Fn has to be declared to return an iter.Seq[U]: from a literal that returns
// func(func(U) bool), Go does not infer U. For slices use slices.Values.
func FlatMap[T, U any](f Flow[T], fn func(T) iter.Seq[U]) Flow[U] {
	return flatMap(f, "FlatMap", fn == nil, func(event T, yield func(U) bool) { fn(event)(yield) })
}

// FlatMapYield is [FlatMap] with a function that yields the events itself. A
// sequence that has captured an event is an allocation for each; this is none.
//
// Yield must be called by the goroutine that called fn, and not after fn has
// returned. Fn has to return when yield is false.
func FlatMapYield[T, U any](f Flow[T], fn func(event T, yield func(U) bool)) Flow[U] {
	return flatMap(f, "FlatMapYield", fn == nil, fn)
}

func flatMap[T, U any](f Flow[T], name string, missing bool, fn func(event T, yield func(U) bool)) Flow[U] {
	flat := mapper(f, name, missing, func(w *worker, out *collector[U]) func([]T) {
		add := func(result U) bool { // one for all events
			out.add(result)
			return !w.halted()
		}
		return func(events []T) {
			for i := 0; i < len(events) && !w.halted(); i++ {
				fn(events[i], add)
			}
		}
	}).plan
	return newLayered(flat.program, flat.config, &layer[U]{prepare: prepared(flat.layer.prepare, func(c chain[U]) chain[U] {
		return func(w *worker, next func() tail[U]) intake {
			w.long = true
			return c(w, next)
		}
	})})
}

// MapValues replaces the value of each pair.
func MapValues[K, V, W any](f Flow[Pair[K, V]], fn func(V) W) Flow[Pair[K, W]] {
	return mapper(f, "MapValues", fn == nil, func(w *worker, out *collector[Pair[K, W]]) func([]Pair[K, V]) {
		return func(events []Pair[K, V]) {
			for i, event := range events {
				if w.leavesOff(i) {
					return
				}
				out.add(Pair[K, W]{event.Key, fn(event.Value)})
			}
		}
	})
}

// Filter keeps the events for which keep is true.
func (f Flow[T]) Filter(keep func(T) bool) Flow[T] {
	return filter(f, "Filter", keep, true)
}

// Reject drops the events for which drop is true.
func (f Flow[T]) Reject(drop func(T) bool) Flow[T] {
	return filter(f, "Reject", drop, false)
}

// filter keeps the events for which test has a given result.
func filter[T any](f Flow[T], name string, test func(T) bool, keep bool) Flow[T] {
	return mapper(f, name, test == nil, func(w *worker, out *collector[T]) func([]T) {
		return func(events []T) {
			kept, n := out.room(len(events)), 0
			for from := 0; from < len(events) && !w.halted(); from += piece {
				for i := from; i < min(from+piece, len(events)); i++ {
					if test(events[i]) == keep {
						kept[n] = events[i]
						n++
					}
				}
			}
			out.took(n)
		}
	})
}

// Tap calls see with each event and passes it on: Flow's each.
func (f Flow[T]) Tap(see func(T)) Flow[T] {
	return mapper(f, "Tap", see == nil, func(w *worker, out *collector[T]) func([]T) {
		return func(events []T) {
			for i := range events {
				if w.leavesOff(i) {
					return
				}
				see(events[i])
				out.add(events[i])
			}
		}
	})
}

// mapper adds an operation that gets events and adds its results to a
// collector. It may have a state for each window.
func mapper[T, U any](f Flow[T], name string, missing bool, build func(w *worker, out *collector[U]) func([]T)) Flow[U] {
	return extend(f, name, missing, func(pos int, c chain[T]) chain[U] {
		return func(w *worker, next func() tail[U]) intake {
			return c(w, func() tail[T] {
				t := next()
				out := collect(w, pos, t.push)
				work := build(w, out)
				return tail[T]{fire: t.fire, push: func(events []T) {
					w.at = pos
					work(events)
					out.flush()
				}}
			})
		}
	})
}
