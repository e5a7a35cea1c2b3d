package stagekit

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"

	"github.com/stagecraft-go/stagecraft/dispatcher"
	"github.com/stagecraft-go/stagecraft/internal/conformance"
	"github.com/stagecraft-go/stagecraft/stage"
	"github.com/stagecraft-go/stagecraft/supervisor"
)

// Reason is why something is cancelled or exits.
type Reason = conformance.Reason

// errBadReturn stands for a callback that returns garbage, which Go does not let
// it do.
var errBadReturn = fmt.Errorf("the scenario says garbage: %w", stage.ErrBadReturn)

// errUnwritable is the result of an operation with values that the types of Go
// exclude.
var errUnwritable = errors.New("cannot be written in Go")

// words are the reasons of this kind of recording.
var words = conformance.Vocabulary{
	Atoms: map[string]error{
		"unknown_subscription":    stage.ErrUnknownSubscription,
		"duplicated_subscription": stage.ErrDuplicatedSubscription,
		"already_subscribed":      stage.ErrAlreadySubscribed,

		"reached_max_restart_intensity": supervisor.ErrIntensity,
	},
	Term: termOf,
}

// errOf is the Go value of a reason.
func errOf(r Reason) error { return words.Err(r) }

// reasonOf is the reason that a Go value stands for.
func reasonOf(err error) Reason { return words.Reason(err) }

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
	"Restart":    "restart",
	"Strategy":   "strategy",
}

// termOf is the term of an abnormal reason that is a word of GenStage's.
func termOf(err error) (term any, ok bool) {
	if option, ok := optionOf(err); ok {
		return map[string]any{"bad_opts": map[string]any{"option": option}}, true
	}
	if errors.Is(err, stage.ErrBadReturn) || errors.Is(err, supervisor.ErrNoChild) {
		return "bad_return_value", true
	}
	return nil, false
}

// optionOf is the option that an error refuses.
func optionOf(err error) (name string, ok bool) {
	var option *stage.OptionError
	var dispatching *dispatcher.OptionError
	var supervising *supervisor.SpecError
	switch {
	case errors.As(err, &option):
		return optionNames[option.Option], true
	case errors.As(err, &dispatching):
		return "dispatcher", true
	case errors.As(err, &supervising):
		return optionNames[supervising.Field], true
	}
	return "", false
}

// wholeNumber is an integer of the recording.
func wholeNumber(v any) (int, bool) {
	n, ok := v.(float64)
	return int(n), ok && n == math.Trunc(n)
}

func demandMode(word any) stage.DemandMode {
	return conformance.Choice[stage.DemandMode](word, "forward", "accumulate")
}

func bufferKeep(word any) stage.Keep { return conformance.Choice[stage.Keep](word, "last", "first") }

func cancelMode(word any) stage.CancelMode {
	return conformance.Choice[stage.CancelMode](word, "permanent", "transient", "temporary")
}

// plain is a value of the recording that goes through a JSON text.
func plain(text json.RawMessage) (v any) {
	if err := json.Unmarshal(text, &v); err != nil {
		panic(err) // it was decoded before
	}
	return v
}
