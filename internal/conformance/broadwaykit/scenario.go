package broadwaykit

import "encoding/json"

// Scenario is one recording.
type Scenario struct {
	ID      string            `json:"id"`
	Rule    string            `json:"rule"`
	Config  Config            `json:"config"`
	Rules   Rules             `json:"rules"`
	Script  []Step            `json:"script"`
	Compare map[string]string `json:"compare"`
	Expect  map[string]any    `json:"expect"`

	Text json.RawMessage `json:"-"` // as it was written, for people
}

// Title implements conformance.Scenario.
func (s *Scenario) Title() string { return s.ID }

// UnmarshalJSON keeps the text of what is replayed.
func (s *Scenario) UnmarshalJSON(text []byte) error {
	type plain Scenario
	if err := json.Unmarshal(text, (*plain)(s)); err != nil {
		return err
	}
	s.Text = append(s.Text[:0], text...)
	return nil
}

// Config is the configuration of a pipeline.
type Config struct {
	Producer      ProducerConfig   `json:"producer"`
	Processors    ProcessorsConfig `json:"processors"`
	Batchers      []BatcherConfig  `json:"batchers"`
	PartitionBy   *Partition       `json:"partition_by"`
	Shutdown      *int             `json:"shutdown_ms"`
	Resubscribe   *int             `json:"resubscribe_interval_ms"`
	MaxRestarts   *int             `json:"max_restarts"`
	MaxSeconds    *int             `json:"max_seconds"`
	HandleBatch   *bool            `json:"handle_batch"`
	Refs          int              `json:"refs"`
	BoomRefs      *Cond            `json:"boom_refs"`
	BareAcker     bool             `json:"bare_acker"`
	NoName        bool             `json:"no_name"`
	BadName       bool             `json:"bad_name"`
	NoProcessors  bool             `json:"no_processors"`
	TwoProcessors bool             `json:"two_processors"`
	UnknownOption bool             `json:"unknown_option"`
}

// ProducerConfig describes the producer of a pipeline.
type ProducerConfig struct {
	Kind           string     `json:"kind"`
	Lists          [][]Data   `json:"lists"`
	Concurrency    *int       `json:"concurrency"`
	RateLimiting   *RateLimit `json:"rate_limiting"`
	Transformer    bool       `json:"transformer"`
	TransformRaise *Cond      `json:"transform_raise"`
	DrainEmits     []Data     `json:"drain_emits"`
	DrainLate      []Data     `json:"drain_late"`
	BufferSize     *int       `json:"buffer_size"`
	BufferKeep     string     `json:"buffer_keep"`
	BadInit        bool       `json:"bad_init"`
	Prepare        string     `json:"prepare"`
	UnknownOption  bool       `json:"unknown_option"`
}

// RateLimit is a limit, parts of which may be missing.
type RateLimit struct {
	Allowed  int `json:"allowed"`
	Interval int `json:"interval_ms"`
}

// ProcessorsConfig describes the processors of a pipeline.
type ProcessorsConfig struct {
	Concurrency   *int       `json:"concurrency"`
	MaxDemand     *int       `json:"max_demand"`
	MinDemand     *int       `json:"min_demand"`
	PartitionBy   *Partition `json:"partition_by"`
	UnknownOption bool       `json:"unknown_option"`
}

// BatcherConfig describes one batcher.
type BatcherConfig struct {
	Name          string     `json:"name"`
	Size          *int       `json:"batch_size"`
	Func          *BatchFunc `json:"batch_fn"`
	Timeout       *int       `json:"batch_timeout_ms"`
	Concurrency   *int       `json:"concurrency"`
	MaxDemand     *int       `json:"max_demand"`
	PartitionBy   *Partition `json:"partition_by"`
	UnknownOption bool       `json:"unknown_option"`
}

// BatchFunc is a function in place of a batch size.
type BatchFunc struct {
	Rule  string `json:"rule"`
	Limit int    `json:"limit"`
	K     int    `json:"k"`
	Start int    `json:"start"`
}

// Partition is a function that places messages.
type Partition struct {
	By string `json:"by"`
	K  int    `json:"k"`
	C  int    `json:"c"`
}

// Rules are what the callbacks do. A callback that is optional is there if its
// rules are not nil.
type Rules struct {
	Message []Rule `json:"message"`
	Prepare []Rule `json:"prepare"`
	Batch   []Rule `json:"batch"`
	Failed  []Rule `json:"failed"`
}

// Rule is one thing that a callback does.
type Rule struct {
	Do      string         `json:"do"`
	When    *Cond          `json:"when"`
	Batcher string         `json:"batcher"` // of a batch rule: only there
	Reason  string         `json:"reason"`
	Name    string         `json:"name"`
	Names   []string       `json:"names"`
	Mod     int            `json:"mod"`
	User    bool           `json:"user"`
	K       int            `json:"k"`
	Value   *Data          `json:"v"`
	Options map[string]any `json:"options"`
	MS      int            `json:"ms"`
}

// Cond is a condition on data. Nil is always true.
type Cond struct {
	All  bool  `json:"all"`
	Mod  int   `json:"mod"`
	Eq   int   `json:"eq"`
	IDs  []int `json:"ids"`
	Gt   *int  `json:"gt"`
	User *int  `json:"user"`
}

// Step is one step of a script.
type Step struct {
	Do            string `json:"do"`
	Data          []Data `json:"data"`
	Range         []int  `json:"range"`
	Mode          string `json:"mode"`
	API           string `json:"api"`
	How           string `json:"how"`
	N             int    `json:"n"`
	MS            int    `json:"ms"`
	Name          string `json:"name"`
	Reason        string `json:"reason"`
	Who           string `json:"who"`
	NoWait        bool   `json:"no_wait"`
	Settle        *int   `json:"settle"`
	Allowed       *int   `json:"allowed"`
	Interval      *int   `json:"interval_ms"`
	Reset         any    `json:"reset"`
	UnknownOption bool   `json:"unknown_option"`
	Single        bool   `json:"single"`
}

// events is the data of a step.
func (s *Step) events() []Data {
	if len(s.Range) != 2 {
		return s.Data
	}
	var all []Data
	for id := s.Range[0]; id <= s.Range[1]; id++ {
		all = append(all, Data{ID: id})
	}
	return all
}
