package flow

import (
	"cmp"
	"context"
	"errors"
	"iter"

	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/stage"
)

// RunOption sets how a flow is run.
type RunOption func(*runConfig)

type runConfig struct {
	system  *process.System
	watch   func(stage string) stage.Option // nil: nobody
	invalid error                           // a mistake in the options
}

// In runs the stages in a given system. Default process.SystemOf(ctx).
func In(system *process.System) RunOption {
	return func(c *runConfig) {
		c.system = system
		if system == nil {
			c.invalid = &ProgramError{Op: "In", Problem: "the system is nil"}
		}
	}
}

// Watch gives each stage of the run an option that observes it, such as the
// Watch method of a recorder of package trace. It is asked with the name of the
// operation that the stage begins with, numbered if there are several stages:
// "Lines", "PartitionBy/0", "PartitionBy/1", and at the end the name of the
// function that runs the flow. Stages of others are not watched.
func Watch(option func(stage string) stage.Option) RunOption {
	return func(c *runConfig) { c.watch = option }
}

// newBuild begins a run.
func newBuild(caller context.Context, opts []RunOption) *build {
	var c runConfig
	for _, opt := range opts {
		if opt == nil {
			c.invalid = &ProgramError{Op: "run", Problem: "an option is nil"}
			continue
		}
		opt(&c)
	}
	if c.system == nil && c.invalid == nil {
		c.system = process.SystemOf(caller)
	}
	ctx, cancel := context.WithCancelCause(caller)
	j := &job{system: c.system, caller: caller, ctx: ctx, cancel: cancel, done: make(chan struct{})}
	context.AfterFunc(ctx, func() { j.stopping.Store(true) })
	return &build{job: j, invalid: c.invalid, watcher: c.watch}
}

// launch starts the stages of a flow, and attach what takes its events. After
// an error nothing is left.
func launch[T any](f Flow[T], b *build, r *route[T], attach func(from []stage.Source[T]) error) (job *Job, err error) {
	if err := cmp.Or(f.Check(), b.invalid); err != nil {
		b.cancel(err)
		return nil, err
	}
	defer func() { // also when a function of the user leaves by runtime.Goexit
		if job == nil {
			err = b.giveUp(err)
		}
	}()
	last := f.plan.program.ops[len(f.plan.program.ops)-1]
	err = b.culprit(last, len(f.plan.program.ops)).safely(func() error {
		sources, err := startRouted(b, f.plan, r)
		if err != nil {
			return err
		}
		return attach(sources)
	})
	if err != nil {
		return nil, err
	}
	go b.supervise(b.patience)
	return &Job{b.job}, nil
}

// Check tells what is wrong with the program, a [*ProgramError], or nil. It
// starts nothing. Whatever runs the flow does the same first.
func (f Flow[T]) Check() error {
	if f.plan == nil {
		return &ProgramError{Op: "Flow", Problem: "there is no source"}
	}
	return f.plan.program.err
}

// Run runs the flow to its end. What it emits is dropped. The error is a
// [*ProgramError], an [*OpError], the failure of a stage, or that of ctx, whose
// end stops the flow: errors.Is finds both what ctx.Err returns and its cause.
func (f Flow[T]) Run(ctx context.Context, opts ...RunOption) error {
	job, err := f.Start(ctx, opts...)
	if err != nil {
		return err
	}
	<-job.Done()
	return job.Err()
}

// Supervised is [Flow.Run] as a function for supervisor.Func, which makes the
// flow a child of a supervisor. A flow that comes to its end is not to be
// started again: give the child the restart type Transient. One over a source
// that can be read only once, such as [Lines], cannot be: there write a function
// that makes the source and the flow, and runs it.
func (f Flow[T]) Supervised(opts ...RunOption) func(context.Context) error {
	return func(ctx context.Context) error { return f.Run(ctx, opts...) }
}

// Start is [Flow.Run] in the background: it returns when all stages run. What
// fails until then is its error, one of those of Run, and nothing is left running;
// what fails later is that of the [Job].
func (f Flow[T]) Start(ctx context.Context, opts ...RunOption) (*Job, error) {
	b := newBuild(ctx, opts)
	job, err := launch(f, b, &route[T]{discard: true}, func(from []stage.Source[T]) error {
		c, err := stage.StartConsumer(b.ctx, new(sink[T]), transient(from), b.options("Start")...)
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
	return func(yield func(T, error) bool) { each(ctx, f, opts, yield) }
}

// each runs the flow for a loop.
func each[T any](ctx context.Context, f Flow[T], opts []RunOption, yield func(T, error) bool) {
	var none T
	b := newBuild(ctx, opts)
	ctx = b.caller
	var from []stage.Source[T]
	job, err := launch(f, b, nil, func(sources []stage.Source[T]) error {
		from = sources
		return nil
	})
	if err != nil {
		yield(none, err)
		return
	}
	defer func() { <-job.job.halt() }()
	seen := false
	defer func() {
		if !seen {
			b.release()
		}
	}()
	listening, leave := context.WithCancel(ctx)
	defer leave()
	for event, err := range stage.Stream(listening, transient(from), b.options("All", stage.DemandOf(b.sourcePIDs()...))...) {
		if err != nil {
			b.broken(ctx, err)
			break
		}
		seen = true
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

// Collect runs the flow and returns its events, or an error as [Flow.Run].
func (f Flow[T]) Collect(ctx context.Context, opts ...RunOption) (events []T, err error) {
	for event, err := range f.All(ctx, opts...) {
		if err != nil {
			return nil, err
		}
		events = append(events, event)
	}
	return events, nil
}

// ErrNoResult and ErrManyResults are errors of [Flow.One].
var (
	ErrNoResult    = errors.New("flow: no result where one is expected")
	ErrManyResults = errors.New("flow: more than one result where one is expected")
)

// One runs the flow and returns its event, of which there has to be exactly one:
// such as the state of a [Reduce] with one stage, or what [Combine] makes of
// several. The error is [ErrNoResult] or [ErrManyResults] otherwise, or as that of
// [Flow.Run]; at the second event the flow is stopped.
func (f Flow[T]) One(ctx context.Context, opts ...RunOption) (T, error) {
	var result, none T
	found := false
	for event, err := range f.All(ctx, opts...) {
		switch {
		case err != nil:
			return none, err
		case found:
			return none, ErrManyResults
		}
		result, found = event, true
	}
	if !found {
		return none, ErrNoResult
	}
	return result, nil
}
