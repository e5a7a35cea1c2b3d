package flow

import (
	"context"

	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/stage"
)

// Through passes the events through running stages of yours: each of them
// subscribes to all stages of the flow before it, and what they emit is what
// follows. They belong to others; the flow comes to its end when they have
// ended. The options are those of the layer behind them.
func Through[T, U any](f Flow[T], via []*stage.ProducerConsumer[T, U], opts ...Option) Flow[U] {
	p := throughPlan[T, U](f, "Through", len(via) == 0, opts)
	p.start = func(b *build, _ *route[U]) (out []stage.Source[U], err error) {
		from, err := startRouted(b, f.plan, nil)
		if err != nil {
			return nil, err
		}
		for _, pc := range via {
			if err := subscribeAll(b.ctx, pc, from); err != nil {
				return nil, err
			}
			out = append(out, pc)
		}
		return out, nil
	}
	return Flow[U]{p}
}

// ThroughStarted is [Through] with stages that are started with the flow and end
// with it. Each start function subscribes its stage to the sources it is given,
// and starts it with the options.
func ThroughStarted[T, U any](f Flow[T], start []func(ctx context.Context, from stage.Sources[T], opts ...stage.Option) (*stage.ProducerConsumer[T, U], error), opts ...Option) Flow[U] {
	p := throughPlan[T, U](f, "ThroughStarted", len(start) == 0, opts)
	pos := p.position()
	p.start = func(b *build, _ *route[U]) (out []stage.Source[U], err error) {
		from, err := startRouted(b, f.plan, nil)
		if err != nil {
			return nil, err
		}
		for _, start := range start {
			pc, err := start(b.ctx, transient(from), stage.In(b.system))
			if err != nil {
				return nil, &OpError{"ThroughStarted", pos, err}
			}
			b.watch(pc.Process(), culprit{"ThroughStarted", pos})
			out = append(out, pc)
		}
		return out, nil
	}
	return Flow[U]{p}
}

func throughPlan[T, U any](f Flow[T], name string, missing bool, opts []Option) *plan[U] {
	c, prog := newConfig(f.program().with(name), opts)
	switch {
	case f.plan == nil:
		prog = prog.fail("there is no source")
	case missing:
		prog = prog.fail("no stage is given")
	}
	return &plan[U]{program: prog, config: c}
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
// the last of them leaves, the flow ends.
func (f Flow[T]) Into(ctx context.Context, consumers []stage.Sink[T], opts ...RunOption) (*Job, error) {
	if len(consumers) == 0 {
		return nil, f.problem("Into", "no consumer is given")
	}
	return f.into(ctx, opts, func(b *build, from []stage.Source[T]) error {
		for _, c := range consumers {
			if err := subscribeAll(b.ctx, c, from); err != nil {
				return err
			}
		}
		return nil
	})
}

// IntoStarted is [Flow.Into] with consumers that are started with the flow and
// end with it: the end of one ends the flow.
func (f Flow[T]) IntoStarted(ctx context.Context, start []func(ctx context.Context, from stage.Sources[T], opts ...stage.Option) (*stage.Consumer[T], error), opts ...RunOption) (*Job, error) {
	if len(start) == 0 {
		return nil, f.problem("IntoStarted", "no consumer is given")
	}
	return f.into(ctx, opts, func(b *build, from []stage.Source[T]) error {
		for _, start := range start {
			c, err := start(b.ctx, transient(from), stage.In(b.system))
			if err != nil {
				return err
			}
			b.watch(c.Process(), culprit{"IntoStarted", f.plan.position() + 1})
			b.endWith(c.Process())
		}
		return nil
	})
}

func (f Flow[T]) into(ctx context.Context, opts []RunOption, attach func(*build, []stage.Source[T]) error) (*Job, error) {
	b := newBuild(ctx, opts)
	job, err := f.launch(b, nil, func(from []stage.Source[T]) error { return attach(b, from) })
	if err == nil {
		b.forward()
	}
	return job, err
}

// problem is a mistake in how the flow is run.
func (f Flow[T]) problem(op, text string) error { return f.program().with(op).fail("%s", text).err }

// endWith ends the job when a stage has ended.
func (b *build) endWith(p *process.Process) {
	b.running.Go(func() {
		<-p.Done()
		b.finish()
	})
}
