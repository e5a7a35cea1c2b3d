// Package misnamed has its overview in the wrong file.
package misnamed

// This is a type.
type T struct{}

// A U is right.
type U struct{}

// Does something.
func F() {}

// Method of U.
func (U) M() {}

// String is right.
func (U) String() string { return "" }

// Values of a group.
const (
	A = 1
	B = 2
)
