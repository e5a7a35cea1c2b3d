package leak

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestGoroutinesThatEndAreNoLeak(t *testing.T) {
	Check(t)
	release := make(chan struct{})
	go func() { <-release }()
	close(release)
}

func TestGoroutineThatStaysIsReported(t *testing.T) {
	defer func(d time.Duration) { patience = d }(patience)
	patience = 20 * time.Millisecond
	release := make(chan struct{})
	defer close(release)

	fake := &recorder{TB: t}
	Check(fake)
	go func() { <-release }()
	fake.cleanup()
	if len(fake.errors) != 1 || !strings.Contains(fake.errors[0], "TestGoroutineThatStaysIsReported") {
		t.Errorf("reported: %q", fake.errors)
	}
}

// recorder takes the place of a test that fails.
type recorder struct {
	testing.TB
	cleanup func()
	errors  []string
}

func (r *recorder) Cleanup(f func()) { r.cleanup = f }

func (r *recorder) Errorf(format string, args ...any) {
	r.errors = append(r.errors, fmt.Sprintf(format, args...))
}
