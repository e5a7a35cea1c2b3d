package stage

import (
	"reflect"
	"sync"
)

// slabs cuts arrays for events out of larger ones: to allocate four small arrays
// at a time costs about a fifth less than one by one. Whoever keeps one of them
// keeps all four in memory, so it is done for small arrays without pointers
// only: nothing else hangs on them.
type slabs[T any] struct {
	most int       // size of an array that is cut; 0: none are
	free sync.Pool // of *slab[T]
}

// slab is what is left of a larger array.
type slab[T any] struct{ rest []T }

const (
	arraysInSlab = 4
	slabBytes    = 32 << 10
)

func (s *slabs[T]) init() {
	event := reflect.TypeFor[T]()
	if size := event.Size(); size > 0 && !hasPointers(event) {
		s.most = slabBytes / arraysInSlab / int(size)
	}
}

// array is an empty slice with room for n events.
func (s *slabs[T]) array(n int) []T {
	if n > s.most {
		return make([]T, 0, n)
	}
	from, ok := s.free.Get().(*slab[T])
	if !ok {
		from = new(slab[T])
	}
	if len(from.rest) < n {
		from.rest = make([]T, n*arraysInSlab)
	}
	array := from.rest[:0:n]
	from.rest = from.rest[n:]
	s.free.Put(from)
	return array
}

// hasPointers tells whether a value of the type refers to other memory.
func hasPointers(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Array:
		return t.Len() > 0 && hasPointers(t.Elem())
	case reflect.Struct:
		for i := range t.NumField() {
			if hasPointers(t.Field(i).Type) {
				return true
			}
		}
		return false
	}
	return t.Kind() > reflect.Complex128 // what follows in the list are references
}
