package conformance_test

import (
	"flag"
	"testing"

	"github.com/stagecraft-go/stagecraft/internal/conformance"
	"github.com/stagecraft-go/stagecraft/internal/conformance/flowkit"
)

var flowGolden = flag.String("flow.golden", "testdata/flow",
	"replay every *.jsonl file of this `folder` against package flow")

func TestFlow(t *testing.T) {
	kit := conformance.Kit[*flowkit.Scenario]{
		Kind:          "flow",
		Replay:        flowkit.Replay,
		MaxDeviations: 10,
	}
	kit.Run(t, *flowGolden)
}

// TestFlowModel shows that the model that says what we do instead of Flow knows
// what Flow does.
func TestFlowModel(t *testing.T) {
	kit := conformance.Kit[*flowkit.Scenario]{
		Kind:   "flow model",
		Replay: flowkit.CheckModel,
	}
	kit.Run(t, *flowGolden)
}
