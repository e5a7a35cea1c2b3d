package small_test

import (
	"maps"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/internal/small"
)

// Each byte is an operation on one of 16 keys, compared with a Go map.
func FuzzMap(f *testing.F) {
	f.Add([]byte{0, 1, 2, 3, 0x42, 0x81, 4, 5, 6, 7, 8, 9, 10, 11, 0x80, 0x8b})
	f.Fuzz(func(t *testing.T, operations []byte) {
		var m small.Map[byte, int]
		model := make(map[byte]int)
		for i, op := range operations {
			key := op & 15
			if op&0x80 == 0 {
				m.Set(key, i)
				model[key] = i
			} else {
				m.Delete(key)
				delete(model, key)
			}
			require.Equal(t, len(model), m.Len())
			require.Equal(t, model, maps.Collect(m.All()))
			value, ok := m.Get(key)
			want, wanted := model[key]
			require.Equal(t, wanted, ok)
			require.Equal(t, want, value)
		}
	})
}

func TestAFewEntriesKeepTheirOrder(t *testing.T) {
	var m small.Map[string, int]
	for i, key := range []string{"b", "c", "a"} {
		m.Set(key, i)
	}
	m.Delete("c")
	m.Set("d", 3)
	var keys []string
	for key := range m.All() {
		keys = append(keys, key)
	}
	require.Equal(t, []string{"b", "a", "d"}, keys)
}
