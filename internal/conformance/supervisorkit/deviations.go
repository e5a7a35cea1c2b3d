package supervisorkit

import (
	"encoding/json"
	"errors"

	"github.com/stagecraft-go/stagecraft/internal/conformance"
)

// rule is a way in which we differ from OTP on purpose. docs/deviations.md has
// the list for users.
type rule struct {
	id string
	// apply rewrites what was recorded into what we do instead, if the rule
	// applies to the scenario.
	apply func(s *Scenario) bool
}

var rules = []rule{
	{"failed-start-signals-nobody", failedStart},
	{"stopped-as-asked", stoppedAsAsked},
}

// applyRules rewrites a scenario, and returns the rules that applied.
func applyRules(s *Scenario) (applied []string) {
	for _, r := range rules {
		if r.apply(s) {
			applied = append(applied, r.id)
		}
	}
	return applied
}

// failedStart: who starts a supervisor that cannot start gets the error. OTP
// sends an exit signal with the same reason besides.
func failedStart(s *Scenario) bool {
	result, _ := s.Trace.Start.Result.(map[string]any)
	if result["error"] == nil || s.Trace.Start.Parent == nil {
		return false
	}
	s.Trace.Start.Parent = nil
	return true
}

// stoppedAsAsked: a stop whose supervisor ends with that reason has succeeded. In
// OTP it fails when the supervisor ended before it came to this request.
func stoppedAsAsked(s *Scenario) (applied bool) {
	for i, batch := range s.Steps {
		results := s.Trace.Steps[i].Results
		for j, step := range batch.Steps {
			reason, exited := exitIn(results[j])
			if step.Op != "stop" || !exited || !errors.Is(words().Err(reason), words().Err(step.Reason)) {
				continue
			}
			results[j] = entry{"ok": true}
			applied = true
		}
	}
	return applied
}

// exitIn is the exit reason in the result of a request.
func exitIn(result any) (Reason, bool) {
	var exit struct{ Exit *Reason }
	if err := json.Unmarshal([]byte(conformance.Text(result)), &exit); err != nil || exit.Exit == nil {
		return Reason{}, false
	}
	return *exit.Exit, true
}
