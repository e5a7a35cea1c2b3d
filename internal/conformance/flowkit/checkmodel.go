package flowkit

import (
	"testing"

	"github.com/stagecraft-go/stagecraft/internal/conformance"
)

// CheckModel compares what was recorded with what the model gives under Flow's
// rules. Most mistakes are found by types or by package flow, and not by the
// model.
func CheckModel(t *testing.T, s *Scenario) conformance.Outcome {
	if !s.modelled() {
		t.Skip("the model has no clock, and no end for what has none")
	}
	gives, known := s.model(semantics{}, ways)
	if refusal(s.Expect.Error) == "config" && refusal(gives.Error) != "config" {
		t.Skip("the model does not look for mistakes")
	}
	if !known {
		return different(s, "the model depends on chance")
	}
	if at := s.difference(s.Expect, gives); at != "" {
		return different(s, at)
	}
	return conformance.Outcome{Verdict: conformance.Identical}
}
