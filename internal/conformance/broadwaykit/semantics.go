package broadwaykit

import "slices"

// semantics are the rules about single messages in which we differ from Broadway
// on purpose. The zero value is Broadway. docs/deviations.md has the list for
// users.
type semantics struct {
	// once: a message is acknowledged once; in Broadway again when a callback
	// raises after it has acknowledged it, or returns it twice.
	once bool
	// missingFail: messages that handle_batch does not return have failed; in
	// Broadway they are forgotten.
	missingFail bool
	// failedStay: handle_failed cannot leave messages out; in Broadway those are
	// forgotten.
	failedStay bool
	// overflowFails: messages that do not fit into the buffer of a producer have
	// failed; in Broadway they are forgotten.
	overflowFails bool
	// lateConfigure: to configure the acknowledgement of a message that has been
	// acknowledged is of no effect; in Broadway it raises.
	lateConfigure bool
	// zeroDemand: a demand of 0 is the default; in Broadway nothing is handled.
	zeroDemand bool
}

// ours are the rules of package broadway.
var ours = semantics{once: true, missingFail: true, failedStay: true, overflowFails: true, lateConfigure: true, zeroDemand: true}

// single are the rules that a scenario can deviate by, one by one.
var single = []struct {
	id  string
	off func(*semantics)
}{
	{"acknowledged-once", func(r *semantics) { r.once = false }},
	{"not-returned-fails", func(r *semantics) { r.missingFail = false }},
	{"failed-cannot-be-dropped", func(r *semantics) { r.failedStay = false }},
	{"overflow-fails", func(r *semantics) { r.overflowFails = false }},
	{"configured-too-late", func(r *semantics) { r.lateConfigure = false }},
	{"zero-is-the-default", func(r *semantics) { r.zeroDemand = false }},
}

// modelled replaces the observations that the rules about single messages change,
// as far as the model knows Broadway: where it does not give what was recorded,
// that stays. It returns the rules that change something.
func (e *expectation) modelled(s *Scenario) (applied []string) {
	if !s.regular() {
		return nil
	}
	theirs, mine := s.model(semantics{}), s.model(ours)
	var changed []string
	for name, mode := range s.Compare {
		if same(name, mode, e.observations[name], theirs[name]) && !same(name, mode, theirs[name], mine[name]) {
			e.observations[name] = mine[name]
			changed = append(changed, name)
		}
	}
	if len(changed) == 0 {
		return nil
	}
	for _, rule := range single {
		without := ours
		rule.off(&without)
		gives := s.model(without)
		if slices.ContainsFunc(changed, func(name string) bool { return !same(name, s.Compare[name], mine[name], gives[name]) }) {
			applied = append(applied, rule.id)
		}
	}
	return applied
}

// regular says that the model may know a scenario: nothing crashes, waits, or
// depends on time.
func (s *Scenario) regular() bool {
	c := &s.Config
	if s.crashes() || c.Producer.RateLimiting != nil || c.Producer.Prepare == "limit" || s.Expect["error"] != nil || s.waits() {
		return false
	}
	for i := range s.Script {
		switch step := &s.Script[i]; step.Do {
		case "stop_async", "wait_down", "caller_ack", "noop_ack":
			return false
		}
	}
	return true
}

// waits says that callbacks wait, or that batches leave when their time is over.
func (s *Scenario) waits() bool {
	timed := func(b BatcherConfig) bool { return millis(b.Timeout) < patience } // without one it is a second
	wait := func(r Rule) bool { return r.Do == "gate" || r.Do == "sleep" }
	return slices.ContainsFunc(s.Config.Batchers, timed) || slices.ContainsFunc(s.Rules.Message, wait) || slices.ContainsFunc(s.Rules.Batch, wait)
}
