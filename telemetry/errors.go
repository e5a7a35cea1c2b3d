package telemetry

import (
	"errors"
	"fmt"
)

var (
	// ErrNameTaken is what a [*NameTakenError] wraps.
	ErrNameTaken = errors.New("the name is taken")

	errNoHub     = errors.New("telemetry: Attach: the hub is nil")
	errNoName    = errors.New(`telemetry: Attach: the name is "", allowed is a text that is not empty`)
	errNoHandler = errors.New("handler is nil")
)

// NameTakenError refuses a second handler of the same name.
type NameTakenError struct{ Name string }

func (e *NameTakenError) Error() string {
	return fmt.Sprintf("telemetry: Attach %q: %v", e.Name, ErrNameTaken)
}

// Unwrap is [ErrNameTaken].
func (e *NameTakenError) Unwrap() error { return ErrNameTaken }
