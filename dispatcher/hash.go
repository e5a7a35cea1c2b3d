package dispatcher

import (
	"cmp"
	"hash/maphash"
	"math/bits"
	"reflect"
	"slices"
)

// Hash chooses the partition of an event. It may change the event: out is what
// is sent. If ok is false the event is discarded. It is called once for each
// event, in order, by the stage; a panic ends the stage.
type Hash[T any, K comparable] func(event T) (out T, partition K, ok bool)

// Indexes returns the names 0 to count-1, as [Partition] uses them.
func Indexes(count int) []int {
	names := make([]int, max(count, 0))
	for i := range names {
		names[i] = i
	}
	return names
}

// seed is one for all, so that the same value goes to the same partition in
// all stages of a program.
var seed = maphash.MakeSeed()

// HashValue returns a hash for [Partition] that spreads events over count
// partitions by their value. Equal events go to the same partition everywhere
// in one run of the program, and to another one in the next run. It stands for
// the default hash of GenStage, with other results. A count below 1 counts as 1.
func HashValue[T comparable](count int) func(T) int {
	n := uint64(max(count, 1))
	return func(event T) int { return spread(event, n) }
}

// HashKey is [HashValue] by a key of the event.
func HashKey[T any, K comparable](count int, key func(T) K) func(T) int {
	n := uint64(max(count, 1))
	return func(event T) int { return spread(key(event), n) }
}

// spread is the place of a key among n.
func spread[K comparable](key K, n uint64) int {
	index, _ := bits.Mul64(maphash.Comparable(seed, key), n)
	return int(index)
}

// ascending returns the names in the order in which partitions are served:
// numbers by size and strings by bytes, as GenStage does for up to 32 names,
// other types as given.
func ascending[K comparable](names []K) []K {
	names = slices.Clone(names)
	slices.SortStableFunc(names, func(a, b K) int {
		return compareNames(reflect.ValueOf(a), reflect.ValueOf(b))
	})
	return names
}

func compareNames(a, b reflect.Value) int {
	kind := nameKind(a)
	if c := cmp.Compare(kind, nameKind(b)); c != 0 {
		return c
	}
	switch kind {
	case intName:
		return cmp.Compare(a.Int(), b.Int())
	case uintName:
		return cmp.Compare(a.Uint(), b.Uint())
	case floatName:
		return cmp.Compare(a.Float(), b.Float())
	case stringName:
		return cmp.Compare(a.String(), b.String())
	default:
		return 0
	}
}

const (
	intName = iota
	uintName
	floatName
	stringName
	otherName
)

func nameKind(v reflect.Value) int {
	switch {
	case v.CanInt():
		return intName
	case v.CanUint():
		return uintName
	case v.CanFloat():
		return floatName
	case v.Kind() == reflect.String:
		return stringName
	default:
		return otherName
	}
}
