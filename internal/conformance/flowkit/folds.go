package flowkit

import (
	"fmt"
	"slices"
)

// fold is a reduce: an initial state, and what becomes of it with an element.
// Only an emit_and_reduce emits.
type fold struct {
	initial Value
	step    func(state, e Value) (emitted []Value, next Value)
}

// states are what the states of a fold are.
type states int

const (
	scalarStates states = iota
	listStates
	mapStates // lists of pairs, sorted by key
)

// states of a reduce: what they emit by themselves depends on it.
func (s *Step) states() states {
	switch s.Acc {
	case "collect", "append":
		return listStates
	case "map_count", "map_sum", "map_last":
		return mapStates
	}
	return scalarStates
}

// fold is that of a reducing step, nil for another.
func (s *Step) fold() *fold {
	switch s.Op {
	case "reduce":
		return s.reduction()
	case "emit_and_reduce":
		return s.emission()
	case "group_by":
		return silent(list(), func(groups, e Value) Value { return group(groups, s.Key.of(e), s.value(e)) })
	case "group_by_key":
		return silent(list(), func(groups, e Value) Value { return group(groups, e.pair().First, e.pair().Second) })
	}
	return nil
}

// silent is a fold that emits nothing.
func silent(initial Value, step func(state, e Value) Value) *fold {
	return &fold{initial, func(state, e Value) ([]Value, Value) { return nil, step(state, e) }}
}

func (s *Step) reduction() *fold {
	switch s.Acc {
	case "sum":
		return silent(number(0), add)
	case "count":
		return silent(number(0), func(n, _ Value) Value { return number(n.int() + 1) })
	case "max":
		return silent(null, larger)
	case "collect":
		return silent(list(), func(l, e Value) Value { return Value{l.list().prepend(e)} })
	case "append":
		return silent(list(), appended)
	case "map_count":
		return silent(list(), func(m, e Value) Value { return update(m, s.key(e), increment) })
	case "map_sum":
		return silent(list(), func(m, e Value) Value {
			return update(m, s.key(e), func(sum Value) Value { return add(sum, e) })
		})
	case "map_last":
		return silent(list(), func(m, e Value) Value { return update(m, s.key(e), func(Value) Value { return e }) })
	case "raise_if":
		return silent(number(0), func(sum, e Value) Value {
			if s.Pred.holds(e) {
				panic(errRaised)
			}
			return add(sum, e)
		})
	}
	panic(fmt.Errorf("unknown reduce %q", s.Acc))
}

func (s *Step) emission() *fold {
	switch s.Rule {
	case "running_sum":
		return &fold{number(0), func(sum, e Value) ([]Value, Value) { return []Value{add(sum, e)}, add(sum, e) }}
	case "each_and_count":
		return &fold{number(0), func(n, e Value) ([]Value, Value) { return []Value{e}, number(n.int() + 1) }}
	case "dedup":
		return &fold{null, func(last, e Value) ([]Value, Value) {
			if e == last {
				return nil, last
			}
			return []Value{e}, e
		}}
	case "every":
		return &fold{list(), s.everyN}
	case "sliding":
		return &fold{list(), s.sliding}
	case "map_running":
		return &fold{list(), func(m, e Value) ([]Value, Value) {
			key := s.key(e)
			next := update(m, key, increment)
			return []Value{pair(key, lookup(next, key))}, next
		}}
	case "session":
		return &fold{null, s.session}
	}
	panic(fmt.Errorf("unknown emit_and_reduce %q", s.Rule))
}

func (s *Step) everyN(group, e Value) ([]Value, Value) {
	group = appended(group, e)
	if len(group.items()) == s.N {
		return []Value{group}, list()
	}
	return nil, group
}

// sliding has the newest element first in its state, and last in what it emits.
func (s *Step) sliding(newest, e Value) ([]Value, Value) {
	items := append([]Value{e}, newest.items()...)
	items = items[:min(s.N, len(items))]
	return []Value{list(reversed(items)...)}, list(items...)
}

func (s *Step) session(open, e Value) ([]Value, Value) {
	at := e.pair().First
	fresh := list(at, at, number(1))
	if open == null {
		return nil, fresh
	}
	start, last, count := open.items()[0], open.items()[1], open.items()[2]
	if at.int()-last.int() > s.Gap {
		return []Value{open}, fresh
	}
	return nil, list(start, at, number(count.int()+1))
}

// key is that of an element: the element itself if the step says nothing.
func (s *Step) key(e Value) Value {
	if s.Key == nil {
		return e
	}
	return s.Key.of(e)
}

// value is what a group_by stores of an element.
func (s *Step) value(e Value) Value {
	if s.Value == nil {
		return e
	}
	return s.Value.apply(e)
}

func add(sum, e Value) Value      { return number(sum.num() + e.num()) }
func increment(n Value) Value     { return number(n.num() + 1) }
func appended(l, e Value) Value   { return list(append(l.items(), e)...) }
func group(m, key, e Value) Value { return update(m, key, prepending(e)) }

func larger(most, e Value) Value {
	if most == null || e.num() > most.int() {
		return number(e.num())
	}
	return most
}

// prepending puts e in front of a list, which may not be there yet.
func prepending(e Value) func(Value) Value {
	return func(l Value) Value {
		if l == null {
			return list(e)
		}
		return Value{l.list().prepend(e)}
	}
}

// update changes the value of a key, which is null if it is new.
func update(m, key Value, change func(old Value) Value) Value {
	items := m.items()
	i, found := slices.BinarySearchFunc(items, key, func(entry, key Value) int { return entry.pair().First.compare(key) })
	if found {
		items[i] = pair(key, change(items[i].pair().Second))
	} else {
		items = slices.Insert(items, i, pair(key, change(null)))
	}
	return list(items...)
}

func lookup(m, key Value) Value {
	for _, entry := range m.items() {
		if entry.pair().First == key {
			return entry.pair().Second
		}
	}
	return null
}
