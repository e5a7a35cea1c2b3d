package stagekit

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
		r := newReplay(&s.SUT)
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
	got := r.start()
	if at := difference(s, s.Trace.Start, got); at != "" {
		return describe(s, "start", at, s.Trace.Start, got)
	}
	for i := range s.Steps {
		got := r.step(&s.Steps[i])
		if at := difference(s, s.Trace.Steps[i], got); at != "" {
			return describe(s, fmt.Sprintf("step %d %s", i+1, s.Steps[i].Text), at, s.Trace.Steps[i], got)
		}
	}
	return ""
}

func describe(s *Scenario, step, at string, want, got Record) string {
	return fmt.Sprintf("%s\n  stage %s\n  %s\n  differs at %s\n  want %s\n  got  %s",
		s.Desc, s.SUT.Text, step, at, conformance.Text(want), conformance.Text(got))
}
