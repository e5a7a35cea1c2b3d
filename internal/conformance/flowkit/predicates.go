package flowkit

import "fmt"

// Pred is a condition.
type Pred struct {
	P  string `json:"p,omitzero"`
	K  int    `json:"k,omitzero"`
	V  Value  `json:"v,omitzero"`
	Of *Pred  `json:"of,omitzero"`
}

func (p *Pred) holds(e Value) bool {
	switch p.P {
	case "even":
		return floorMod(e.num(), 2) == 0
	case "mult":
		return floorMod(e.num(), p.K) == 0
	case "gt":
		return e.num() > p.K
	case "lt":
		return e.num() < p.K
	case "eq":
		return e == p.V
	case "not":
		return !p.Of.holds(e)
	}
	panic(fmt.Errorf("unknown predicate %q", p.P))
}
