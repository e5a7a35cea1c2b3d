package broadwaytest

import (
	"context"
	"testing"

	"github.com/stagecraft-go/stagecraft/broadway"
	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/process/processtest"
	"github.com/stagecraft-go/stagecraft/stage"
)

// Idle is a source that never brings a message, for pipelines into which a test
// pushes what there is: Broadway's DummyProducer.
func Idle[In any]() broadway.Source[In] {
	return broadway.FromMessages(func(int) (stage.DemandHandler[broadway.Message[In]], error) {
		return stage.ProducerFunc[broadway.Message[In]](func(*stage.Context[broadway.Message[In]], int) error { return nil }), nil
	})
}

// Start starts a pipeline for a test, and stops it at the end of the test; that
// messages are unfinished then is a failure of the test. If the config has no
// producers, the pipeline gets an [Idle] one. If it has no system, the pipeline
// gets one of its own, which logs to the test's output.
//
// It can be called in a bubble of testing/synctest, with the *testing.T of the
// bubble.
func Start[In, Out any](t testing.TB, config broadway.Config[In, Out]) *broadway.Pipeline[In] {
	t.Helper()
	if len(config.Producers) == 0 {
		config.Producers = []broadway.Producer[In]{{Source: Idle[In]()}}
	}
	if config.System == nil {
		config.System = NewSystem(t)
	}
	p, err := broadway.Start(context.WithoutCancel(t.Context()), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		report, err := p.Stop(context.Background())
		if report.Unfinished > 0 {
			t.Errorf("broadwaytest: %d messages were left unfinished when the pipeline stopped (%v)", report.Unfinished, err)
		}
	})
	return p
}

// NewSystem is a system of processes for one test: [processtest.NewSystem]. In a
// bubble of testing/synctest every pipeline needs one that was made there.
func NewSystem(t testing.TB) *process.System {
	t.Helper()
	return processtest.NewSystem(t)
}
