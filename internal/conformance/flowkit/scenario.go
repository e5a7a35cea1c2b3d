package flowkit

// Scenario is one recording.
type Scenario struct {
	ID        string   `json:"id,omitzero"`
	Rule      string   `json:"rule,omitzero"`
	Flow      []Step   `json:"flow,omitzero"`
	Drive     Drive    `json:"drive,omitzero"`
	Compare   string   `json:"compare,omitzero"`
	Needs     []string `json:"needs,omitzero"`
	Quirks    []string `json:"quirks,omitzero"`
	WallClock bool     `json:"wall_clock,omitzero"`
	Expect    Expect   `json:"expect,omitzero"`
}

// Title implements conformance.Scenario.
func (s *Scenario) Title() string { return s.ID }

// Expect is what a scenario gave.
type Expect struct {
	Events []Value `json:"events,omitzero"`
	Error  string  `json:"error,omitzero"`
	Tapped []Value `json:"tapped,omitzero"`
	OnInit []Value `json:"on_init,omitzero"`
	Exit   string  `json:"exit,omitzero"`
	Sunk   []Value `json:"sunk,omitzero"`
}

// Drive says how a flow is consumed. The zero value collects its events.
type Drive struct {
	How       string `json:"how,omitzero"`
	N         int    `json:"n,omitzero"`
	Count     int    `json:"count,omitzero"`
	Managed   bool   `json:"managed,omitzero"`
	MaxDemand int    `json:"max_demand,omitzero"`
}

// drops says that nobody wants the events of the last layer.
func (d Drive) drops() bool { return d.How == "run" || d.How == "start" || d.How == "supervised" }

// Step is a source, the beginning of a layer, or an operation. Op says which
// fields count.
type Step struct {
	Op string `json:"op,omitzero"`

	// Options of layers.
	Stages    int     `json:"stages,omitzero"`
	MaxDemand int     `json:"max_demand,omitzero"`
	MinDemand *int    `json:"min_demand,omitzero"`
	Window    *Window `json:"window,omitzero"`
	OnInit    bool    `json:"on_init,omitzero"`

	// Sources.
	Lists   [][]Value `json:"lists,omitzero"`
	List    []Value   `json:"list,omitzero"`
	Items   []Value   `json:"items,omitzero"`
	Managed bool      `json:"managed,omitzero"`
	Ending  string    `json:"ending,omitzero"`
	Flows   [][]Step  `json:"flows,omitzero"`

	// Layers.
	Place        *Key   `json:"place,omitzero"`
	HashedKey    *Key   `json:"hashed_key,omitzero"`
	BadHash      bool   `json:"bad_hash,omitzero"`
	BadKey       bool   `json:"bad_key,omitzero"`
	Left         []Step `json:"left,omitzero"`
	Right        []Step `json:"right,omitzero"`
	LeftKey      *Key   `json:"left_key,omitzero"`
	RightKey     *Key   `json:"right_key,omitzero"`
	Mode         string `json:"mode,omitzero"`
	Join         string `json:"join,omitzero"`
	Merge        string `json:"merge,omitzero"`
	Done         string `json:"done,omitzero"`
	Order        string `json:"order,omitzero"`
	Count        int    `json:"count,omitzero"`
	Map          *Func  `json:"map,omitzero"`
	SubMaxDemand int    `json:"sub_max_demand,omitzero"`

	// Operations.
	Func   *Func    `json:"fn,omitzero"`
	Pred   *Pred    `json:"pred,omitzero"`
	Key    *Key     `json:"key,omitzero"`
	Value  *Func    `json:"value,omitzero"`
	Acc    string   `json:"acc,omitzero"`
	Rule   string   `json:"rule,omitzero"`
	N      int      `json:"n,omitzero"`
	Gap    int      `json:"gap,omitzero"`
	What   string   `json:"what,omitzero"`
	Emit   string   `json:"emit,omitzero"`
	Fields []string `json:"fields,omitzero"`
	Next   string   `json:"next,omitzero"`
}

// Window is how a layer splits its events.
type Window struct {
	Kind         string    `json:"kind,omitzero"`
	N            int       `json:"n,omitzero"`
	Unit         string    `json:"unit,omitzero"`
	By           *Key      `json:"by,omitzero"`
	Trigger      Triggers  `json:"trigger,omitzero"`
	Lateness     *Interval `json:"lateness,omitzero"`
	Periodically *Interval `json:"periodically,omitzero"`
}

// Interval is a time.
type Interval struct {
	N    int    `json:"n,omitzero"`
	Unit string `json:"unit,omitzero"`
}

// Trigger is an inner trigger of a window.
type Trigger struct {
	Every   *int    `json:"every,omitzero"`
	Custom  string  `json:"custom,omitzero"`
	Name    string  `json:"name,omitzero"`
	Pred    *Pred   `json:"pred,omitzero"`
	Limit   int     `json:"limit,omitzero"`
	N       int     `json:"n,omitzero"`
	Emitted []Value `json:"emitted,omitzero"`
}
