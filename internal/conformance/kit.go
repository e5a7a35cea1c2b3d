package conformance

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"
)

// Kit is one kind of recordings and the way to replay them.
type Kit[S Scenario] struct {
	Kind   string
	Replay func(t *testing.T, s S) Outcome
	// MaxDeviations is the percentage of a random file that may deviate. What
	// deviates was chosen for the curated file, so there it may be any number.
	MaxDeviations int
}

// Scenario is one recording.
type Scenario interface{ Title() string }

const curated = "curated.jsonl"

// Run replays every *.jsonl file of a folder, the scenarios of a file in
// parallel.
func (k Kit[S]) Run(t *testing.T, dir string) {
	files, err := filepath.Glob(filepath.Join(dir, "*.jsonl"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no recordings in %s: %v", dir, err)
	}
	for _, file := range files {
		scenarios, err := load[S](file)
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		name := filepath.Base(file)
		t.Run(name, func(t *testing.T) { k.runFile(t, name, scenarios) })
	}
}

func load[S any](file string) (scenarios []S, err error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	for lines := json.NewDecoder(f); ; {
		var s S
		switch err := lines.Decode(&s); {
		case errors.Is(err, io.EOF):
			return scenarios, nil
		case err != nil:
			return nil, fmt.Errorf("scenario %d: %w", len(scenarios)+1, err)
		}
		scenarios = append(scenarios, s)
	}
}

func (k Kit[S]) runFile(t *testing.T, name string, scenarios []S) {
	var all tally
	// Cleanup waits for the parallel subtests.
	t.Cleanup(func() { all.report(t, k.Kind, name, k.MaxDeviations) })
	for _, s := range scenarios {
		t.Run(s.Title(), func(t *testing.T) {
			t.Parallel()
			outcome := k.Replay(t, s)
			if t.Failed() {
				outcome = Outcome{Verdict: Different, Detail: "the replay broke off"}
			}
			all.add(s.Title(), outcome)
		})
	}
}
