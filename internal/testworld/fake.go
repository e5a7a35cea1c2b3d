package testworld

import (
	"bytes"
	"fmt"
	"io"
	"testing"
)

// Fake takes the place of a test that fails. It ends when End is called.
type Fake struct {
	testing.TB
	Errors []string
	Out    bytes.Buffer

	cleanups []func()
}

// Helper implements testing.TB.
func (f *Fake) Helper() {}

// Cleanup implements testing.TB.
func (f *Fake) Cleanup(fn func()) { f.cleanups = append(f.cleanups, fn) }

// Output implements testing.TB.
func (f *Fake) Output() io.Writer { return &f.Out }

// Errorf implements testing.TB.
func (f *Fake) Errorf(format string, args ...any) {
	f.Errors = append(f.Errors, fmt.Sprintf(format, args...))
}

// End runs what was registered with Cleanup, the last first.
func (f *Fake) End() {
	for len(f.cleanups) > 0 {
		last := len(f.cleanups) - 1
		cleanup := f.cleanups[last]
		f.cleanups = f.cleanups[:last]
		cleanup()
	}
}
