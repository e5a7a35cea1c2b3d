package testworld

import (
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stagecraft-go/stagecraft/internal/leak"
	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/process/processtest"
)

// patience is how long a process or a callback may take to end outside of a
// bubble.
const patience = 10 * time.Second

// World is the system of processes of one test. Its log is kept.
type World struct {
	testing.TB
	System *process.System
	Book   *LogBook

	settled func(func() bool) bool

	mu   sync.Mutex
	left []Living
	any  bool
}

// Living is a process, or what runs in one.
type Living interface{ Done() <-chan struct{} }

// In runs a test in a bubble of synctest: time moves only when nothing else does,
// and what waits for ever fails the test.
func In(t *testing.T, test func(w *World)) {
	t.Helper()
	Bubble(t, func(t *testing.T) { test(New(t)) })
}

// Bubble is In for tests that make their worlds themselves, or need none.
func Bubble(t *testing.T, test func(t *testing.T)) {
	t.Helper()
	leak.Check(t)
	synctest.Test(t, test)
}

// Outside is a world of real time.
func Outside(t testing.TB) *World {
	t.Helper()
	leak.Check(t)
	return New(t)
}

// New makes a world where it is called, in a bubble or not, and does not look for
// goroutines: a bubble does, and leak.Check.
func New(t testing.TB, opts ...process.SystemOption) *World {
	t.Helper()
	w := &World{TB: t, Book: new(LogBook), settled: eventually}
	if inBubble() {
		w.settled = atRest
	}
	t.Cleanup(func() {
		if n := w.System.Count(); n > 0 {
			t.Errorf("%d processes have outlived their system", n)
		}
	})
	w.System = processtest.NewSystem(t, append([]process.SystemOption{process.WithLogger(slog.New(w.Book))}, opts...)...)
	t.Cleanup(w.check) // before the shutdown
	return w
}

// Leave says that a process may be alive at the end of the test, which then is
// that of the shutdown.
func (w *World) Leave(p Living) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.left = append(w.left, p)
}

// LeaveAny says that of all processes: for tests of processes themselves.
func (w *World) LeaveAny() { w.any = true }

func (w *World) check() {
	w.Helper()
	if !w.any && !w.settled(func() bool { return w.System.Count() == w.alive() }) {
		w.Errorf("%d processes are left, %d of them may be", w.System.Count(), w.alive())
	}
	if !w.settled(func() bool { return w.System.Abandoned() == 0 }) {
		w.Errorf("%d abandoned callbacks have not returned", w.System.Abandoned())
	}
}

// alive counts those that the test leaves.
func (w *World) alive() (n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, p := range w.left {
		select {
		case <-p.Done():
		default:
			n++
		}
	}
	return n
}

// inBubble tells whether the caller is in a bubble. Only there can one wait until
// nothing moves; synctest has no other way of telling.
func inBubble() (in bool) {
	defer func() { in = recover() == nil }()
	synctest.Wait()
	return true
}

// atRest tells whether something is so when nothing in the bubble moves.
func atRest(so func() bool) bool {
	synctest.Wait()
	return so()
}

// eventually waits until something is so. Outside of a bubble that is the best
// one can do: whoever was told to end may be on the way.
func eventually(so func() bool) bool {
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(time.Millisecond) {
		if so() {
			return true
		}
	}
	return so()
}
