package supervisorkit

import "encoding/json"

// Scenario is one recording.
type Scenario struct {
	Name   string     `json:"name"`
	Desc   string     `json:"desc"`
	Root   Supervisor `json:"root"`
	Parent string     `json:"parent_process"` // "plain": it does not trap exits
	Steps  []Step     `json:"steps"`
	Trace  Trace      `json:"trace"`
}

// Title names a scenario in its file.
func (s *Scenario) Title() string { return s.Name }

// Trace is what was recorded: at the start and in each step.
type Trace struct {
	Start Record   `json:"start"`
	Steps []Record `json:"steps"`
}

// Supervisor describes a supervisor. What is not given has its default.
type Supervisor struct {
	Strategy       string `json:"strategy"` // or "dynamic"
	MaxRestarts    *int   `json:"max_restarts"`
	MaxSeconds     *int   `json:"max_seconds"`
	AutoShutdown   string `json:"auto_shutdown"`
	Children       []Spec `json:"children"`
	MaxChildren    *int   `json:"max_children"`
	ExtraArguments []any  `json:"extra_arguments"`
}

// Spec describes a child and, if it is a worker, what it does.
type Spec struct {
	ID          string      `json:"id"`
	Restart     string      `json:"restart"`
	Shutdown    any         `json:"shutdown"`
	Type        string      `json:"type"`
	Significant bool        `json:"significant"`
	Supervisor  *Supervisor `json:"supervisor"`
	Start       []string    `json:"start"` // of each call of the start function
	Trap        bool        `json:"trap"`
	OnShutdown  Answer      `json:"on_shutdown"`
}

// Answer is what a child does when it is told to shut down.
type Answer struct {
	Word  string
	Sleep int
	Exit  *Reason
}

// UnmarshalJSON takes "stubborn", {"sleep": 10} or {"exit": ...}.
func (a *Answer) UnmarshalJSON(text []byte) error {
	if text[0] == '"' {
		return json.Unmarshal(text, &a.Word)
	}
	type plain Answer
	return json.Unmarshal(text, (*plain)(a))
}

// Step is one operation.
type Step struct {
	Op     string `json:"op"`
	Child  string `json:"child"`
	Sup    string `json:"sup"`
	ID     string `json:"id"`
	PID    string `json:"pid"`
	Reason Reason `json:"reason"`
	Spec   *Spec  `json:"spec"`
	MS     int    `json:"ms"`
	Steps  []Step `json:"steps"`

	Text json.RawMessage `json:"-"` // as it was written, for people
}

// UnmarshalJSON keeps the text.
func (s *Step) UnmarshalJSON(text []byte) error {
	s.Text = append(s.Text[:0], text...)
	type plain Step
	return json.Unmarshal(text, (*plain)(s))
}
