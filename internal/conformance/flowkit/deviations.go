package flowkit

import "fmt"

// rule is a way in which we differ from Flow on purpose. docs/deviations.md has
// the list for users.
type rule struct {
	id string
	// on switches the rule on in the model.
	on func(*semantics)
}

const ruleUnwritable = "does-not-compile"

var rules = []rule{
	{"uniq-streams", func(r *semantics) { r.uniqStreams = true }},
	{"trigger-behind-its-events", func(r *semantics) { r.triggerLast = true }},
	{"flat-map-in-order", func(r *semantics) { r.flatOrder = true }},
	{"done-by-marker", func(r *semantics) { r.markers = true }},
	{"rest-of-departition", func(r *semantics) { r.restPasses = true }},
	{"time-rounds-down", func(r *semantics) { r.floorTime = true }},
	{"late-when-over", func(r *semantics) { r.lateWhenOver = true }},
	{"late-opens-window", func(r *semantics) { r.lateOpens = true }},
	{"end-counts-at-once", func(r *semantics) { r.endsAtOnce = true }},
	{"batch-in-fixed-window", func(r *semantics) { r.batchFixed = true }},
	{"take-sort-of-events", func(r *semantics) { r.sortsAll = true }},
	{"window-opens-layer", func(r *semantics) { r.windowOpens = true }},
	{"keep-for-one-stage", func(r *semantics) { r.keepsForOne = true }},
}

// expected is what a scenario gives under our rules, and which of them make it
// differ from what was recorded.
func expected(s *Scenario) (want Expect, applied []string, err error) {
	recorded, known := s.model(semantics{}, ways)
	if !known || s.difference(s.Expect, recorded) != "" {
		return s.Expect, nil, nil
	}
	want, known = s.model(ours, ways)
	if !known {
		return want, nil, fmt.Errorf("under our rules it depends on chance")
	}
	if s.difference(s.Expect, want) == "" {
		return s.Expect, nil, nil
	}
	for _, r := range rules {
		var one semantics
		r.on(&one)
		if gives, known := s.model(one, ways); !known || s.difference(s.Expect, gives) != "" {
			applied = append(applied, r.id)
		}
	}
	return want, applied, nil
}

// ways is how many of the ways in which a scenario can go are tried. Where
// chance decides, a few show it.
const ways = 6

// model is what a scenario gives under some rules, if it is known and does not
// depend on chance.
func (s *Scenario) model(rules semantics, ways uint64) (gives Expect, known bool) {
	if !s.modelled() {
		return gives, false
	}
	gives = modelRun(s, rules, 0)
	for seed := range ways - 1 {
		if s.difference(gives, modelRun(s, rules, 1+seed)) != "" {
			return gives, false
		}
	}
	return gives, true
}
