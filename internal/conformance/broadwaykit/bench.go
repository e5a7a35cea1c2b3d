package broadwaykit

import (
	"context"
	"log/slog"
	"slices"

	"github.com/stagecraft-go/stagecraft/broadway"
	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/telemetry"
)

// pipelineName is the name of all pipelines: each has a system of its own.
const pipelineName = "P"

// bench is what surrounds a pipeline.
type bench struct {
	scenario *Scenario
	system   *process.System
	hub      *telemetry.Hub
	journal  *journal
	gates    *gates
	lists    *lists
	over     chan struct{} // closed at the end of the scenario
}

func newBench(s *Scenario) *bench {
	b := &bench{
		scenario: s,
		system:   process.NewSystem(process.WithLogger(slog.New(slog.DiscardHandler))),
		hub:      new(telemetry.Hub),
		journal:  newJournal(),
		over:     make(chan struct{}),
	}
	b.gates = &gates{bench: b, open: make(map[string]chan struct{}), waiting: make(map[string]bool)}
	b.lists = &lists{left: slices.Clone(s.Config.Producer.Lists)}
	if _, err := b.hub.Attach("journal", telemetry.HandlerFunc(b.hear)); err != nil {
		panic(err) // the hub is empty
	}
	return b
}

// hear notes an event of telemetry.
func (b *bench) hear(ctx context.Context, e telemetry.Event) context.Context {
	b.journal.note(func(r *record) {
		r.events = append(r.events, e)
		if stop, ok := e.(telemetry.ProcessorStop); ok {
			r.processed += stop.Messages
		}
	})
	return ctx
}

// workerOf is the name of the worker that a callback runs in.
func workerOf(ctx context.Context) string {
	w, _ := broadway.WorkerOf(ctx)
	return w.Name
}

// stageOf is where a callback runs, as recordings have it.
func stageOf(ctx context.Context) string {
	if w, ok := broadway.WorkerOf(ctx); ok && w.Kind == telemetry.BatchProcessor {
		return "batcher:" + w.Batcher
	}
	return "processor"
}

// process is that of a component.
func (b *bench) process(component string) (*process.Process, bool) {
	return b.system.Whereis(pipelineName + ".Broadway." + component)
}
