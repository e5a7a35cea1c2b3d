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
	return mapper(f, "Map", fn == nil, func(w *worker, pos int, next func(U)) func(T) {
		return func(event T) {
			w.at = pos
			next(fn(event))
		}
	})
}

// TryMap is [Map] with a function that can fail. Its error ends the flow.
func TryMap[T, U any](f Flow[T], fn func(T) (U, error)) Flow[U] {
	return mapper(f, "TryMap", fn == nil, func(w *worker, pos int, next func(U)) func(T) {
		return func(event T) {
			w.at = pos
			result, err := fn(event)
			if err != nil {
				w.fail(err)
				return
			}
			next(result)
		}
	})
}

// FlatMap replaces each event by a sequence of events.
func FlatMap[T, U any](f Flow[T], fn func(T) iter.Seq[U]) Flow[U] {
	return mapper(f, "FlatMap", fn == nil, func(w *worker, pos int, next func(U)) func(T) {
		return func(event T) {
			w.at = pos
			for result := range fn(event) {
				next(result)
				if w.err != nil {
					return
				}
				w.at = pos
			}
		}
	})
}

// MapValues replaces the value of each pair.
func MapValues[K, V, W any](f Flow[Pair[K, V]], fn func(V) W) Flow[Pair[K, W]] {
	return mapper(f, "MapValues", fn == nil, func(w *worker, pos int, next func(Pair[K, W])) func(Pair[K, V]) {
		return func(event Pair[K, V]) {
			w.at = pos
			next(Pair[K, W]{event.Key, fn(event.Value)})
		}
	})
}

// Filter keeps the events for which keep is true.
func (f Flow[T]) Filter(keep func(T) bool) Flow[T] {
	return mapper(f, "Filter", keep == nil, func(w *worker, pos int, next func(T)) func(T) {
		return func(event T) {
			w.at = pos
			if keep(event) {
				next(event)
			}
		}
	})
}

// Reject drops the events for which drop is true.
func (f Flow[T]) Reject(drop func(T) bool) Flow[T] {
	return mapper(f, "Reject", drop == nil, func(w *worker, pos int, next func(T)) func(T) {
		return func(event T) {
			w.at = pos
			if !drop(event) {
				next(event)
			}
		}
	})
}

// Tap calls see with each event and passes it on: Flow's each.
func (f Flow[T]) Tap(see func(T)) Flow[T] {
	return mapper(f, "Tap", see == nil, func(w *worker, pos int, next func(T)) func(T) {
		return func(event T) {
			w.at = pos
			see(event)
			next(event)
		}
	})
}

// mapper adds an operation without a state. Stages run it in parallel, each
// with its own events.
func mapper[T, U any](f Flow[T], name string, missing bool, build func(w *worker, pos int, next func(U)) func(T)) Flow[U] {
	return extend(f, name, missing, func(pos int, c chain[T]) chain[U] {
		return func(w *worker, next func() tail[U]) intake {
			return c(w, func() tail[T] {
				t := next()
				return tail[T]{build(w, pos, t.push), t.fire}
			})
		}
	})
}
