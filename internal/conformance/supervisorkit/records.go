package supervisorkit

// Record is what a step caused.
type Record struct {
	Result  any                 `json:"result,omitempty"`
	Results []any               `json:"results,omitempty"` // of a batch
	Events  []Event             `json:"events,omitempty"`
	Tree    map[string]Branch   `json:"tree,omitempty"`
	Exit    *Reason             `json:"exit,omitempty"` // of the root
	Parent  any                 `json:"parent,omitempty"`
	Orphans [][]Event           `json:"orphans,omitempty"`
	Leaked  []string            `json:"leaked,omitempty"`
	Reports map[string][]Report `json:"reports,omitempty"`
}

// Event is something that happened to a process. A parallel event stands for
// those of several children that were stopped at the same time.
type Event struct {
	Kind     string    `json:"ev"`
	Child    string    `json:"child,omitempty"`
	Result   any       `json:"result,omitempty"`
	Args     []any     `json:"args,omitempty"`
	Reason   *Reason   `json:"reason,omitempty"`
	Sup      string    `json:"sup,omitempty"`
	Branches [][]Event `json:"branches,omitempty"`
}

// Branch is a supervisor in the picture of the tree.
type Branch struct {
	Children []Kid `json:"children"`
	Count    Count `json:"count"`
}

// Kid is a child as its supervisor lists it. PID is a label, or a state.
type Kid struct {
	ID  string `json:"id,omitempty"`
	PID string `json:"pid"`
}

// Count is how many children a supervisor has.
type Count struct {
	Specs       int `json:"specs"`
	Active      int `json:"active"`
	Supervisors int `json:"supervisors"`
	Workers     int `json:"workers"`
}

// Report is an error that a supervisor logs.
type Report struct {
	Context string  `json:"context"`
	Child   string  `json:"child,omitempty"`
	Reason  *Reason `json:"reason,omitempty"`
}

// entry is a result of a request.
type entry map[string]any
