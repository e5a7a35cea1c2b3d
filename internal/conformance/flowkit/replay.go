package flowkit

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stagecraft-go/stagecraft/internal/conformance"
)

// Replay replays a scenario.
func Replay(t *testing.T, s *Scenario) conformance.Outcome {
	got, err := Run(t, s)
	var unwritable *unwritableError
	switch {
	case errors.As(err, &unwritable):
		return refused(s, unwritable)
	case err != nil:
		return different(s, err.Error())
	}
	want, rules, err := expected(s)
	if err != nil {
		return different(s, err.Error())
	}
	if at := s.difference(want, got); at != "" {
		return different(s, at)
	}
	if len(rules) > 0 {
		return conformance.Outcome{Verdict: conformance.Deviation, Detail: strings.Join(rules, ", ")}
	}
	return conformance.Outcome{Verdict: conformance.Identical}
}

// refused is the outcome of a scenario that does not compile. Flow must have
// refused it too, or have failed.
func refused(s *Scenario, err error) conformance.Outcome {
	if s.Expect.Error == "" {
		return different(s, err.Error())
	}
	return conformance.Outcome{Verdict: conformance.Deviation, Detail: ruleUnwritable}
}

func different(s *Scenario, at string) conformance.Outcome {
	return conformance.Outcome{Verdict: conformance.Different, Detail: fmt.Sprintf("%s\n  %s\n  %s", s.Rule, s, at)}
}

// patience is how long a flow may take by the clock of its bubble. One that
// stands still takes no longer by the clock of the machine.
const patience = 10 * time.Hour

// Run runs the flow of a scenario on a system and a clock of its own.
func Run(t *testing.T, s *Scenario) (got Expect, err error) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		b := newBench(ctx)
		got, err = b.run(s)
		cancel()
		if err := b.system.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return got, err
}
