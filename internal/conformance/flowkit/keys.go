package flowkit

import "fmt"

// Key is a function that takes a key out of a value.
type Key struct {
	Key  string `json:"key,omitzero"`
	K    int    `json:"k,omitzero"`
	I    int    `json:"i,omitzero"`
	C    Value  `json:"c,omitzero"`
	Pred *Pred  `json:"pred,omitzero"`
	Then *Key   `json:"then,omitzero"`
	Map  *Func  `json:"map,omitzero"`
}

func (k *Key) of(e Value) Value {
	switch k.Key {
	case "id":
		return e
	case "num":
		return number(e.num())
	case "mod":
		return number(floorMod(e.num(), k.K))
	case "div":
		return number(floorDiv(e.num(), k.K))
	case "elem":
		return [...]Value{e.pair().First, e.pair().Second}[k.I]
	case "len":
		return number(len(e.string()))
	case "first_byte":
		return number(firstByte(e.string()))
	case "const":
		return k.C
	}
	panic(fmt.Errorf("unknown key %q", k.Key))
}

func firstByte(s string) int {
	if s == "" {
		return 0
	}
	return int(s[0])
}

// place is what becomes of an element at a partition: what is delivered to
// which stage, if anything.
func (k *Key) place(e Value, stages int) (delivered Value, stage int, keep bool) {
	switch k.Key {
	case "out_of_range":
		return e, stages, true
	case "drop_unless":
		if !k.Pred.holds(e) {
			return e, 0, false
		}
		return k.Then.place(e, stages)
	case "rewrite":
		_, stage, keep = k.Then.place(e, stages)
		return k.Map.apply(e), stage, keep
	}
	return e, floorMod(k.of(e).int(), stages), true
}

// onlyPlaces says that place delivers every element as it is.
func (k *Key) onlyPlaces() bool { return k.Key != "drop_unless" && k.Key != "rewrite" }

// floorMod is the remainder with the sign of the divisor, which is positive.
func floorMod(a, b int) int { return ((a % b) + b) % b }

func floorDiv(a, b int) int { return (a - floorMod(a, b)) / b }
