package flow

import (
	"context"
	"slices"

	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/stage"
)

// Through passes the events through running stages of yours: each of them
// subscribes to all stages of the flow before it, and what they emit is what
// follows. They belong to others; the flow comes to its end when they have
// ended. The options are those of the layer behind them.
func Through[T, U any](f Flow[T], via []*stage.ProducerConsumer[T, U], opts ...Option) Flow[U] {
	via = slices.Clone(via)
	p := throughPlan[T, U](f, "Through", opts, len(via), slices.Contains(via, nil))
	pos := p.program.position()
	p.start = func(b *build, _ *route[U]) (out []stage.Source[U], err error) {
		from, err := startRouted(b, f.plan, nil)
		if err != nil {
			return nil, err
		}
		for _, pc := range via {
			c := b.culprit("Through", pos)
			if err := subscribeAll(b.ctx, pc, from); err != nil {
				return nil, c.explain(err)
			}
			b.know(pc.Process(), c)
			out = append(out, pc)
		}
		return out, nil
	}
	return Flow[U]{p}
}

// ThroughStarted is [Through] with stages that are started with the flow and end
// with it. Each start function subscribes its stage to the sources it is given,
// and starts it with the options. The flow comes to its end when they have
// ended, so a stage of a bounded flow has to end when its last producer has: see
// stage.CancelHandler.
func ThroughStarted[T, U any](f Flow[T], start []func(ctx context.Context, from stage.Sources[T], opts ...stage.Option) (*stage.ProducerConsumer[T, U], error), opts ...Option) Flow[U] {
	start = slices.Clone(start)
	p := throughPlan[T, U](f, "ThroughStarted", opts, len(start), hasNil(start))
	pos := p.program.position()
	p.start = func(b *build, _ *route[U]) (out []stage.Source[U], err error) {
		from, err := startRouted(b, f.plan, nil)
		if err != nil {
			return nil, err
		}
		for i, begin := range start {
			c := b.culprit("ThroughStarted", pos)
			pc, err := startStage(c, func() (*stage.ProducerConsumer[T, U], error) {
				return begin(b.ctx, transient(from), b.options(stageName(c.op, i, len(start)))...)
			})
			if err != nil {
				return nil, err
			}
			b.watch(pc.Process(), c)
			out = append(out, pc)
		}
		return out, nil
	}
	return Flow[U]{p}
}

func throughPlan[T, U any](f Flow[T], name string, opts []Option, stages int, hasNil bool) *plan[U] {
	c, prog := newConfig(programOf(f).with(name), opts)
	switch {
	case f.plan == nil:
		prog = prog.fail("there is no source")
	case stages == 0:
		prog = prog.fail("no stage is given")
	case hasNil:
		prog = prog.fail("a stage or function is nil")
	}
	return &plan[U]{program: prog, config: c}
}

// hasNil tells whether one of the functions that start consumers is nil.
func hasNil[F ~func(context.Context, stage.Sources[T], ...stage.Option) (H, error), T, H any](start []F) bool {
	return slices.ContainsFunc(start, func(f F) bool { return f == nil })
}

// subscribeAll subscribes a stage of somebody else to all sources.
func subscribeAll[T any](ctx context.Context, to stage.Sink[T], from []stage.Source[T]) error {
	for _, s := range from {
		if _, err := stage.SyncSubscribe(ctx, to, s, stage.OnCancel(stage.Transient)); err != nil {
			return err
		}
	}
	return nil
}

// Into starts the flow with running consumers of yours, which subscribe to all
// of its last stages. They belong to others and live on when it has ended; if
// the last of them leaves, the flow ends. See [Flow.Start] for the errors.
func (f Flow[T]) Into(ctx context.Context, consumers []stage.Sink[T], opts ...RunOption) (*Job, error) {
	switch {
	case len(consumers) == 0:
		return nil, problem(f, "Into", "no consumer is given")
	case slices.ContainsFunc(consumers, isNil):
		return nil, problem(f, "Into", "a consumer is nil")
	}
	return into(ctx, f, opts, func(b *build, from []stage.Source[T]) error {
		for _, c := range consumers {
			if err := subscribeAll(b.ctx, c, from); err != nil {
				return b.culprit("Into", f.plan.program.position()+1).explain(err)
			}
		}
		return nil
	})
}

// IntoStarted is [Flow.Into] with consumers that are started with the flow and
// end with it: the end of one ends the flow.
func (f Flow[T]) IntoStarted(ctx context.Context, start []func(ctx context.Context, from stage.Sources[T], opts ...stage.Option) (*stage.Consumer[T], error), opts ...RunOption) (*Job, error) {
	switch {
	case len(start) == 0:
		return nil, problem(f, "IntoStarted", "no consumer is given")
	case hasNil(start):
		return nil, problem(f, "IntoStarted", "a function is nil")
	}
	return into(ctx, f, opts, func(b *build, from []stage.Source[T]) error {
		var consumers []*process.Process
		for i, begin := range start {
			blamed := b.culprit("IntoStarted", f.plan.program.position()+1)
			c, err := startStage(blamed, func() (*stage.Consumer[T], error) {
				return begin(b.ctx, transient(from), b.options(stageName(blamed.op, i, len(start)))...)
			})
			if err != nil {
				return err
			}
			b.watch(c.Process(), blamed)
			b.endWith(c.Process())
			consumers = append(consumers, c.Process())
		}
		b.running.Go(func() { endBehind(b, from, consumers) })
		return nil
	})
}

func into[T any](ctx context.Context, f Flow[T], opts []RunOption, attach func(*build, []stage.Source[T]) error) (*Job, error) {
	b := newBuild(ctx, opts)
	job, err := launch(f, b, nil, func(from []stage.Source[T]) error { return attach(b, from) })
	if err == nil {
		b.forward()
	}
	return job, err
}

// problem is a mistake in how the flow is run.
func problem[T any](f Flow[T], op, text string) error {
	return programOf(f).with(op).fail("%s", text).err
}

// endBehind stops consumers when all sources have ended and their last events
// have been handled.
func endBehind[T any](b *build, from []stage.Source[T], consumers []*process.Process) {
	for _, s := range from {
		s, ok := s.(interface{ Process() *process.Process })
		if !ok {
			return // nothing is known of it
		}
		select {
		case <-s.Process().Done():
		case <-b.ctx.Done():
			return
		}
	}
	for _, c := range consumers {
		_ = c.Inspect(b.ctx, func() {}) // it comes behind the events
	}
	for _, c := range consumers {
		c.Exit(process.Shutdown)
	}
}

// endWith ends the job when a stage has ended.
func (b *build) endWith(p *process.Process) {
	b.running.Go(func() {
		<-p.Done()
		b.finish()
	})
}
