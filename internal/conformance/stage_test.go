package conformance_test

import (
	"flag"
	"testing"

	"github.com/stagecraft-go/stagecraft/internal/conformance"
	"github.com/stagecraft-go/stagecraft/internal/conformance/stagekit"
)

var stageTraces = flag.String("stage.traces", "testdata/stage",
	"replay every *.jsonl file of this `folder` against package stage")

func TestStage(t *testing.T) {
	kit := conformance.Kit[*stagekit.Scenario]{
		Kind:          "stage",
		Replay:        stagekit.Replay,
		MaxDeviations: 5,
	}
	kit.Run(t, *stageTraces)
}
