package supervisorkit

import (
	"fmt"
	"testing"
	"testing/synctest"

	"github.com/stagecraft-go/stagecraft/internal/conformance"
)

// Replay replays a scenario.
func Replay(t *testing.T, s *Scenario) conformance.Outcome {
	rules := applyRules(s)
	var difference string
	synctest.Test(t, func(t *testing.T) {
		r := newReplay(s)
		difference = r.firstDifference(s)
		if err := r.end(); err != nil {
			t.Error(err)
		}
	})
	return conformance.Judge(difference, rules)
}

// firstDifference stops at the first step that differs: what differs later
// follows from that.
func (r *replay) firstDifference(s *Scenario) string {
	if difference := r.difference(s, "start", s.Trace.Start, r.start()); difference != "" {
		return difference
	}
	for i := range s.Steps {
		step := &s.Steps[i]
		name := fmt.Sprintf("step %d %s", i+1, step.Text)
		if difference := r.difference(s, name, s.Trace.Steps[i], r.step(step)); difference != "" {
			return difference
		}
	}
	return ""
}

// difference describes how the record of a step differs, or is "".
func (r *replay) difference(s *Scenario, step string, want, got Record) string {
	got.Events = r.family.arrange(want.Events, got.Events)
	for i := range min(len(want.Orphans), len(got.Orphans)) {
		got.Orphans[i] = r.family.arrange(want.Orphans[i], got.Orphans[i])
	}
	at, differ := conformance.Comparisons{}.Diff(conformance.Tree(want), conformance.Tree(got))
	if !differ {
		return ""
	}
	return fmt.Sprintf("%s\n  %s\n  differs at %s\n  want %s\n  got  %s",
		s.Desc, step, at, conformance.Text(want), conformance.Text(got))
}
