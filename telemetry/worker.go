package telemetry

import "log/slog"

// WorkerRestart: a worker has ended and is started again.
type WorkerRestart struct {
	Component
	// Reason is its exit reason.
	Reason error
}

// Reclaimed: the messages of a worker that ended were taken back.
type Reclaimed struct {
	Component
	// Redelivered go to another worker.
	Redelivered int
	// Failed are those that were failed instead.
	Failed int
}

func (WorkerRestart) Name() string { return "broadway.worker.restart" }
func (Reclaimed) Name() string     { return "broadway.worker.reclaimed" }

func (e WorkerRestart) LogAttrs() []slog.Attr { return e.attrs(failure("reason", e.Reason)) }

func (e Reclaimed) LogAttrs() []slog.Attr {
	return e.attrs(slog.Int("redelivered", e.Redelivered), slog.Int("failed", e.Failed))
}
