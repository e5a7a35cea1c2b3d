package stagekit

import (
	"encoding/json"
	"fmt"
)

// Scenario is one recording.
type Scenario struct {
	Name  string   `json:"name"`
	Desc  string   `json:"desc"`
	Tags  []string `json:"tags"`
	SUT   SUT      `json:"sut"`
	Steps []Step   `json:"steps"`
	Trace Trace    `json:"trace"`
}

// Title names a scenario in its file.
func (s *Scenario) Title() string { return s.Name }

// Trace is what was recorded: at the start and in each step.
type Trace struct {
	Start Record   `json:"start"`
	Steps []Record `json:"steps"`
}

// SUT describes the stage under test.
type SUT struct {
	Type       string         `json:"type"`
	Behaviour  string         `json:"behaviour"`
	Params     Params         `json:"params"`
	Callbacks  string         `json:"callbacks"` // "minimal" or ""
	Options    map[string]any `json:"options"`
	Init       *Verb          `json:"init"`
	DeadProbes []string       `json:"dead_probes"`
	Enumerable Enumerable     `json:"enumerable"`
	Children   Children       `json:"children"`
	Take       int            `json:"take"`

	Text json.RawMessage `json:"-"` // as it was written, for people
}

// UnmarshalJSON keeps the text.
func (s *SUT) UnmarshalJSON(text []byte) error {
	s.Text = append(s.Text[:0], text...)
	type plain SUT
	return json.Unmarshal(text, (*plain)(s))
}

// Params adjust a behaviour.
type Params struct {
	Start         int           `json:"start"`
	K             int           `json:"k"`
	Limit         int           `json:"limit"`
	StopOnDemand  *StopOnDemand `json:"stop_on_demand"`
	RaiseOnDemand int           `json:"raise_on_demand"`
	BadOnDemand   int           `json:"bad_on_demand"`
	StopOn        *StopOn       `json:"stop_on"`
	RaiseOn       *int          `json:"raise_on"`
	BadOn         *int          `json:"bad_on"`
	OnCancel      struct {
		Emit []int   `json:"emit"`
		Stop *Reason `json:"stop"`
	} `json:"on_cancel"`
	FormatDiscarded *bool `json:"format_discarded"`
	Hibernate       bool  `json:"hibernate"`
}

// StopOnDemand stops a producer in its n-th HandleDemand.
type StopOnDemand struct {
	Nth    int    `json:"nth"`
	Reason Reason `json:"reason"`
}

// StopOn stops a consumer that gets an event.
type StopOn struct {
	Event  int    `json:"event"`
	Reason Reason `json:"reason"`
}

// Step is one operation.
type Step struct {
	Op      string         `json:"op"`
	Probe   string         `json:"probe"`
	Ref     string         `json:"ref"`
	Opts    map[string]any `json:"opts"`
	Current *Current       `json:"current"`
	N       any            `json:"n"`
	Reason  Reason         `json:"reason"`
	Events  []int          `json:"events"`
	To      Address        `json:"to"`
	As      string         `json:"as"`
	Mode    string         `json:"mode"`
	Msg     Message        `json:"msg"`
	Request Request        `json:"request"`
	Child   string         `json:"child"`
	Args    []int          `json:"args"`
	Steps   []Step         `json:"steps"`

	Text json.RawMessage `json:"-"` // as it was written, for people
}

// UnmarshalJSON keeps the text.
func (s *Step) UnmarshalJSON(text []byte) error {
	s.Text = append(s.Text[:0], text...)
	type plain Step
	return json.Unmarshal(text, (*plain)(s))
}

// Subscription is an entry of the start option subscribe_to.
type Subscription struct {
	To   Address        `json:"to"`
	As   string         `json:"as"`
	Opts map[string]any `json:"opts"`
}

// Address is a probe, or a registered name that does not exist.
type Address struct{ Probe, Name string }

// UnmarshalJSON takes "p1" or {"name": "nobody"}.
func (a *Address) UnmarshalJSON(text []byte) error {
	if text[0] == '"' {
		return json.Unmarshal(text, &a.Probe)
	}
	return json.Unmarshal(text, &struct{ Name *string }{&a.Name})
}

// Current is a subscription to be replaced. Only a probe names the reason here.
type Current struct {
	Ref    string
	Reason Reason
}

// UnmarshalJSON takes "s1" or {"ref": "r1", "reason": ...}.
func (c *Current) UnmarshalJSON(text []byte) error {
	if text[0] == '"' {
		return json.Unmarshal(text, &c.Ref)
	}
	type plain Current
	return json.Unmarshal(text, (*plain)(c))
}

// Verb is what a callback does instead of its work: a word, or a stop.
type Verb struct {
	Word string
	Stop *Reason
}

// UnmarshalJSON takes "bad" or {"stop": ...}.
func (v *Verb) UnmarshalJSON(text []byte) error {
	if text[0] == '"' {
		return json.Unmarshal(text, &v.Word)
	}
	return json.Unmarshal(text, &struct{ Stop **Reason }{&v.Stop})
}

// Message is an info: a text or a request.
type Message struct {
	Text    string
	Request *Request
}

// UnmarshalJSON takes "x" or {"emit": ...}.
func (m *Message) UnmarshalJSON(text []byte) error {
	if text[0] == '"' {
		return json.Unmarshal(text, &m.Text)
	}
	return json.Unmarshal(text, &m.Request)
}

// Request tells the stage under test what to do in a cast, a call or an info.
type Request struct {
	Raise         bool           `json:"raise"`
	Ask           []Pair[int]    `json:"ask"`
	Cancel        []Pair[Reason] `json:"cancel"`
	AsyncInfo     []string       `json:"async_info"`
	Defer         string         `json:"defer"`
	ReplyDeferred *Pair[int]     `json:"reply_deferred"`
	ReplyFirst    *int           `json:"reply_first"`
	Emit          []int          `json:"emit"`
	Serve         int            `json:"serve"`
	Flush         bool           `json:"flush"`
	BadReturn     bool           `json:"bad_return"`
	Stop          *Reason        `json:"stop"`
	Reply         *int           `json:"reply"`

	Text json.RawMessage `json:"-"` // as it was written, for the record
}

// UnmarshalJSON keeps the text.
func (r *Request) UnmarshalJSON(text []byte) error {
	r.Text = append(r.Text[:0], text...)
	type plain Request
	return json.Unmarshal(text, (*plain)(r))
}

// Pair is a name with a value.
type Pair[V any] struct {
	Name  string
	Value V
}

// UnmarshalJSON takes ["s1", 3].
func (p *Pair[V]) UnmarshalJSON(text []byte) error {
	parts := []any{&p.Name, &p.Value}
	if err := json.Unmarshal(text, &parts); err != nil {
		return fmt.Errorf("pair %s: %w", text, err)
	}
	return nil
}
