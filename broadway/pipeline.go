package broadway

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/stagecraft-go/stagecraft/internal/ctxerr"
	"github.com/stagecraft-go/stagecraft/internal/guard"
	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/stage"
	"github.com/stagecraft-go/stagecraft/supervisor"
	"github.com/stagecraft-go/stagecraft/telemetry"
)

// ErrGaveUp is the error of a pipeline whose workers crashed too often.
var ErrGaveUp = errors.New("broadway: too many restarts")

// Pipeline is a running pipeline, by the type of the messages that come in.
type Pipeline[In any] struct {
	*Handle
	producers []*producerSlot[In]
}

// Start starts a pipeline and returns when all its processes run. A mistake in
// the config is a [*ConfigError], and nothing was started. Other errors are that
// of whatever could not be started, such as what NewHandler returned, and those of
// process.System.Start. After an error nothing is left running.
//
// ctx is the life of the pipeline: when it ends, the pipeline drains and stops.
// Its values are there in the contexts of callbacks. Within a StartFunc of a
// supervisor pass on its ctx: a *Pipeline is a supervisor.Child.
func Start[In, Out any](ctx context.Context, config Config[In, Out]) (*Pipeline[In], error) {
	config, err := config.complete()
	if err != nil {
		return nil, err
	}
	config, extra, err := prepared(config)
	if err != nil {
		return nil, err
	}
	if config.System == nil {
		config.System = process.SystemOf(ctx)
	}
	e := newEngine(ctx, config)
	root := &root{core: &e.core, parts: e, extra: extra, values: ctx, closeSources: e.closeSources, interrupt: e.interruptSources}
	var opts []process.StartOption
	if config.Name != "" {
		opts = append(opts, process.WithName(config.Name))
	}
	_, err = config.System.Start(ctx, root, opts...)
	if err != nil {
		e.closeSources()
		return nil, startError(err)
	}
	if e.hub.Active() {
		e.hub.Emit(ctx, e.topologyInit())
	}
	return &Pipeline[In]{e.handle, e.producers}, nil
}

// startError is the reason why a child could not start, without the supervisors
// around it.
func startError(err error) error {
	var child *supervisor.StartError
	for errors.As(err, &child) {
		err = child.Reason
	}
	return err
}

// prepared calls the hooks of the sources.
func prepared[In, Out any](config Config[In, Out]) (Config[In, Out], []supervisor.Spec, error) {
	var extra []supervisor.Spec
	for _, p := range config.Producers {
		for _, hook := range p.Source.prepare {
			s := config.settings()
			specs, err := prepareForStart(hook, s)
			if err != nil {
				return config, nil, err
			}
			extra = append(extra, specs...)
			if config, err = config.with(s); err != nil {
				return config, nil, err
			}
		}
	}
	return config, extra, nil
}

func prepareForStart(hook func(*Settings) ([]supervisor.Spec, error), s *Settings) (specs []supervisor.Spec, err error) {
	defer guard.Recover(&err)
	return hook(s)
}

func (e *engine[In, Out]) closeSources() {
	for _, s := range e.sources {
		if s.interrupt != nil {
			s.interrupt()
		}
		if s.close != nil {
			s.close()
		}
	}
}

func (e *engine[In, Out]) interruptSources() {
	for _, s := range e.sources {
		if s.interrupt != nil {
			s.interrupt()
		}
	}
}

func (e *engine[In, Out]) topologyInit() telemetry.TopologyInit {
	t := telemetry.TopologyInit{
		Component: e.component(), Producers: len(e.producers), Processors: len(e.workers), At: time.Now(),
	}
	for _, b := range e.batchers {
		t.Batchers = append(t.Batchers, b.config.Name)
	}
	return t
}

// Push hands messages to one of the producers, at random, and returns when it
// has taken them. They pass whatever the rate limit, and wait while the
// pipeline is paused. It fails with [ErrStopping], with the error of ctx, or, if
// the producer has crashed before it took them, with a *process.ExitError. (If it
// crashed behind that, too: then to push again doubles them.)
func (p *Pipeline[In]) Push(ctx context.Context, messages ...Message[In]) error {
	if ctx.Err() != nil {
		return fmt.Errorf("broadway: push: %w", ctxerr.Of(ctx))
	}
	slot := p.producers[rand.IntN(len(p.producers))]
	h := slot.handle.Load()
	if h == nil {
		return ErrStopping
	}
	own := slices.Clone(messages) // the caller may go on when ctx ends before they are taken
	refused, err := stage.Call[error](ctx, h, push[In]{own})
	if err != nil && p.core.draining.Load() {
		return errors.Join(ErrStopping, err)
	}
	return errors.Join(err, refused)
}

// root is the process of the pipeline, above its supervisor: its end drains.
type root struct {
	core         *core
	parts        parts
	extra        []supervisor.Spec
	values       context.Context
	supervisor   *supervisor.Supervisor
	interrupt    func()
	closeSources func()
	gaveUp       bool
}

// parts is what the root needs of an engine.
type parts interface {
	children(extra []supervisor.Spec) []supervisor.Spec
	top(self *process.Self) []supervisor.Option
	shutdown() time.Duration
}

func (e *engine[In, Out]) shutdown() time.Duration { return e.config.Shutdown }

type (
	finished struct{}               // the sources have ended and nothing is left
	stopNow  struct{ reason error } // somebody wants the pipeline to stop
)

// Init starts everything.
func (r *root) Init(self *process.Self) (err error) {
	self.TrapExit(true)
	r.core.handle.process = self.Process()
	if err := r.awaitPredecessor(self); err != nil {
		return err
	}
	r.core.undertaker, err = r.core.system.Start(self.StartContext(), &undertaker{core: r.core, monitors: make(map[*process.Ref]enrolled), closeSources: r.closeSources}, process.LinkTo(self))
	if err != nil {
		return err
	}
	r.supervisor, err = supervisor.Start(self.StartContext(), r.parts.children(r.extra), r.parts.top(self)...)
	if err != nil {
		r.giveUp()
		return err
	}
	return nil
}

// giveUp fails what came in before the start failed.
func (r *root) giveUp() {
	c := r.core
	c.draining.Store(true)
	c.undertaker.Exit(process.Kill)
	var all []*record
	for _, l := range c.ledgers {
		all = append(all, l.takeAll()...)
	}
	within(r.parts.shutdown(), func() { c.failWaiting(r.values, all, because(ErrStopping)) })
}

// awaitPredecessor waits until the processes of a pipeline of this name are gone
// which was killed, and has left them behind.
func (r *root) awaitPredecessor(self *process.Self) error {
	if r.core.name == "" {
		return nil
	}
	old, ok := r.core.system.Whereis(r.core.processName("Supervisor"))
	if !ok {
		return nil
	}
	timer := time.NewTimer(r.parts.shutdown())
	defer timer.Stop()
	select {
	case <-old.Done():
	case <-timer.C: // then its name is taken
	case <-self.Context().Done():
		return context.Cause(self.Context())
	}
	return nil
}

// Handle implements process.Behaviour.
func (r *root) Handle(_ *process.Self, msg any) error {
	switch m := msg.(type) {
	case finished:
		return process.Normal
	case stopNow:
		return m.reason
	case *process.Exit:
		r.gaveUp = m.From != nil && m.From.Equal(r.supervisor.PID())
		return m.Reason
	}
	return nil
}

// Terminate drains the pipeline.
func (r *root) Terminate(self *process.Self, _ error) {
	c := r.core
	began := time.Now()
	c.draining.Store(true)
	deadline := time.NewTimer(r.parts.shutdown())
	defer deadline.Stop()
	r.tell(telemetry.DrainStart{
		Component: c.component(), Deadline: began.Add(r.parts.shutdown()), InFlight: c.unfinished(), At: began,
	})
	r.interrupt()
	c.undertaker.Send(failAll{c.retries.close()})
	self.Exit(r.supervisor.Process(), process.Shutdown)
	r.awaitSupervisor(deadline.C)
	within(mercy, r.closeSources)
	r.stopUndertaker(deadline.C)
	c.handle.finish(r.gaveUp, time.Since(began))
	r.tell(telemetry.DrainStop{
		Component: c.component(), Unfinished: c.handle.Report().Unfinished, Took: time.Since(began),
	})
}

// tell tells telemetry, whose handlers must not hold up the end.
func (r *root) tell(e telemetry.Event) {
	if r.core.hub.Active() {
		within(mercy, func() { r.core.hub.Emit(r.values, e) })
	}
}

// mercy is how long what was killed, or is not bound by the deadline, may take.
// There are four such waits, which together stay below 100 ms.
const mercy = 20 * time.Millisecond

// within waits for a function, but not for ever.
func within(d time.Duration, f func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		f()
	}()
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-done:
	case <-timer.C:
	}
}

func (r *root) awaitSupervisor(deadline <-chan time.Time) {
	select {
	case <-r.supervisor.Done():
		return
	case <-deadline:
	}
	r.core.abandonAll()
	timer := time.NewTimer(mercy)
	defer timer.Stop()
	select {
	case <-r.supervisor.Done():
	case <-timer.C: // a start function hangs
		r.supervisor.Process().Kill()
	}
}

// stopUndertaker lets it do what there is to do.
func (r *root) stopUndertaker(deadline <-chan time.Time) {
	u := r.core.undertaker
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		_ = u.Stop(context.Background(), process.Normal)
		r.core.settling.Wait()
	}()
	if r.core.overdue.Load() {
		timer := time.NewTimer(mercy)
		defer timer.Stop()
		deadline = timer.C
	}
	select {
	case <-stopped:
	case <-deadline:
		r.core.overdue.Store(true)
		u.Kill()
	}
}
