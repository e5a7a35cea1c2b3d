package broadwaykit

import (
	"flag"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/stagecraft-go/stagecraft/internal/conformance"
)

var generated = flag.Uint64("broadway.generated", 100, "compare this `number` of generated scenarios with the model")

// TestGenerated compares package broadway with the model, in scenarios that
// nobody has recorded.
func TestGenerated(t *testing.T) {
	for seed := range *generated {
		s := newScenario(seed)
		t.Run(s.ID, func(t *testing.T) {
			t.Parallel()
			outcome := Replay(t, s)
			assert.NotEqual(t, conformance.Different, outcome.Verdict, outcome.Detail)
		})
	}
}

// TestCrashes does so where workers are killed.
func TestCrashes(t *testing.T) {
	for seed := range *generated {
		s := newCrashScenario(seed)
		t.Run(s.ID, func(t *testing.T) {
			t.Parallel()
			outcome := Replay(t, s)
			assert.Equal(t, conformance.Deviation, outcome.Verdict, outcome.Detail)
		})
	}
}
