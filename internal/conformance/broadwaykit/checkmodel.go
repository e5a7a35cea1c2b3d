package broadwaykit

import (
	"maps"
	"slices"
	"testing"

	"github.com/stagecraft-go/stagecraft/internal/conformance"
)

// unknown are the observations that the model does not make.
var unknown = []string{
	"error", "results", "telemetry", "killed", "draining", "producer_events", "prepare_for_start", "shutdown_order", "processed_at_marks",
	"batches_by_worker",
}

// byWorkers are those that it makes only where there is one worker.
var byWorkers = []string{"messages", "prepared", "demands", "telemetry_counts"}

// CheckModel compares the model with a recording of Broadway.
func CheckModel(_ *testing.T, s *Scenario) conformance.Outcome {
	if !s.regular() || s.Config.unwritable() != "" {
		return conformance.Outcome{}
	}
	gives := s.model(semantics{})
	for _, name := range slices.Sorted(maps.Keys(s.Compare)) {
		switch mode := s.Compare[name]; {
		case slices.Contains(unknown, name), slices.Contains(byWorkers, name) && s.concurrent():
		case !same(name, mode, s.Expect[name], gives[name]):
			return conformance.Judge(s.Rule+"\n  "+differ(name, s.Expect[name], gives[name]), nil)
		}
	}
	return conformance.Outcome{}
}

// concurrent says that there are several producers or processors.
func (s *Scenario) concurrent() bool {
	return max(value(s.Config.Processors.Concurrency), value(s.Config.Producer.Concurrency)) > 1
}
