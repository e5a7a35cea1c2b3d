package flowkit

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Func is a function of a value, or of a list of values.
type Func struct {
	F    string `json:"f,omitzero"`
	K    int    `json:"k,omitzero"`
	N    int    `json:"n,omitzero"`
	V    Value  `json:"v,omitzero"`
	Key  *Key   `json:"key,omitzero"`
	Pred *Pred  `json:"pred,omitzero"`
}

// errRaised is the failure that scenarios ask for.
var errRaised = errors.New("raised")

// apply makes one value of a value.
func (f *Func) apply(e Value) Value {
	switch f.F {
	case "add":
		return onNumber(e, func(n int) int { return n + f.K })
	case "mul":
		return onNumber(e, func(n int) int { return n * f.K })
	case "num":
		return number(e.num())
	case "mod":
		return number(floorMod(e.num(), f.K))
	case "keyed":
		return pair(f.Key.of(e), e)
	case "first":
		return e.pair().First
	case "second":
		return e.pair().Second
	case "swap":
		return pair(e.pair().Second, e.pair().First)
	case "upcase":
		return text(strings.Map(upcase, e.string()))
	case "const":
		return f.V
	case "wrap":
		return list(e)
	case "sorted":
		return list(sortedValues(e.items())...)
	case "raise_if":
		if f.Pred.holds(e) {
			panic(errRaised)
		}
		return e
	}
	panic(fmt.Errorf("unknown map %q", f.F))
}

// onNumber changes an integer, or the second of a pair.
func onNumber(e Value, change func(int) int) Value {
	if p, ok := e.is.(Pair); ok {
		return pair(p.First, onNumber(p.Second, change))
	}
	return number(change(e.int()))
}

func upcase(r rune) rune {
	if r >= 'a' && r <= 'z' {
		return r - 'a' + 'A'
	}
	return r
}

// flat makes values of a value.
func (f *Func) flat(e Value) (results []Value) {
	switch f.F {
	case "repeat":
		return slices.Repeat([]Value{e}, f.N)
	case "repeat_mod":
		return slices.Repeat([]Value{e}, floorMod(e.num(), f.K))
	case "upto_mod":
		for i := range floorMod(e.num(), f.K) {
			results = append(results, number(i))
		}
		return results
	case "split":
		return texts(strings.FieldsFunc(e.string(), func(r rune) bool { return r == ' ' }))
	case "chars":
		return texts(strings.Split(e.string(), ""))
	case "and_next":
		return []Value{e, onNumber(e, func(n int) int { return n + 1 })}
	case "none":
		return nil
	case "items":
		return e.items()
	}
	panic(fmt.Errorf("unknown flat map %q", f.F))
}

func texts(parts []string) (values []Value) {
	for _, s := range parts {
		values = append(values, text(s))
	}
	return values
}

// batch makes a list of a list.
func (f *Func) batch(events []Value) []Value {
	switch f.F {
	case "size":
		return []Value{number(len(events))}
	case "sum":
		sum := 0
		for _, e := range events {
			sum += e.num()
		}
		return []Value{number(sum)}
	case "reverse":
		return reversed(events)
	case "take":
		return events[:min(f.N, len(events))]
	case "append":
		return append(slices.Clone(events), f.V)
	case "wrap":
		return []Value{list(events...)}
	case "dedup":
		return slices.Compact(slices.Clone(events))
	}
	panic(fmt.Errorf("unknown batch function %q", f.F))
}

func reversed(values []Value) []Value {
	values = slices.Clone(values)
	slices.Reverse(values)
	return values
}
