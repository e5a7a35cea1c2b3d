package conformance

import (
	"errors"
	"fmt"

	"github.com/stagecraft-go/stagecraft/process"
)

// Reason is why something exits or is cancelled, as recordings write it. One
// field is set.
type Reason struct {
	Reason   string `json:"reason,omitempty"`
	Shutdown any    `json:"shutdown,omitempty"`
	Error    any    `json:"error,omitempty"`
}

// Failure is a reason that means something to its scenario only.
type Failure string

func (f Failure) Error() string { return string(f) }

// Vocabulary translates between exit reasons and errors of Go. Every kind of
// recording has words of its own beside OTP's.
type Vocabulary struct {
	// Atoms are the reasons that have a name in both languages.
	Atoms map[string]error
	// Term is how an error is recorded that is no atom; false for those without
	// a rule of their own.
	Term func(err error) (term any, ok bool)
}

// otp are the atoms that all kinds have in common.
var otp = map[string]error{
	"normal":   process.Normal,
	"shutdown": process.Shutdown,
	"killed":   process.Killed,
	"noproc":   process.NoProc,
}

// Err is the Go value of a reason.
func (v Vocabulary) Err(r Reason) error {
	switch {
	case r.Shutdown != nil:
		return process.ShutdownWith(Failure(fmt.Sprint(r.Shutdown)))
	case r.Error != nil:
		return Failure(fmt.Sprint(r.Error))
	}
	for _, atoms := range []map[string]error{otp, v.Atoms} {
		if atom, ok := atoms[r.Reason]; ok {
			return atom
		}
	}
	return Failure("unknown atom " + r.Reason)
}

// Reason is the reason that a Go value stands for.
func (v Vocabulary) Reason(err error) Reason {
	var shutdown *process.ShutdownError
	if errors.As(err, &shutdown) {
		return Reason{Shutdown: v.term(shutdown.Cause)}
	}
	for _, atoms := range []map[string]error{otp, v.Atoms} {
		for name, atom := range atoms {
			if errors.Is(err, atom) {
				return Reason{Reason: name}
			}
		}
	}
	return Reason{Error: v.term(err)}
}

func (v Vocabulary) term(err error) any {
	if v.Term != nil {
		if term, ok := v.Term(err); ok {
			return term
		}
	}
	var crash *process.Crash
	var own Failure
	switch {
	case errors.As(err, &crash):
		return map[string]any{"crash": fmt.Sprint(crash.Value)}
	case errors.As(err, &own):
		return string(own)
	}
	return err.Error()
}

// invalid is the value of an enumeration for a word that is none of its names.
const invalid = 99

// Choice is the value of an enumeration, whose values start at 1.
func Choice[E ~uint8](word any, names ...string) E {
	for i, name := range names {
		if name == word {
			return E(i + 1)
		}
	}
	return invalid
}
