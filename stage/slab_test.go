package stage

import (
	"reflect"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestArraysOfASlabAreApart(t *testing.T) {
	var s slabs[int]
	s.init()
	var arrays [][]int
	for i := range 3 * arraysInSlab {
		array := s.array(10)
		require.Zero(t, len(array))
		require.Equal(t, 10, cap(array), "nothing beyond its own room")
		for range 10 {
			array = append(array, i)
		}
		arrays = append(arrays, array)
	}
	for i, array := range arrays {
		for _, event := range array {
			require.Equal(t, i, event)
		}
	}
}

func TestOnlySmallArraysWithoutPointersAreCut(t *testing.T) {
	var texts slabs[string]
	texts.init()
	require.Zero(t, texts.most)
	var ints slabs[int64]
	ints.init()
	require.Equal(t, 1024, ints.most)
	require.Equal(t, 5000, cap(ints.array(5000)))
}

func TestHasPointers(t *testing.T) {
	type plain struct {
		A int
		B [3]float64
		C bool
	}
	type deep struct {
		Plain plain
		D     [2]struct{ E []byte }
	}
	for event, want := range map[any]bool{
		0: false, 1.5: false, plain{}: false, [0]*int{}: false, [2]uint8{}: false,
		"": true, time.Time{}: true, new(int): true, [1]error{}: true,
	} {
		require.Equal(t, want, hasPointers(reflect.TypeOf(event)), "%T", event)
	}
	require.True(t, hasPointers(reflect.TypeFor[deep]()))
	require.True(t, hasPointers(reflect.TypeFor[error]()))
	require.True(t, hasPointers(reflect.TypeFor[map[int]int]()))
}
