// Package leak finds goroutines that a test leaves behind.
package leak

import (
	"bytes"
	"runtime"
	"strings"
	"testing"
	"time"
)

// patience is how long a goroutine may take to end by itself.
var patience = 10 * time.Second

// Check fails the test at its end, after its other cleanups, if goroutines are
// left that were not there when Check was called. Call it first, outside of a
// bubble of synctest (which checks the goroutines inside by itself), and not in
// parallel tests.
func Check(t testing.TB) {
	t.Helper()
	before := goroutines()
	t.Cleanup(func() {
		t.Helper()
		for _, stack := range remaining(before) {
			t.Errorf("goroutine left behind:\n%s", stack)
		}
	})
}

// remaining waits until no new goroutine is left, or for long enough.
func remaining(before map[string]string) (stacks []string) {
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(patience); ; <-tick.C {
		stacks = stacks[:0]
		for id, stack := range goroutines() {
			if _, old := before[id]; !old {
				stacks = append(stacks, stack)
			}
		}
		if len(stacks) == 0 || time.Now().After(deadline) {
			return stacks
		}
	}
}

// goroutines are the stacks of all goroutines but those of the runtime and of
// package testing, by id. The caller's is left out.
func goroutines() map[string]string {
	buf := make([]byte, 1<<16)
	for {
		n := runtime.Stack(buf, true)
		if n < len(buf) {
			buf = buf[:n]
			break
		}
		buf = make([]byte, 2*len(buf))
	}
	found := make(map[string]string)
	_, others, _ := bytes.Cut(buf, []byte("\n\n")) // the first is the caller's
	for stack := range strings.SplitSeq(string(others), "\n\n") {
		// goroutine 7 [chan receive]:
		id, _, ok := strings.Cut(strings.TrimPrefix(stack, "goroutine "), " ")
		if ok && !ignored(stack) {
			found[id] = stack
		}
	}
	return found
}

// ignored tells whether a goroutine is none of the test's.
func ignored(stack string) bool {
	for _, frame := range []string{
		"testing.(*T).Run(", "testing.(*M).", "testing.runFuzzing(", "testing.tRunner.func",
		"runtime.ReadTrace(", "os/signal.loop(", "runtime/pprof.profileWriter(",
		"internal/synctest.Run(",
	} {
		if strings.Contains(stack, frame) {
			return true
		}
	}
	return false
}
