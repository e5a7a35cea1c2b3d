package process

import (
	"context"
	"fmt"
	"log/slog"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/stagecraft-go/stagecraft/internal/ctxerr"
)

// System is a world of processes: an actor system with the workers that run
// its processes, and their names. One per program is enough ([Default]); a
// test makes its own.
type System struct {
	actors  *actor.ActorSystem
	logger  *slog.Logger // nil: slog.Default() at the time of use
	workers *workers
	spawner spawner
	table   table
	names   names

	prefix    string // of ids, so that no two systems have the same
	sequence  atomic.Uint64
	abandoned atomic.Int64

	stopping atomic.Bool
	stopped  chan struct{} // closed when Shutdown is through
	failure  error         // Shutdown's result; read after stopped is closed
}

// SystemOption changes a default of [NewSystem].
type SystemOption func(*System)

// WithLogger sets where crash reports go. Default: slog.Default(), looked up
// each time.
func WithLogger(logger *slog.Logger) SystemOption {
	return func(s *System) { s.logger = logger }
}

// WithMaxParked bounds the goroutines that wait for work when there is none.
// Default: 4 per CPU and 16 more. It bounds no running work.
func WithMaxParked(n int) SystemOption {
	return func(s *System) { s.workers.maxParked = max(n, 0) }
}

// WithParkTimeout sets how long a goroutine that nobody needs waits for work
// before it ends. Default: 10 s. Values below 1 ms count as 1 ms.
func WithParkTimeout(d time.Duration) SystemOption {
	return func(s *System) { s.workers.parkTimeout = max(d, time.Millisecond) }
}

// systems counts the systems of the program.
var systems atomic.Uint64

// NewSystem makes a system. Few are needed; end each one with [System.Shutdown].
func NewSystem(opts ...SystemOption) *System {
	s := &System{workers: newWorkers(), stopped: make(chan struct{})}
	s.prefix = "process-" + strconv.FormatUint(systems.Add(1), 10) + "-"
	for _, opt := range opts {
		opt(s)
	}
	s.actors = newActorSystem(s)
	s.spawner.init(s)
	return s
}

var defaultSystem = sync.OnceValue(func() *System { return NewSystem() })

// Default returns the program's own system, made on first use.
func Default() *System { return defaultSystem() }

type systemKey struct{}

// Within is a context whose processes, stages and pipelines live in the system,
// unless they are told otherwise: see [SystemOf].
func (s *System) Within(ctx context.Context) context.Context {
	return context.WithValue(ctx, systemKey{}, s)
}

// SystemOf is the system that ctx belongs to: by [System.Within], or because it
// comes from a process, by [Self.Context], [Self.StartContext] or the context of
// a callback. Otherwise it is [Default]. What starts processes and is not told
// where uses it, so the children of a process live where it does.
func SystemOf(ctx context.Context) *System {
	if s, ok := ctx.Value(systemKey{}).(*System); ok {
		return s
	}
	return Default()
}

// ActorSystem returns the actor system below: plain actors that live there and
// processes reach each other by PID.
func (s *System) ActorSystem() *actor.ActorSystem { return s.actors }

// Logger returns where the system logs.
func (s *System) Logger() *slog.Logger {
	if s.logger == nil {
		return slog.Default()
	}
	return s.logger
}

// Send sends msg to any actor, process or not. A message to a dead one is
// dropped without a word, as in Erlang. Messages between one sender and one
// receiver keep their order.
func (s *System) Send(to *PID, msg any) {
	if p, ok := s.Find(to); ok {
		p.Send(msg)
		return
	}
	// Not through the PID: that would turn a miss into a dead letter.
	if ref, ok := s.actors.ProcessRegistry.Get(to); ok {
		ref.SendUserMessage(to, msg)
	}
}

// Count returns the number of living processes.
func (s *System) Count() int { return s.table.count() }

// Abandoned returns the number of processes that were killed inside a callback
// which has not returned yet. What such a callback holds, it still holds.
func (s *System) Abandoned() int { return int(s.abandoned.Load()) }

// Abandon counts one more goroutine that was given up like that, until returned
// is called. It is for those who run code for processes on goroutines of their own.
func (s *System) Abandon() (returned func()) {
	s.abandoned.Add(1)
	return sync.OnceFunc(func() { s.abandoned.Add(-1) })
}

// Stopping tells whether [System.Shutdown] was called.
func (s *System) Stopping() bool { return s.stopping.Load() }

// Shutdown ends the system: it refuses new processes, sends [Shutdown] to the
// living ones, newest first, and waits for each. When ctx ends it kills those
// that are left; the error says how many and wraps the end of ctx. Then the
// goroutines of the system end, but for those of abandoned callbacks. Plain
// actors are not touched.
//
// A second call waits for the first and returns the same. Calling it from a
// callback would wait for itself.
func (s *System) Shutdown(ctx context.Context) error {
	if s.stopping.CompareAndSwap(false, true) {
		s.failure = s.shutdown(ctx)
		close(s.stopped)
		return s.failure
	}
	select {
	case <-s.stopped:
		return s.failure
	case <-ctx.Done():
		return fmt.Errorf("process: shutdown: %w", ctxerr.Of(ctx))
	}
}

func (s *System) shutdown(ctx context.Context) error {
	killed := 0
	for _, p := range s.table.newestFirst() {
		p.Exit(Shutdown)
		select {
		case <-p.Done():
		case <-ctx.Done():
			p.Kill()
			<-p.Done()
			if p.Err() == Killed {
				killed++
			}
		}
	}
	s.workers.stop(s.Abandoned() == 0)
	s.actors.Shutdown()
	if killed > 0 {
		return fmt.Errorf("process: shutdown: %d killed: %w", killed, ctxerr.Of(ctx))
	}
	return nil
}
