package flow

import (
	"context"
	"errors"
	"iter"
	"reflect"
	"slices"

	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/stage"
)

// FromSlice is a flow of the items of a slice, which is read where it lies: it must
// not change before the flow has ended, nor behind that if a stage had to be killed
// (see [Shutdown]). Options are those of the stages that run the operations behind
// it.
func FromSlice[T any](items []T, opts ...Option) Flow[T] {
	return newSource("FromSlice", "", opts, func(ctx context.Context, stageOpts []stage.Option) (*stage.Producer[T], error) {
		return stage.StartProducer(ctx, &sliceProducer[T]{rest: items}, stageOpts...)
	})
}

// FromSeq is a flow of the elements of a sequence, which may be lazy and
// endless. For live input use [FromChan]: a sequence that waits for its next
// element holds back those before it that have come in the meantime.
//
// It runs in one stage, is suspended between demands, and is told to stop when
// the flow ends. Of a slow one, what is there goes on its way with the first
// element that comes a millisecond later or more. While it waits for an element
// it cannot be interrupted: a flow that is stopped meanwhile waits for it up to
// its [Shutdown] time.
func FromSeq[T any](seq iter.Seq[T], opts ...Option) Flow[T] {
	problem := ""
	if seq == nil {
		problem = "the sequence is nil"
	}
	return newSource("FromSeq", problem, opts, func(ctx context.Context, stageOpts []stage.Option) (*stage.Producer[T], error) {
		return stage.FromSeq(ctx, seq, append(stageOpts, stage.StopAfterLastConsumer())...)
	})
}

// TrySeq is [FromSeq] for a sequence that can fail: its first error ends the
// flow. [stage.Stream] and [Flow.All] are such sequences.
func TrySeq[T any](seq iter.Seq2[T, error], opts ...Option) Flow[T] {
	problem := ""
	if seq == nil {
		problem = "the sequence is nil"
	}
	return newSource("TrySeq", problem, opts, func(ctx context.Context, stageOpts []stage.Option) (*stage.Producer[T], error) {
		return stage.FromSeq2(ctx, seq, append(stageOpts, stage.StopAfterLastConsumer())...)
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
//
// A stage that has ended already is a failure, with process.NoProc. While the
// stages of the flow subscribe, the demand of producers that are given as
// *stage.Producer is held back (stage.Accumulate), so that a short one cannot
// end between them. Another one, given by its name for instance, has to
// live until the flow has started.
func FromStages[T any](sources []stage.Source[T], opts ...Option) Flow[T] {
	c, prog := newConfig(program{}.with("FromStages"), opts)
	sources = slices.Clone(sources)
	switch {
	case len(sources) == 0:
		prog = prog.fail("no stage is given")
	case slices.ContainsFunc(sources, isNil):
		prog = prog.fail("a stage is nil")
	}
	p := &plan[T]{program: prog, config: c}
	p.start = func(b *build, _ *route[T]) ([]stage.Source[T], error) {
		for _, s := range sources {
			adopt(b, s, b.culprit("FromStages", 1))
		}
		return sources, nil
	}
	return Flow[T]{p}
}

// isNil tells whether a stage is nil, or a nil pointer in an interface.
func isNil[S any](s S) bool {
	v := reflect.ValueOf(&s).Elem()
	if v.Kind() == reflect.Interface {
		v = v.Elem()
	}
	return !v.IsValid() || v.Kind() == reflect.Pointer && v.IsNil()
}

// adopt makes a running stage a source of the build.
func adopt[T any](b *build, s stage.Source[T], c culprit) {
	known, ok := s.(interface{ Process() *process.Process })
	if !ok || known.Process() == nil {
		return
	}
	b.know(known.Process(), c)
	b.sources = append(b.sources, known.Process())
	if _, ok := s.(*stage.Producer[T]); ok {
		b.hold(known.Process())
	}
}

// newSource is a flow of a producer that is started with it.
func newSource[T any](op, problem string, opts []Option, start func(context.Context, []stage.Option) (*stage.Producer[T], error)) Flow[T] {
	c, prog := newConfig(program{}.with(op), opts)
	if problem != "" {
		prog = prog.fail("%s", problem)
	}
	p := &plan[T]{program: prog, config: c, routable: true}
	p.start = func(b *build, r *route[T]) ([]stage.Source[T], error) {
		stageOpts := b.options(op, append(r.dispatch(), stage.Demand(stage.Accumulate))...)
		source := b.culprit(op, 1)
		producer, err := startStage(source, func() (*stage.Producer[T], error) { return start(b.ctx, stageOpts) })
		if errors.Is(err, process.Ignore) { // what follows has to end all the same
			producer, err = stage.StartProducer(b.ctx, &sliceProducer[T]{}, stageOpts...)
		}
		if err != nil {
			return nil, source.explain(err)
		}
		b.watch(producer.Process(), source)
		b.sources = append(b.sources, producer.Process())
		return []stage.Source[T]{producer}, nil
	}
	return Flow[T]{p}
}

// sliceProducer emits parts of a slice. It stays the user's: see EmitShared.
type sliceProducer[T any] struct {
	lastConsumer[T]
	rest  []T
	ended bool
}

// HandleDemand implements stage.DemandHandler.
func (p *sliceProducer[T]) HandleDemand(ctx *stage.Context[T], demand int) error {
	n := min(demand, len(p.rest))
	ctx.EmitShared(p.rest[:n])
	p.rest = p.rest[n:]
	if len(p.rest) == 0 && !p.ended && n < demand {
		p.ended = true
		stage.AsyncInfo(ctx.Self(), finished{})
	}
	return nil
}

// HandleInfo implements stage.InfoHandler.
func (p *sliceProducer[T]) HandleInfo(*stage.Context[T], finished) error { return process.Normal }
