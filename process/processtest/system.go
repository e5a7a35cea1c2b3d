package processtest

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/stagecraft-go/stagecraft/process"
)

const (
	// deadline is how long the shutdown of a system may take.
	deadline = time.Minute
	// patience is how long a callback that was killed may take to return.
	patience = 10 * time.Second
)

// NewSystem makes a system of processes for one test. It logs to the test's
// output, unless an option says otherwise. At the end of the test it is shut
// down; the test fails if processes have to be killed after a minute, and if
// callbacks of killed processes have not returned ten seconds later.
//
// What the test registers with Cleanup after this call runs before that, and
// still finds the processes alive. In a bubble of testing/synctest, give it the
// *testing.T of the bubble: its processes must live there.
func NewSystem(t testing.TB, opts ...process.SystemOption) *process.System {
	t.Helper()
	logger := slog.New(slog.NewTextHandler(t.Output(), nil))
	system := process.NewSystem(append([]process.SystemOption{process.WithLogger(logger)}, opts...)...)
	t.Cleanup(func() {
		t.Helper()
		ctx, cancel := context.WithTimeout(context.Background(), deadline)
		defer cancel()
		if err := system.Shutdown(ctx); err != nil {
			t.Errorf("processtest: %v", err)
		}
		if n := stuck(system); n > 0 {
			t.Errorf("processtest: %d abandoned callbacks have not returned", n)
		}
	})
	return system
}

// stuck waits for the callbacks that were killed, and counts those that do not
// return. It sleeps because a bubble of synctest moves on only then.
func stuck(system *process.System) int {
	for end := time.Now().Add(patience); system.Abandoned() > 0 && time.Now().Before(end); {
		time.Sleep(time.Millisecond)
	}
	return system.Abandoned()
}
