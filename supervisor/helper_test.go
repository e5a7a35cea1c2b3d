package supervisor_test

import (
	"context"
	"errors"
	"log/slog"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/internal/testworld"
	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/supervisor"
)

var errBoom = errors.New("boom")

// newSystem is a system of the test's own, whose log nobody reads. At the end of
// the test all children must be gone with their supervisors.
func newSystem(t testing.TB) *process.System {
	t.Helper()
	return testworld.New(t).System
}

// inBubble runs a test on synctest's clock.
var inBubble = testworld.Bubble

// rig is a supervisor with a journal of its events and the children that the
// events were about.
type rig struct {
	t   testing.TB
	ctx context.Context
	sys *process.System
	log *testworld.LogBook
	sup *supervisor.Supervisor

	mu      sync.Mutex
	journal []string
	kids    map[string]supervisor.Child // the last one by ID
}

func newRig(t testing.TB) *rig {
	w := testworld.New(t)
	return &rig{t: t, ctx: context.Background(), sys: w.System, log: w.Book, kids: make(map[string]supervisor.Child)}
}

func (r *rig) options() []supervisor.Option {
	return []supervisor.Option{supervisor.In(r.sys), supervisor.OnEvent(r.note)}
}

func (r *rig) note(e supervisor.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	line := e.Kind.String() + " " + e.ID
	if e.Reason != nil {
		line += ": " + e.Reason.Error()
	}
	r.journal = append(r.journal, line)
	if e.Kind == supervisor.ChildStarted {
		r.kids[e.ID] = e.Child
	}
}

// take returns the journal since the last call.
func (r *rig) take() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	taken := r.journal
	r.journal = nil
	return taken
}

// did is take in short: + started, - stopped.
func (r *rig) did() string {
	var words []string
	for _, line := range r.take() {
		line, _, _ = strings.Cut(line, ":")
		kind, id, _ := strings.Cut(line, " ")
		switch kind {
		case "child_started":
			words = append(words, "+"+id)
		case "child_stopped", "shutdown_error":
			words = append(words, "-"+id)
		}
	}
	return strings.Join(words, " ")
}

func (r *rig) kid(id string) *process.Process {
	r.mu.Lock()
	defer r.mu.Unlock()
	require.Contains(r.t, r.kids, id)
	return r.kids[id].Process()
}

// end lets a worker end by itself, and waits until the supervisor has dealt
// with it.
func (r *rig) end(id string, reason error) {
	r.t.Helper()
	kid := r.kid(id)
	kid.Send(quit{reason})
	<-kid.Done()
	r.rest()
}

// rest waits until the supervisor has handled what is queued, and what that has
// queued in turn.
func (r *rig) rest() {
	for range 10 {
		if _, err := r.sup.CountChildren(r.ctx); err != nil {
			<-r.sup.Done()
			return
		}
	}
}

// states are the children in the order of start.
func (r *rig) states() string {
	infos, err := r.sup.WhichChildren(r.ctx)
	require.NoError(r.t, err)
	var words []string
	for i := range infos {
		info := infos[len(infos)-1-i]
		words = append(words, info.ID+" "+info.State.String())
	}
	return strings.Join(words, ", ")
}

// busy keeps the supervisor from its queue until release is called.
func (r *rig) busy() (release func()) {
	entered, free := make(chan struct{}), make(chan struct{})
	go r.sup.StartChild(r.ctx, supervisor.Spec{
		ID: "busy", Restart: supervisor.Temporary,
		Start: func(context.Context) (supervisor.Child, error) {
			close(entered)
			<-free
			return nil, process.Ignore
		},
	})
	<-entered
	return func() { close(free); r.rest() }
}

// queued runs a request in the background and waits until it is queued.
func (r *rig) queued(request func()) {
	before := r.sup.Process().QueueLen()
	go request()
	for r.sup.Process().QueueLen() == before {
		runtime.Gosched()
	}
}

// quit ends a worker by itself.
type quit struct{ reason error }

// worker is the behaviour of a scripted child.
type worker struct {
	trap     bool
	stubborn bool  // it does not listen
	answer   error // to shutdown, instead
}

func (w *worker) Init(self *process.Self) error {
	self.TrapExit(w.trap || w.stubborn || w.answer != nil)
	return nil
}

func (w *worker) Handle(_ *process.Self, msg any) error {
	switch m := msg.(type) {
	case quit:
		return m.reason
	case *process.Exit:
		switch {
		case w.stubborn:
			return nil
		case w.answer != nil:
			return w.answer
		}
		return m.Reason
	}
	return nil
}

func (w *worker) Terminate(*process.Self, error) {}

// change changes the spec of a child.
type change func(*supervisor.Spec)

func restart(kind supervisor.Restart) change {
	return func(s *supervisor.Spec) { s.Restart = kind }
}

func shutdown(how supervisor.Shutdown) change {
	return func(s *supervisor.Spec) { s.Shutdown = how }
}

func significant(s *supervisor.Spec) { s.Significant = true }

// child is the spec of a plain worker.
func (r *rig) child(id string, changes ...change) supervisor.Spec {
	return r.scripted(id, worker{}, nil, changes...)
}

// outcome is what a call of a start function does: nil starts a worker.
type outcome func() error

var (
	works    outcome
	declines outcome = func() error { return process.Ignore }
	fails    outcome = func() error { return errBoom }
	panics   outcome = func() error { panic("start") }
)

var errDead = errors.New("early")

// dies starts a worker that is dead before the start function returns.
func dies() error { return errDead }

// scripted is the spec of a worker whose start goes by a script, the last
// outcome of which repeats.
func (r *rig) scripted(id string, w worker, script []outcome, changes ...change) supervisor.Spec {
	calls := 0
	spec := supervisor.Process(id, func(ctx context.Context) (*process.Process, error) {
		var do outcome
		if len(script) > 0 {
			do = script[min(calls, len(script)-1)]
		}
		calls++
		var err error
		if do != nil {
			err = do()
		}
		if err != nil && err != errDead {
			return nil, err
		}
		behaviour := w
		p, startErr := r.sys.Start(ctx, &behaviour)
		if startErr == nil && err == errDead {
			p.Send(quit{errDead})
			<-p.Done()
		}
		return p, startErr
	})
	for _, change := range changes {
		change(&spec)
	}
	return spec
}

// plain are plain workers with these changes.
func (r *rig) plain(ids string, changes ...change) (specs []supervisor.Spec) {
	for _, id := range strings.Fields(ids) {
		specs = append(specs, r.child(id, changes...))
	}
	return specs
}

// start starts the supervisor of a rig that was made for its children.
func (r *rig) start(children []supervisor.Spec, opts ...supervisor.Option) *rig {
	r.t.Helper()
	var err error
	r.sup, err = supervisor.Start(r.ctx, children, append(r.options(), opts...)...)
	require.NoError(r.t, err)
	r.t.Cleanup(r.sup.Process().Kill)
	return r
}

// quiet is the system of the examples.
var quiet = process.NewSystem(process.WithLogger(slog.New(slog.DiscardHandler)))
