package process

import (
	"context"
	"log/slog"
)

// Self is a process as its own callbacks see it. Use it only there; to let
// others have the process, hand out [Self.Process].
type Self struct{ process *Process }

// Process returns the handle.
func (s *Self) Process() *Process { return s.process }

// PID returns the address of this process.
func (s *Self) PID() *PID { return s.process.pid }

// System returns the system it lives in.
func (s *Self) System() *System { return s.process.system }

// Context returns [Process.Context]: blocking calls in a callback have to heed it.
func (s *Self) Context() context.Context { return s.process.Context() }

// Logger returns the system's logger with the name and pid of this process.
func (s *Self) Logger() *slog.Logger {
	return s.process.system.Logger().With(slog.String("name", s.process.name), slog.String("pid", s.process.pid.GetId()))
}

// Send is [System.Send]. A process that was killed sends nothing any more.
func (s *Self) Send(to *PID, msg any) {
	if !s.process.gone() {
		s.process.system.Send(to, msg)
	}
}

// Alive is false when the process was killed while its callback runs. What
// works off a list in one callback looks at it between the items: nothing that it
// sends arrives any more, and what it links to or monitors never hears of it.
func (s *Self) Alive() bool { return !s.process.gone() }
