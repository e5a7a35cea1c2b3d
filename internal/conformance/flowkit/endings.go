package flowkit

import "fmt"

// firing is a trigger, in the words of the recordings.
type firing struct {
	index, total int
	kind         string
	window, name Value
}

// ending turns a state into events when a trigger fires. Reset says that the
// window goes on with the initial state.
type ending func(state Value, f firing) (events []Value, reset bool)

// ending is that of an emit or on_trigger.
func (s *Step) ending() ending {
	if s.Op == "emit" {
		return func(state Value, f firing) ([]Value, bool) { return s.emitted(s.What, state, f), false }
	}
	return func(state Value, f firing) ([]Value, bool) { return s.emitted(s.Emit, state, f), s.Next == "reset" }
}

// ownItems is what a state emits by itself. It fails if that is neither a list
// nor a map.
func ownItems(state Value, _ firing) (events []Value, reset bool) { return state.items(), false }

// whole emits the state itself.
func whole(state Value, _ firing) (events []Value, reset bool) { return []Value{state}, false }

func (s *Step) emitted(what string, state Value, f firing) []Value {
	switch what {
	case "state":
		return []Value{state}
	case "nothing":
		return nil
	case "elements":
		return state.items()
	case "sorted":
		return []Value{list(sortedValues(state.items())...)}
	case "sorted_values":
		return []Value{sortedLists(state)}
	case "size":
		return []Value{number(len(state.items()))}
	case "fields":
		var fields []Value
		for _, name := range s.Fields {
			fields = append(fields, f.field(name, state))
		}
		return []Value{list(fields...)}
	}
	panic(fmt.Errorf("unknown emission %q", what))
}

func (f firing) field(name string, state Value) Value {
	switch name {
	case "state":
		return state
	case "sorted_state":
		return list(sortedValues(state.items())...)
	case "index":
		return number(f.index)
	case "total":
		return number(f.total)
	case "kind":
		return text(f.kind)
	case "window":
		return f.window
	case "trigger":
		return f.name
	}
	panic(fmt.Errorf("unknown field %q", name))
}

// sortedLists is a map with its lists sorted.
func sortedLists(m Value) Value {
	items := m.items()
	for i, entry := range items {
		items[i] = pair(entry.pair().First, list(sortedValues(entry.pair().Second.items())...))
	}
	return list(items...)
}
