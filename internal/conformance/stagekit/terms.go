package stagekit

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"

	"github.com/stagecraft-go/stagecraft/dispatcher"
	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/stage"
)

// Reason is why something is cancelled or exits. One field is set.
type Reason struct {
	Reason   string `json:"reason,omitempty"`
	Shutdown any    `json:"shutdown,omitempty"`
	Error    any    `json:"error,omitempty"`
}

// failure is a reason that means something to its scenario only.
type failure string

func (f failure) Error() string { return string(f) }

// errBadReturn stands for a callback that returns garbage, which Go does not let
// it do.
var errBadReturn = fmt.Errorf("the scenario says garbage: %w", stage.ErrBadReturn)

// errUnwritable is the result of an operation with values that the types of Go
// exclude.
var errUnwritable = errors.New("cannot be written in Go")

// atoms are the reasons that have a name in both languages.
var atoms = map[string]error{
	"normal":                  process.Normal,
	"shutdown":                process.Shutdown,
	"killed":                  process.Killed,
	"noproc":                  process.NoProc,
	"unknown_subscription":    stage.ErrUnknownSubscription,
	"duplicated_subscription": stage.ErrDuplicatedSubscription,
	"already_subscribed":      stage.ErrAlreadySubscribed,
}

// optionNames are the names of our options in the recordings.
var optionNames = map[string]string{
	"MaxDemand":  "max_demand",
	"MinDemand":  "min_demand",
	"OnCancel":   "cancel",
	"BufferSize": "buffer_size",
	"BufferKeep": "buffer_keep",
	"Demand":     "demand",
	"Dispatch":   "dispatcher",
	"Ask.N":      "ask",
}

// err is the Go value of a reason.
func (r Reason) err() error {
	switch {
	case r.Shutdown != nil:
		return process.ShutdownWith(failure(fmt.Sprint(r.Shutdown)))
	case r.Error != nil:
		return failure(fmt.Sprint(r.Error))
	}
	if atom, ok := atoms[r.Reason]; ok {
		return atom
	}
	return failure("unknown atom " + r.Reason)
}

// reasonOf is the reason that a Go value stands for.
func reasonOf(err error) Reason {
	var shutdown *process.ShutdownError
	if errors.As(err, &shutdown) {
		return Reason{Shutdown: shutdown.Cause.Error()}
	}
	for name, atom := range atoms {
		if errors.Is(err, atom) {
			return Reason{Reason: name}
		}
	}
	return Reason{Error: failureOf(err)}
}

// failureOf is the term of an abnormal reason.
func failureOf(err error) any {
	var crash *process.Crash
	var own failure
	if option, ok := optionOf(err); ok {
		return map[string]any{"bad_opts": map[string]any{"option": option}}
	}
	switch {
	case errors.Is(err, stage.ErrBadReturn):
		return "bad_return_value"
	case errors.As(err, &crash):
		return map[string]any{"crash": fmt.Sprint(crash.Value)}
	case errors.As(err, &own):
		return string(own)
	}
	return err.Error()
}

// optionOf is the option that an error refuses.
func optionOf(err error) (name string, ok bool) {
	var option *stage.OptionError
	var dispatching *dispatcher.OptionError
	switch {
	case errors.As(err, &option):
		return optionNames[option.Option], true
	case errors.As(err, &dispatching):
		return "dispatcher", true
	}
	return "", false
}

// wholeNumber is an integer of the recording.
func wholeNumber(v any) (int, bool) {
	n, ok := v.(float64)
	return int(n), ok && n == math.Trunc(n)
}

// invalid is the value of an enumeration for a word that is none of its names.
const invalid = 99

// choice is the value of an enumeration, whose values start at 1.
func choice[E ~uint8](word any, names ...string) E {
	for i, name := range names {
		if name == word {
			return E(i + 1)
		}
	}
	return invalid
}

func demandMode(word any) stage.DemandMode {
	return choice[stage.DemandMode](word, "forward", "accumulate")
}

func bufferKeep(word any) stage.Keep { return choice[stage.Keep](word, "last", "first") }

func cancelMode(word any) stage.CancelMode {
	return choice[stage.CancelMode](word, "permanent", "transient", "temporary")
}

// plain is a value of the recording that goes through a JSON text.
func plain(text json.RawMessage) (v any) {
	if err := json.Unmarshal(text, &v); err != nil {
		panic(err) // it was decoded before
	}
	return v
}
