package trace

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/stagecraft-go/stagecraft/stage"
)

// version of the lines that WriteJSON writes. Fields may be added to it.
const version = 1

// note is the kind of a [Recorder.Note].
const note = "note"

// header is the first line.
type header struct {
	Version int      `json:"stagecraft_trace"`
	Stages  []string `json:"stages"`
	Dropped int      `json:"dropped"`
	Untimed bool     `json:"untimed"`
}

// line is one entry. Of the pointers, nil is for what an entry has not.
type line struct {
	At           int64  `json:"at_ns"`
	Kind         string `json:"kind"`
	From         string `json:"from,omitempty"`
	To           string `json:"to,omitempty"`
	Subscription int    `json:"subscription,omitempty"`
	N            int    `json:"n,omitempty"`
	Values       string `json:"values,omitempty"`
	MaxDemand    int    `json:"max_demand,omitempty"`
	MinDemand    int    `json:"min_demand,omitempty"`
	Cancel       string `json:"cancel,omitempty"`
	Mode         string `json:"mode,omitempty"`
	Reason       string `json:"reason,omitempty"`
	Demand       *int   `json:"demand,omitempty"`
	Buffered     *int   `json:"buffered,omitempty"`
	InFlight     *int   `json:"in_flight,omitempty"`
	Receipt      string `json:"receipt,omitempty"`
	Taken        int64  `json:"taken_ns,omitempty"`
}

// WriteJSON writes the timeline as lines of JSON, which [ReadJSON] reads. The
// format is described in docs/trace.md.
func (t Timeline) WriteJSON(w io.Writer) error {
	out := json.NewEncoder(w)
	out.SetEscapeHTML(false)
	stages := t.Stages
	if stages == nil {
		stages = []string{}
	}
	if err := out.Encode(header{version, stages, t.Dropped, t.Untimed}); err != nil {
		return err
	}
	for _, e := range t.Entries {
		if err := out.Encode(e.line()); err != nil {
			return err
		}
	}
	return nil
}

func (e Entry) line() line {
	l := line{
		At: int64(e.At), Kind: e.Kind.String(), From: e.From, To: e.To, Subscription: e.Subscription,
		N: e.N, Values: e.Values, MaxDemand: e.MaxDemand, MinDemand: e.MinDemand, Reason: e.Reason,
		Demand: known(e.Demand), Buffered: known(e.Buffered), InFlight: known(e.InFlight), Taken: int64(e.Taken),
	}
	if e.Kind == 0 {
		l.Kind = note
	}
	if e.Cancel != 0 {
		l.Cancel = e.Cancel.String()
	}
	if e.Mode != 0 {
		l.Mode = e.Mode.String()
	}
	if e.Receipt != Unknown {
		l.Receipt = e.Receipt.String()
	}
	return l
}

func known(n int) *int {
	if n < 0 {
		return nil
	}
	return &n
}

// ReadJSON reads what [Timeline.WriteJSON] has written. Fields that it does not
// know are skipped.
func ReadJSON(r io.Reader) (Timeline, error) {
	in := json.NewDecoder(r)
	var h header
	if err := in.Decode(&h); err != nil {
		return Timeline{}, fmt.Errorf("trace: line 1: %w", err)
	}
	if h.Version != version {
		return Timeline{}, fmt.Errorf("trace: line 1: stagecraft_trace is %d, allowed is %d", h.Version, version)
	}
	t := Timeline{Stages: h.Stages, Dropped: h.Dropped, Untimed: h.Untimed}
	for number := 2; ; number++ {
		var l line
		err := in.Decode(&l)
		if errors.Is(err, io.EOF) {
			return t, nil
		}
		var e Entry
		if err == nil {
			e, err = l.entry()
		}
		if err != nil {
			return Timeline{}, fmt.Errorf("trace: line %d: %w", number, err)
		}
		t.Entries = append(t.Entries, e)
	}
}

func (l line) entry() (Entry, error) {
	e := Entry{
		At: time.Duration(l.At), From: l.From, To: l.To, Subscription: l.Subscription,
		N: l.N, Values: l.Values, MaxDemand: l.MaxDemand, MinDemand: l.MinDemand, Reason: l.Reason,
		Levels: stage.Levels{Demand: orUnknown(l.Demand), Buffered: orUnknown(l.Buffered), InFlight: orUnknown(l.InFlight)},
		Taken:  time.Duration(l.Taken),
	}
	kind := parse("kind", l.Kind, &e.Kind, stage.ObservedSubscribe, stage.ObservedStop)
	if l.Kind == note {
		kind = nil
	}
	return e, errors.Join(
		kind,
		parseIfSet("cancel", l.Cancel, &e.Cancel, stage.Permanent, stage.Temporary),
		parseIfSet("mode", l.Mode, &e.Mode, stage.Forward, stage.Accumulate),
		parseIfSet("receipt", l.Receipt, &e.Receipt, Taken, Lost),
	)
}

func orUnknown(n *int) int {
	if n == nil {
		return -1
	}
	return max(*n, -1)
}

// named is a type whose values have texts.
type named interface {
	~uint8
	fmt.Stringer
}

func parseIfSet[E named](field, text string, into *E, first, last E) error {
	if text == "" {
		return nil
	}
	return parse(field, text, into, first, last)
}

// parse finds the value with a text between two others.
func parse[E named](field, text string, into *E, first, last E) error {
	var allowed []string
	for value := first; value <= last; value++ {
		if value.String() == text {
			*into = value
			return nil
		}
		allowed = append(allowed, value.String())
	}
	return fmt.Errorf("%s is %q, allowed is one of %s", field, text, strings.Join(allowed, ", "))
}
