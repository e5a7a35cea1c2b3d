package process_test

import (
	"context"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/internal/leak"
	"github.com/stagecraft-go/stagecraft/internal/testworld"
	"github.com/stagecraft-go/stagecraft/process"
)

// script is a behaviour made of functions.
type script struct {
	init      func(*process.Self) error
	handle    func(*process.Self, any) error
	terminate func(*process.Self, error)
}

func (s *script) Init(self *process.Self) error {
	if s.init == nil {
		return nil
	}
	return s.init(self)
}

func (s *script) Handle(self *process.Self, msg any) error {
	if s.handle == nil {
		return nil
	}
	return s.handle(self, msg)
}

func (s *script) Terminate(self *process.Self, reason error) {
	if s.terminate != nil {
		s.terminate(self, reason)
	}
}

// probe is a process that runs functions sent to it, and shows all else.
type probe struct {
	*process.Process
	got        chan any
	terminated chan error
}

type (
	do     func(self *process.Self)
	finish func(self *process.Self) error
)

func newProbe(t testing.TB, sys *process.System, opts ...process.StartOption) *probe {
	t.Helper()
	p := &probe{got: make(chan any, 1000), terminated: make(chan error, 10)}
	p.Process = start(t, sys, &script{
		handle: func(self *process.Self, msg any) error {
			switch m := msg.(type) {
			case do:
				m(self)
			case finish:
				return m(self)
			default:
				p.got <- msg
			}
			return nil
		},
		terminate: func(_ *process.Self, reason error) { p.terminated <- reason },
	}, opts...)
	t.Cleanup(p.Kill) // it may trap exits
	return p
}

// do runs fn in the probe and waits for it.
func (p *probe) do(fn func(self *process.Self)) {
	done := make(chan struct{})
	p.Send(do(func(self *process.Self) { defer close(done); fn(self) }))
	<-done
}

func (p *probe) exit(reason error) {
	p.Send(finish(func(*process.Self) error { return reason }))
}

// block makes the probe stuck in a callback; the returned function frees it.
func (p *probe) block() (release func()) {
	stuck, free := make(chan struct{}), make(chan struct{})
	p.Send(do(func(*process.Self) { close(stuck); <-free }))
	<-stuck
	return sync.OnceFunc(func() { close(free) })
}

func (p *probe) trap() { p.do(func(self *process.Self) { self.TrapExit(true) }) }

func (p *probe) monitor(other *process.Process) *process.Ref {
	var ref *process.Ref
	p.do(func(self *process.Self) { ref = self.Monitor(other.PID()) })
	return ref
}

func (p *probe) link(other *process.Process) {
	p.do(func(self *process.Self) { self.Link(other.PID()) })
}

// silent says that nothing has arrived, once all that was sent has.
func (p *probe) silent(t testing.TB) {
	t.Helper()
	p.do(func(*process.Self) {})
	require.Empty(t, p.got)
}

func receive[T any](t testing.TB, from <-chan T) T {
	t.Helper()
	select {
	case v := <-from:
		return v
	case <-time.After(10 * time.Second):
		require.FailNow(t, "nothing came")
		panic("not reached")
	}
}

func (p *probe) down(t testing.TB) *process.Down {
	t.Helper()
	msg := receive(t, p.got)
	require.IsType(t, &process.Down{}, msg)
	return msg.(*process.Down)
}

func (p *probe) exitMessage(t testing.TB) *process.Exit {
	t.Helper()
	msg := receive(t, p.got)
	require.IsType(t, &process.Exit{}, msg)
	return msg.(*process.Exit)
}

// reasonOf waits for the end of p.
func reasonOf(t testing.TB, p *process.Process) error {
	t.Helper()
	receive(t, p.Done())
	return p.Err()
}

// newSystem makes a system that must be empty of goroutines after the test.
func newSystem(t testing.TB) *process.System {
	t.Helper()
	sys, _ := newLoggedSystem(t)
	return sys
}

func newLoggedSystem(t testing.TB) (*process.System, logbook) {
	t.Helper()
	leak.Check(t)
	return newBubbleSystem(t)
}

// newBubbleSystem is for bubbles of synctest, which look for goroutines themselves.
// The tests are about processes, and leave them to the shutdown.
func newBubbleSystem(t testing.TB) (*process.System, logbook) {
	t.Helper()
	w := testworld.New(t)
	w.LeaveAny()
	return w.System, logbook{w.Book}
}

func start(t testing.TB, sys *process.System, b process.Behaviour, opts ...process.StartOption) *process.Process {
	t.Helper()
	p, err := sys.Start(context.Background(), b, opts...)
	require.NoError(t, err)
	return p
}

// logbook is what was logged.
type logbook struct{ *testworld.LogBook }

func (l logbook) messages() (all []string) {
	for _, r := range l.Records() {
		all = append(all, r.Message)
	}
	return all
}

func (l logbook) attrs(i int) map[string]any {
	all := make(map[string]any)
	l.Records()[i].Attrs(func(a slog.Attr) bool { all[a.Key] = a.Value.Any(); return true })
	return all
}
