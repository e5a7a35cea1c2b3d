package process

import (
	"strconv"
	"sync/atomic"
)

var refs atomic.Uint64

// Ref identifies one monitor or one subscription, like make_ref() in Erlang.
// Two refs are the same if their pointers are.
type Ref struct{ number uint64 }

// NewRef returns a ref that is unlike all others.
func NewRef() *Ref { return &Ref{number: refs.Add(1)} }

// String is for logs: "ref-17".
func (r *Ref) String() string {
	if r == nil {
		return "ref-none"
	}
	return "ref-" + strconv.FormatUint(r.number, 10)
}
