package flow

// Uniq keeps the first of equal events of a stage and a window. It remembers
// all events of the window. Behind a [Partition] equal events are in the same
// stage.
func Uniq[T comparable](f Flow[T]) Flow[T] {
	return uniq(f, "Uniq", func(event T) T { return event })
}

// UniqBy keeps the first event of each key, as [Uniq].
func UniqBy[T any, K comparable](f Flow[T], key func(T) K) Flow[T] {
	return uniq(f, "UniqBy", key)
}

func uniq[T any, K comparable](f Flow[T], name string, key func(T) K) Flow[T] {
	return mapper(f, name, key == nil, func(w *worker, out *collector[T]) func([]T) {
		seen := make(map[K]struct{})
		return func(events []T) {
			for i := range events {
				if w.leavesOff(i) {
					return
				}
				k := key(events[i])
				if _, ok := seen[k]; !ok {
					seen[k] = struct{}{}
					out.add(events[i])
				}
			}
		}
	})
}
