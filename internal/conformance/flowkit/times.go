package flowkit

import (
	"fmt"
	"time"
)

var units = map[string]time.Duration{
	"ms":  time.Millisecond,
	"s":   time.Second,
	"min": time.Minute,
	"h":   time.Hour,
}

// duration of n units. Another unit cannot be written in Go.
func duration(n int, unit string) (time.Duration, error) {
	d, ok := units[unit]
	if !ok {
		return 0, unwritable("the unit %q", unit)
	}
	return time.Duration(n) * d, nil
}

// unitNames are the names that the recordings have in triggers.
var unitNames = map[string]string{"ms": "millisecond", "s": "second", "min": "minute", "h": "hour"}

// name is that of a trigger by the clock.
func (i Interval) name() Value {
	return list(text("periodically"), number(i.N), text(unitNames[i.Unit]))
}

func (i Interval) duration() (time.Duration, error) { return duration(i.N, i.Unit) }

// unwritableError is a scenario that no Go program can have, since its types
// exclude it.
type unwritableError struct{ what string }

func (e *unwritableError) Error() string { return "does not compile: " + e.what }

func unwritable(format string, args ...any) error {
	return &unwritableError{fmt.Sprintf(format, args...)}
}
