package flow

import (
	"context"
	"errors"
	"iter"
	"slices"

	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/stage"
)

// FromSlice is a flow of the items of a slice. Options are those of the stages
// that run the operations behind it.
func FromSlice[T any](items []T, opts ...Option) Flow[T] {
	return newSource("FromSlice", "", opts, func(ctx context.Context, stageOpts []stage.Option) (*stage.Producer[T], error) {
		return stage.StartProducer(ctx, &sliceProducer[T]{rest: items}, stageOpts...)
	})
}

// FromSeq is a flow of the elements of a sequence, which may be lazy and
// endless. It runs in one stage, is suspended between demands, and is told to
// stop when the flow ends.
func FromSeq[T any](seq iter.Seq[T], opts ...Option) Flow[T] {
	problem := ""
	if seq == nil {
		problem = "the sequence is nil"
	}
	return newSource("FromSeq", problem, opts, func(ctx context.Context, stageOpts []stage.Option) (*stage.Producer[T], error) {
		return stage.FromSeq(ctx, seq, append(stageOpts, stage.StopAfterLastConsumer())...)
	})
}

// FromProducer is a flow of what a producer emits that is started with it and
// ends with it. The flow gives the options that it needs. A producer that
// declines to start with process.Ignore is left out.
func FromProducer[T any](start func(ctx context.Context, opts ...stage.Option) (*stage.Producer[T], error), opts ...Option) Flow[T] {
	problem := ""
	if start == nil {
		problem = "the function is nil"
	}
	f := newSource("FromProducer", problem, opts, func(ctx context.Context, stageOpts []stage.Option) (*stage.Producer[T], error) {
		return start(ctx, stageOpts...)
	})
	f.plan.routable = false
	return f
}

// FromStages is a flow of what running stages emit. They belong to others: the
// flow subscribes to them, sets their demand mode to Forward, and leaves them
// alone afterwards. It ends when they have ended.
func FromStages[T any](sources []stage.Source[T], opts ...Option) Flow[T] {
	c, prog := newConfig(program{}.with("FromStages"), opts)
	sources = slices.Clone(sources)
	switch {
	case len(sources) == 0:
		prog = prog.fail("no stage is given")
	case slices.Contains(sources, nil):
		prog = prog.fail("a stage is nil")
	}
	p := &plan[T]{program: prog, config: c}
	p.start = func(b *build, _ *route[T]) ([]stage.Source[T], error) {
		for _, s := range sources {
			if s, ok := s.(interface{ Process() *process.Process }); ok {
				b.sources = append(b.sources, s.Process())
			}
		}
		return sources, nil
	}
	return Flow[T]{p}
}

// newSource is a flow of a producer that is started with it.
func newSource[T any](op, problem string, opts []Option, start func(context.Context, []stage.Option) (*stage.Producer[T], error)) Flow[T] {
	c, prog := newConfig(program{}.with(op), opts)
	if problem != "" {
		prog = prog.fail("%s", problem)
	}
	p := &plan[T]{program: prog, config: c, routable: true}
	p.start = func(b *build, r *route[T]) ([]stage.Source[T], error) {
		stageOpts := []stage.Option{stage.In(b.system), stage.Demand(stage.Accumulate)}
		stageOpts = append(stageOpts, r.dispatch()...)
		producer, err := start(b.ctx, stageOpts)
		if errors.Is(err, process.Ignore) { // what follows has to end all the same
			producer, err = stage.StartProducer(b.ctx, &sliceProducer[T]{}, stageOpts...)
		}
		if err != nil {
			return nil, &OpError{op, 1, err}
		}
		b.watch(producer.Process(), culprit{op, 1})
		b.sources = append(b.sources, producer.Process())
		return []stage.Source[T]{producer}, nil
	}
	return Flow[T]{p}
}

// sliceProducer emits copies of the items of a slice.
type sliceProducer[T any] struct {
	lastConsumer[T]
	rest  []T
	ended bool
}

// HandleDemand implements stage.DemandHandler.
func (p *sliceProducer[T]) HandleDemand(ctx *stage.Context[T], demand int) error {
	n := min(demand, len(p.rest))
	ctx.EmitAll(p.rest[:n])
	p.rest = p.rest[n:]
	if len(p.rest) == 0 && !p.ended && n < demand {
		p.ended = true
		stage.AsyncInfo(ctx.Self(), finished{})
	}
	return nil
}

// HandleInfo implements stage.InfoHandler.
func (p *sliceProducer[T]) HandleInfo(*stage.Context[T], finished) error { return process.Normal }
