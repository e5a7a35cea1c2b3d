package flowkit

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
)

// Value is what events, keys and states of a scenario are: an int, a string, a
// Pair, a List, or nil for null. Values are comparable.
type Value struct{ is any }

// Pair is a value of two.
type Pair struct{ First, Second Value }

var null Value

func number(n int) Value        { return Value{n} }
func text(s string) Value       { return Value{s} }
func pair(a, b Value) Value     { return Value{Pair{a, b}} }
func list(items ...Value) Value { return Value{newList(items)} }

// num is the number that a value stands for.
func (v Value) num() int {
	switch x := v.is.(type) {
	case nil:
		return 0
	case int:
		return x
	case string:
		return len(x)
	case Pair:
		return x.Second.num()
	}
	panic(fmt.Errorf("no number: %s", v))
}

// int is the value of an integer. It fails for others, as the original does.
func (v Value) int() int {
	n, ok := v.is.(int)
	if !ok {
		panic(fmt.Errorf("not an integer: %s", v))
	}
	return n
}

func (v Value) string() string {
	s, ok := v.is.(string)
	if !ok {
		panic(fmt.Errorf("not a string: %s", v))
	}
	return s
}

func (v Value) pair() Pair {
	p, ok := v.is.(Pair)
	if !ok {
		panic(fmt.Errorf("not a pair: %s", v))
	}
	return p
}

func (v Value) list() List {
	l, ok := v.is.(List)
	if !ok {
		panic(fmt.Errorf("not a list: %s", v))
	}
	return l
}

// items are those of a list.
func (v Value) items() []Value { return v.list().items() }

// compare is the order of values: by kind, then integers by value, strings by
// bytes, pairs and lists item by item.
func (v Value) compare(other Value) int {
	if c := cmp.Compare(v.rank(), other.rank()); c != 0 {
		return c
	}
	switch x := v.is.(type) {
	case int:
		return cmp.Compare(x, other.is.(int))
	case string:
		return cmp.Compare(x, other.is.(string))
	case Pair:
		y := other.is.(Pair)
		return cmp.Or(x.First.compare(y.First), x.Second.compare(y.Second))
	case List:
		return slices.CompareFunc(x.items(), other.items(), Value.compare)
	}
	return 0
}

// rank is the order of kinds.
func (v Value) rank() int {
	switch v.is.(type) {
	case int:
		return 0
	case nil:
		return 1
	case Pair:
		return 2
	case List:
		return 3
	}
	return 4
}

func sortedValues(values []Value) []Value {
	return slices.SortedFunc(slices.Values(values), Value.compare)
}

// MarshalJSON writes pairs and lists alike.
func (v Value) MarshalJSON() ([]byte, error) {
	switch x := v.is.(type) {
	case Pair:
		return json.Marshal([]Value{x.First, x.Second})
	case List:
		return json.Marshal(append([]Value{}, x.items()...))
	}
	return json.Marshal(v.is)
}

// UnmarshalJSON takes an array of two for a pair, and others for lists.
func (v *Value) UnmarshalJSON(input []byte) error {
	if input[0] != '[' {
		return v.unmarshalScalar(input)
	}
	var items []Value
	if err := json.Unmarshal(input, &items); err != nil {
		return err
	}
	*v = list(items...)
	if len(items) == 2 {
		*v = pair(items[0], items[1])
	}
	return nil
}

func (v *Value) unmarshalScalar(input []byte) error {
	switch input[0] {
	case 'n':
		v.is = nil
		return nil
	case '"':
		var s string
		err := json.Unmarshal(input, &s)
		v.is = s
		return err
	}
	var n int
	err := json.Unmarshal(input, &n)
	v.is = n
	return err
}

// String is the value as JSON.
func (v Value) String() string {
	out, err := v.MarshalJSON()
	if err != nil {
		return err.Error()
	}
	return string(out)
}
