package conformance_test

import (
	"flag"
	"testing"

	"github.com/stagecraft-go/stagecraft/internal/conformance"
	"github.com/stagecraft-go/stagecraft/internal/conformance/broadwaykit"
)

var broadwayGolden = flag.String("broadway.golden", "testdata/broadway",
	"replay every *.jsonl file of this `folder` against package broadway")

func TestBroadway(t *testing.T) {
	kit := conformance.Kit[*broadwaykit.Scenario]{
		Kind:          "broadway",
		Replay:        broadwaykit.Replay,
		MaxDeviations: 15,
	}
	kit.Run(t, *broadwayGolden)
}

// TestBroadwayModel shows that the model that says what we do instead of Broadway
// knows what Broadway does.
func TestBroadwayModel(t *testing.T) {
	kit := conformance.Kit[*broadwaykit.Scenario]{
		Kind:   "broadway model",
		Replay: broadwaykit.CheckModel,
	}
	kit.Run(t, *broadwayGolden)
}
