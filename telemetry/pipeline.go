package telemetry

import (
	"log/slog"
	"time"
)

// TopologyInit: a pipeline has started.
type TopologyInit struct {
	Component
	Producers  int
	Processors int
	// Batchers are their names.
	Batchers []string
	At       time.Time
}

// DrainStart: a pipeline begins to end. It takes no more messages from its source and
// works off those it has.
type DrainStart struct {
	Component
	// Deadline is when it stops to wait; zero: never.
	Deadline time.Time
	// InFlight are the messages that it has.
	InFlight int
	At       time.Time
}

// DrainStop: the drain is over.
type DrainStop struct {
	Component
	// Unfinished are the messages left at the deadline.
	Unfinished int
	Took       time.Duration
}

// Paused: a pipeline has been told to ask its source for nothing.
type Paused struct{ Component }

// Resumed: a paused pipeline goes on.
type Resumed struct{ Component }

func (TopologyInit) Name() string { return "broadway.topology.init" }
func (DrainStart) Name() string   { return "broadway.drain.start" }
func (DrainStop) Name() string    { return "broadway.drain.stop" }
func (Paused) Name() string       { return "broadway.paused" }
func (Resumed) Name() string      { return "broadway.resumed" }

func (e TopologyInit) LogAttrs() []slog.Attr {
	return e.attrs(slog.Int("producers", e.Producers), slog.Int("processors", e.Processors),
		slog.Any("batchers", e.Batchers), slog.Time("at", e.At))
}

func (e DrainStart) LogAttrs() []slog.Attr {
	deadline := slog.Attr{}
	if !e.Deadline.IsZero() {
		deadline = slog.Time("deadline", e.Deadline)
	}
	return e.attrs(deadline, slog.Int("in_flight", e.InFlight), slog.Time("at", e.At))
}

func (e DrainStop) LogAttrs() []slog.Attr {
	return e.attrs(slog.Int("unfinished", e.Unfinished), slog.Duration("took", e.Took))
}

func (e Paused) LogAttrs() []slog.Attr { return e.attrs() }

func (e Resumed) LogAttrs() []slog.Attr { return e.attrs() }
