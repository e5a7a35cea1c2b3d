package telemetry

import (
	"errors"
	"fmt"
)

var (
	// ErrNameTaken is what a [*NameError] wraps.
	ErrNameTaken = errors.New("the name is taken")

	errNoHub     = errors.New("telemetry: Attach: the hub is nil")
	errNoName    = errors.New(`telemetry: Attach: the name is "", want a text that is not empty`)
	errNoHandler = errors.New("handler is nil")
)

// NameError refuses a second handler of the same name.
type NameError struct{ Name string }

func (e *NameError) Error() string {
	return fmt.Sprintf("telemetry: Attach %q: %v", e.Name, ErrNameTaken)
}

// Unwrap is [ErrNameTaken].
func (e *NameError) Unwrap() error { return ErrNameTaken }
