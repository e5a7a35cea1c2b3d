// Package small has a map for values that are mostly few: most processes have
// one or two relations to others, and there may be a hundred thousand processes.
package small

import "iter"

// most is the number of entries up to which a list is smaller and faster.
const most = 8

// Map is a map. The zero value is empty. While it is small it keeps its entries
// in a list, in the order in which they came; that takes a fifth of the memory
// of a Go map.
type Map[K comparable, V any] struct {
	list  []entry[K, V]
	index map[K]V // not nil once there were more than most
}

type entry[K comparable, V any] struct {
	key   K
	value V
}

// Get is the value of a key.
func (m *Map[K, V]) Get(key K) (V, bool) {
	if m.index != nil {
		value, ok := m.index[key]
		return value, ok
	}
	if i := m.find(key); i >= 0 {
		return m.list[i].value, true
	}
	var none V
	return none, false
}

// Set adds or replaces the value of a key.
func (m *Map[K, V]) Set(key K, value V) {
	if m.index != nil {
		m.index[key] = value
		return
	}
	if i := m.find(key); i >= 0 {
		m.list[i].value = value
		return
	}
	if len(m.list) < most {
		m.list = append(m.list, entry[K, V]{key, value})
		return
	}
	m.index = make(map[K]V, 2*most)
	for _, e := range m.list {
		m.index[e.key] = e.value
	}
	m.list = nil
	m.index[key] = value
}

// Delete removes a key, if it is there.
func (m *Map[K, V]) Delete(key K) {
	delete(m.index, key)
	if i := m.find(key); i >= 0 {
		last := len(m.list) - 1
		copy(m.list[i:], m.list[i+1:])
		m.list[last] = entry[K, V]{}
		m.list = m.list[:last]
	}
}

// Len is the number of entries.
func (m *Map[K, V]) Len() int { return len(m.list) + len(m.index) }

// All walks over the entries. The map must not be changed meanwhile.
func (m *Map[K, V]) All() iter.Seq2[K, V] {
	return func(yield func(K, V) bool) {
		for _, e := range m.list {
			if !yield(e.key, e.value) {
				return
			}
		}
		for key, value := range m.index {
			if !yield(key, value) {
				return
			}
		}
	}
}

func (m *Map[K, V]) find(key K) int {
	for i := range m.list {
		if m.list[i].key == key {
			return i
		}
	}
	return -1
}
