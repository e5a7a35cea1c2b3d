package broadwaykit

import (
	"errors"
	"sync"
	"time"

	"github.com/stagecraft-go/stagecraft/broadway"
	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/stage"
	"github.com/stagecraft-go/stagecraft/supervisor"
)

// lists are what producers emit on demand. They outlive the producers.
type lists struct {
	mu   sync.Mutex
	left [][]Data
}

// take takes up to n of a list.
func (l *lists) take(index, n int) []Data {
	l.mu.Lock()
	defer l.mu.Unlock()
	if index >= len(l.left) {
		return nil
	}
	n = min(n, len(l.left[index]))
	taken := l.left[index][:n]
	l.left[index] = l.left[index][n:]
	return taken
}

// producer is the stage of a source, which emits E.
type producer[E any] struct {
	*bench
	index int
	event func(Data) E
}

// emission asks a producer to emit data, or to end.
type emission struct {
	data []Data
	stop bool
}

var errRefuses = errors.New("the producer refuses to start")

func (p *producer[E]) happened(what string) {
	p.journal.note(func(r *record) { r.producers = append(r.producers, [2]any{what, p.index}) })
}

// Init implements stage.Initializer.
func (p *producer[E]) Init(*stage.Context[E]) error {
	if p.scenario.Config.Producer.BadInit {
		return errRefuses
	}
	p.happened("producer_init")
	return nil
}

// HandleDemand implements stage.DemandHandler.
func (p *producer[E]) HandleDemand(ctx *stage.Context[E], n int) error {
	p.journal.note(func(r *record) { r.demands = append(r.demands, demand{producerName(p.index), n}) })
	p.emit(ctx, p.lists.take(p.index, n))
	return nil
}

func (p *producer[E]) emit(ctx *stage.Context[E], data []Data) {
	for _, d := range data {
		ctx.Emit(p.event(d))
	}
}

func (p *producer[E]) perform(ctx *stage.Context[E], e *emission) error {
	p.emit(ctx, e.data)
	if e.stop {
		return process.Normal
	}
	return nil
}

// HandleInfo implements stage.InfoHandler.
func (p *producer[E]) HandleInfo(ctx *stage.Context[E], e *emission) error { return p.perform(ctx, e) }

// HandleCast implements stage.CastHandler.
func (p *producer[E]) HandleCast(ctx *stage.Context[E], e *emission) error { return p.perform(ctx, e) }

// HandleCall implements stage.CallHandler.
func (p *producer[E]) HandleCall(ctx *stage.Context[E], e *emission, _ stage.Caller[bool]) (bool, error) {
	return true, p.perform(ctx, e)
}

// late is when a producer emits once more after it was told to drain.
const late = 60 * time.Millisecond

// PrepareForDraining implements broadway.Drainer.
func (p *producer[E]) PrepareForDraining(ctx *stage.Context[E]) error {
	p.happened("draining")
	p.journal.note(func(r *record) { r.draining = append(r.draining, p.index) })
	p.emit(ctx, p.scenario.Config.Producer.DrainEmits)
	if data := p.scenario.Config.Producer.DrainLate; len(data) > 0 {
		ctx.Process().SendAfter(late, &emission{data: data})
	}
	return nil
}

// Terminate implements stage.Terminator.
func (p *producer[E]) Terminate(*stage.Context[E], error) { p.happened("terminate") }

// source is the source of the scenario.
func (b *bench) source(message func(Data) broadway.Message[Data]) broadway.Source[Data] {
	config := &b.scenario.Config.Producer
	if config.Kind == "missing" {
		return broadway.Source[Data]{}
	}
	var s broadway.Source[Data]
	if config.Transformer {
		s = broadway.FromStage(func(index int) (stage.DemandHandler[Data], error) {
			return &producer[Data]{b, index, func(d Data) Data { return d }}, nil
		}, func(d Data) (broadway.Message[Data], error) {
			if config.TransformRaise != nil && config.TransformRaise.holds(d) {
				panic(errGarbage)
			}
			return message(d), nil
		})
	} else {
		s = broadway.FromMessages(func(index int) (stage.DemandHandler[broadway.Message[Data]], error) {
			return &producer[broadway.Message[Data]]{b, index, message}, nil
		})
	}
	if config.Prepare != "" {
		s = s.PrepareForStart(b.prepareForStart)
	}
	return s
}

// prepareForStart is the start hook.
func (b *bench) prepareForStart(s *broadway.Settings) ([]supervisor.Spec, error) {
	b.journal.note(func(r *record) { r.preparing = append(r.preparing, len(s.Batchers)) })
	switch b.scenario.Config.Producer.Prepare {
	case "child":
		return []supervisor.Spec{b.extra()}, nil
	case "limit":
		s.Producers[0].RateLimit = broadway.RateLimit{Allowed: 2, Interval: 10 * time.Minute}
	case "bad_options":
		s.Processors.Concurrency = -1
	case "garbage":
		return nil, errGarbage
	}
	return nil, nil
}
