package flow

import (
	"cmp"
	"context"
	"iter"

	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/stage"
)

// RunOption sets how a flow is run.
type RunOption func(*runConfig)

type runConfig struct{ system *process.System }

// In runs the stages in a given system instead of process.Default().
func In(system *process.System) RunOption { return func(c *runConfig) { c.system = system } }

// newBuild begins a run.
func newBuild(ctx context.Context, opts []RunOption) *build {
	c := runConfig{system: process.Default()}
	var invalid error
	for _, opt := range opts {
		if opt == nil {
			invalid = &ProgramError{Op: "run", Problem: "an option is nil"}
			continue
		}
		opt(&c)
	}
	if c.system == nil {
		invalid = &ProgramError{Op: "In", Problem: "the system is nil"}
	}
	ctx, cancel := context.WithCancelCause(ctx)
	return &build{job: &job{system: c.system, ctx: ctx, cancel: cancel, done: make(chan struct{})}, invalid: invalid}
}

// launch starts the stages of a flow, and attach what takes its events. After
// an error nothing is left.
func (f Flow[T]) launch(b *build, r *route[T], attach func(from []stage.Source[T]) error) (*Job, error) {
	err := cmp.Or(f.check(), b.invalid)
	var sources []stage.Source[T]
	if err == nil {
		sources, err = startRouted(b, f.plan, r)
	}
	if err == nil {
		err = attach(sources)
	}
	if err != nil {
		b.cancel(err)
	}
	go b.supervise(b.patience)
	if err != nil {
		<-b.done
		return nil, err
	}
	return &Job{b.job}, nil
}

// check finds mistakes in the program.
func (f Flow[T]) check() error {
	if f.plan == nil {
		return &ProgramError{Op: "Flow", Problem: "there is no source"}
	}
	return f.plan.err
}

// Run runs the flow to its end. What it emits is dropped. The error is a
// [*ProgramError], an [*OpError], the failure of a stage, or that of ctx, whose
// end stops the flow. Run is what a supervisor needs to supervise a flow: see
// supervisor.Func.
func (f Flow[T]) Run(ctx context.Context, opts ...RunOption) error {
	job, err := f.Start(ctx, opts...)
	if err != nil {
		return err
	}
	<-job.Done()
	return job.Err()
}

// Start is [Flow.Run] in the background: it returns when all stages run.
func (f Flow[T]) Start(ctx context.Context, opts ...RunOption) (*Job, error) {
	b := newBuild(ctx, opts)
	job, err := f.launch(b, &route[T]{discard: true}, func(from []stage.Source[T]) error {
		c, err := stage.StartConsumer(b.ctx, new(sink[T]), transient(from), stage.In(b.system))
		if err != nil {
			return err
		}
		b.watch(c.Process(), culprit{})
		return nil
	})
	if err == nil {
		b.forward()
	}
	return job, err
}

// transient subscribes to all sources, so that their orderly end is no failure.
func transient[T any](sources []stage.Source[T]) (from stage.Sources[T]) {
	for _, s := range sources {
		from = from.And(s, stage.OnCancel(stage.Transient))
	}
	return from
}

// sink drops events, and ends with the last of its producers.
type sink[T any] struct{ producers int }

// HandleEvents implements stage.EventsHandler.
func (*sink[T]) HandleEvents(*stage.Context[stage.None], []T, stage.Subscription) error { return nil }

// HandleSubscribe implements stage.SubscribeHandler.
func (s *sink[T]) HandleSubscribe(*stage.Context[stage.None], stage.Role, stage.Subscription, stage.SubscribeOptions) (stage.SubscriptionMode, error) {
	s.producers++
	return stage.Automatic, nil
}

// HandleCancel implements stage.CancelHandler.
func (s *sink[T]) HandleCancel(*stage.Context[stage.None], stage.CancelKind, stage.Subscription, error) error {
	if s.producers--; s.producers == 0 {
		return process.Normal
	}
	return nil
}

// All runs the flow and yields its events, in no order but that of each pair of
// stages. The loop ends with the flow; if that was a failure, the error comes
// last, with no event. Leaving the loop stops the flow and waits for its
// stages. Each range over it is a run of its own.
func (f Flow[T]) All(ctx context.Context, opts ...RunOption) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		b := newBuild(ctx, opts)
		var from []stage.Source[T]
		job, err := f.launch(b, nil, func(sources []stage.Source[T]) error {
			from = sources
			return nil
		})
		if err != nil {
			yield(none, err)
			return
		}
		defer job.Stop()
		listening, leave := context.WithCancel(ctx)
		defer leave()
		for event, err := range stage.Stream(listening, transient(from), stage.In(b.system), stage.DemandOf(b.sourcePIDs()...)) {
			if err != nil {
				b.broken(ctx, err)
				break
			}
			if !yield(event, nil) {
				leave() // the stream need not wait, Stop does
				return
			}
		}
		<-job.Done()
		if err := job.Err(); err != nil {
			yield(none, err)
		}
	}
}

// Collect runs the flow and returns its events.
func (f Flow[T]) Collect(ctx context.Context, opts ...RunOption) (events []T, err error) {
	for event, err := range f.All(ctx, opts...) {
		if err != nil {
			return nil, err
		}
		events = append(events, event)
	}
	return events, nil
}
