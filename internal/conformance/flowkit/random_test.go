package flowkit

import (
	"flag"
	"testing"

	"github.com/stretchr/testify/assert"
)

var generated = flag.Uint64("flow.generated", 300, "compare this `number` of generated scenarios with the model")

// TestGenerated compares package flow with the model under our rules, in
// scenarios that nobody has recorded.
func TestGenerated(t *testing.T) {
	compared := uint64(0)
	for seed := range *generated {
		s := newScenario(seed)
		want, known := determinate(s)
		if !known {
			continue
		}
		compared++
		t.Run(s.ID, func(t *testing.T) {
			t.Parallel()
			got, err := Run(t, s)
			if assert.NoError(t, err, s) {
				assert.Empty(t, s.difference(want, got), s)
			}
		})
	}
	assert.Greater(t, compared, *generated/2)
}

// determinate is what a scenario gives under our rules, in order if that does
// not depend on chance.
func determinate(s *Scenario) (want Expect, known bool) {
	const ways = 60 // few, and what chance seldom does is taken for impossible
	for _, s.Compare = range []string{"seq", "multiset"} {
		if want, known = s.model(ours, ways); known {
			return want, true
		}
	}
	return want, false
}
