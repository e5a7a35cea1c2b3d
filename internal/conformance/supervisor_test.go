package conformance_test

import (
	"flag"
	"testing"

	"github.com/stagecraft-go/stagecraft/internal/conformance"
	"github.com/stagecraft-go/stagecraft/internal/conformance/supervisorkit"
)

var supervisorTraces = flag.String("supervisor.traces", "testdata/supervisor",
	"replay every *.jsonl file of this `folder` against package supervisor")

func TestSupervisor(t *testing.T) {
	kit := conformance.Kit[*supervisorkit.Scenario]{
		Kind:          "supervisor",
		Replay:        supervisorkit.Replay,
		MaxDeviations: 2,
	}
	kit.Run(t, *supervisorTraces)
}
