package broadwaykit

import (
	"maps"
	"slices"

	"github.com/stagecraft-go/stagecraft/internal/conformance"
)

// expectation is what a scenario has to give here.
type expectation struct {
	observations map[string]any
	unwritten    bool // it does not compile
}

// rule is a way in which we differ from Broadway on purpose. docs/deviations.md
// has the list for users.
type rule struct {
	id string
	// apply rewrites what was recorded into what we do instead, if the rule
	// applies.
	apply func(s *Scenario, e *expectation) bool
}

// rules are those about whole pipelines. Those about single messages are in
// semantics.go, those about crashes in crashes.go.
var rules = []rule{
	{"does-not-compile", doesNotCompile},
	{"update-does-not-compile", updateDoesNotCompile},
	{"zero-is-the-default", zeroIsDefault},
	{"name-is-optional", nameIsOptional},
	{"bad-demand-is-refused", badDemand},
	{"batch-handler-is-required", batchHandlerRequired},
	{"stop-again", stopAgain},
	{"push-while-draining", pushWhileDraining},
	{"typed-telemetry", typedTelemetry},
	{"transformer-drops-one-event", transformerDropsOne},
}

// ours is what a scenario has to give here, as far as it is known beforehand, and
// the rules that make it differ from what was recorded.
func (s *Scenario) ours() (e *expectation, applied []string) {
	e = &expectation{observations: maps.Clone(s.Expect)}
	for _, r := range rules {
		if r.apply(s, e) {
			applied = append(applied, r.id)
		}
	}
	e.observations = conformance.Tree(e.observations).(map[string]any)
	for _, id := range e.modelled(s) {
		if !slices.Contains(applied, id) {
			applied = append(applied, id)
		}
	}
	return e, applied
}

// refuse is a pipeline that does not start here.
func (e *expectation) refuse() { e.observations = map[string]any{"error": refused} }

// accept is one that does.
func (e *expectation) accept() { delete(e.observations, "error") }

// doesNotCompile: types, unknown options and the like are errors of the compiler.
func doesNotCompile(s *Scenario, e *expectation) bool {
	e.unwritten = s.Config.unwritable() != "" && e.observations["error"] != nil
	return e.unwritten
}

// updateDoesNotCompile: so they are in updates of the rate limit, which are then
// not made.
func updateDoesNotCompile(s *Scenario, _ *expectation) bool {
	return slices.ContainsFunc(s.Script, func(step Step) bool { return !step.writable() })
}

// zeroIsDefault: a number that is 0 is not given. Broadway refuses it.
func zeroIsDefault(s *Scenario, e *expectation) (applies bool) {
	if e.observations["error"] != nil && s.Config.zero() {
		e.accept()
		applies = true
	}
	results := e.results(s)
	for i, step := range s.asking() {
		if step.Do == "update_rate_limiting" && step.zero() && results[i].([]any)[1] == invalid {
			results[i] = []any{step.Do, success}
			applies = true
		}
	}
	return applies
}

// zero tells whether a number of a config is 0 that Broadway wants to be more.
func (c *Config) zero() bool {
	isZero := func(n *int) bool { return n != nil && *n == 0 }
	return isZero(c.Producer.Concurrency) || isZero(c.Processors.Concurrency) || isZero(c.Shutdown) || isZero(c.MaxSeconds) ||
		slices.ContainsFunc(c.Batchers, func(b BatcherConfig) bool {
			return isZero(b.Concurrency) || isZero(b.Size) || isZero(b.Timeout) || isZero(b.MaxDemand) && b.Func == nil
		})
}

// zero tells whether an update has a 0, which changes nothing.
func (s *Step) zero() bool {
	return s.Allowed != nil && *s.Allowed == 0 || s.Interval != nil && *s.Interval == 0
}

// nameIsOptional: pipelines are values.
func nameIsOptional(s *Scenario, e *expectation) bool {
	if !s.Config.NoName || e.observations["error"] == nil {
		return false
	}
	e.accept()
	return true
}

// badDemand: with a minimum that is not below the maximum Broadway starts, and
// handles nothing (H17).
func badDemand(s *Scenario, e *expectation) bool {
	w := &world{Scenario: s, rules: ours}
	if e.observations["error"] != nil || w.min() < w.max() {
		return false
	}
	e.refuse()
	return true
}

// batchHandlerRequired: without handle_batch every batch fails in Broadway (H32).
func batchHandlerRequired(s *Scenario, e *expectation) bool {
	given := s.Config.HandleBatch
	if e.observations["error"] != nil || len(s.Config.Batchers) == 0 || given == nil || *given {
		return false
	}
	e.refuse()
	return true
}

// asking are the steps that have a result, in order. A push has one if it is
// refused.
func (s *Scenario) asking() (steps []*Step) {
	ended := false
	for i := range s.Script {
		step := &s.Script[i]
		switch step.Do {
		case "push":
			if ended {
				steps = append(steps, step)
			}
		case "await_stopped", "stop", "stop_by_pid", "wait_down":
			steps = append(steps, step)
			ended = true
		case "restarts", "topology", "producer_names", "process_names", "is_running", "get_rate_limiting",
			"update_rate_limiting", "caller_ack":
			steps = append(steps, step)
		}
	}
	return steps
}

// results are those of the steps of asking, a copy to be changed; nil if they
// were not recorded.
func (e *expectation) results(s *Scenario) []any {
	results, _ := e.observations["results"].([]any)
	if len(results) != len(s.asking()) {
		return make([]any, 0)
	}
	results = slices.Clone(results)
	e.observations["results"] = results
	return results
}

// stopAgain: to stop a pipeline that has ended is no mistake.
func stopAgain(s *Scenario, e *expectation) (applies bool) {
	results := e.results(s)
	for i, r := range results {
		if pair := r.([]any); pair[1] == notRunning && pair[0] != "push" {
			results[i] = []any{pair[0], results[i-1].([]any)[1]}
			applies = true
		}
	}
	return applies
}

// pushWhileDraining: it is refused. In Broadway it succeeds, and the messages are
// lost (H23).
func pushWhileDraining(s *Scenario, e *expectation) (applies bool) {
	recorded, _ := e.observations["results"].([]any)
	var results []any
	drains := false
	for i := range s.Script {
		step := &s.Script[i]
		switch step.Do {
		case "stop_async":
			drains = true
		case "await_stopped":
			drains = false
		}
		if step.Do == "push" && drains {
			results = append(results, []any{"push", draining})
			applies = true
		} else if len(recorded) > 0 && recorded[0].([]any)[0] == step.Do {
			results = append(results, recorded[0])
			recorded = recorded[1:]
		}
	}
	if applies {
		e.observations["results"] = results
	}
	return applies
}

// typedTelemetry: events are structs (H26), and have nothing for what a Go program
// has in its context.
func typedTelemetry(_ *Scenario, e *expectation) bool {
	events, ok := e.observations["telemetry"].([]any)
	if !ok {
		return false
	}
	var ours []any
	for _, event := range events {
		ours = append(ours, typed(event.(map[string]any)))
	}
	e.observations["telemetry"] = ours
	return true
}

// transformerDropsOne: an event that the transformer raises for is dropped. In
// Broadway the producer crashes, and what it was emitting is lost.
func transformerDropsOne(s *Scenario, e *expectation) bool {
	bad := s.Config.Producer.TransformRaise
	if bad == nil || !slices.ContainsFunc(s.created(), bad.holds) {
		return false
	}
	status, all := []any{}, []any{}
	for _, d := range s.created() {
		if bad.holds(d) {
			status = append(status, []any{float64(d.ID), none})
		} else {
			status = append(status, []any{float64(d.ID), success})
			all = append(all, d)
		}
	}
	e.observations["status"], e.observations["all_messages"] = status, all
	for _, r := range e.results(s) {
		if pair := r.([]any); pair[0] == "restarts" {
			pair[1] = keptAll(pair[1].(map[string]any))
		}
	}
	return true
}

// keptAll is a result of restarts if nothing was replaced.
func keptAll(result map[string]any) map[string]any {
	kept := slices.Concat(result["kept"].([]any), result["replaced"].([]any))
	slices.SortFunc(kept, func(a, b any) int { return compareText(a.(string), b.(string)) })
	return map[string]any{"kept": kept, "replaced": []any{}}
}
