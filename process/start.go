package process

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/stagecraft-go/stagecraft/internal/ctxerr"
)

// StartOption is an option of [System.Start].
type StartOption func(*Process)

// WithName registers the process before Init runs. The name is free again when
// the process has ended.
func WithName(name string) StartOption {
	return func(p *Process) { p.name = name }
}

// LinkTo links the new process to the one that starts it before Init runs:
// start_link. When Init fails, the parent gets no signal, only Start's error.
func LinkTo(parent *Self) StartOption {
	return func(p *Process) { p.parent = parent.process }
}

// Quiet logs a failure of the process at debug level only, instead of as an
// error: for processes whose owner reports how they end.
func Quiet() StartOption {
	return func(p *Process) { p.quiet = true }
}

// Unawaited lets Start return before Init has run, which makes it cheaper. What
// goes wrong in Init is then the exit reason only, and no error of the start.
func Unawaited() StartOption {
	return func(p *Process) { p.unawaited = true }
}

// Start starts a process and returns when its Init is through: with Init's
// error if there is one, with a [*Crash] if Init panicked, with a
// [*NameTakenError], or with [ErrSystemStopped].
//
// ctx is the lifetime of the process. When it ends, the process stops ahead of
// its mail, with Terminate, and its reason is [ShutdownWith] the context's
// cause. When it ends during Init, the process is killed and Start returns an
// error that wraps the cause.
func (s *System) Start(ctx context.Context, b Behaviour, opts ...StartOption) (*Process, error) {
	if ctx.Err() != nil {
		return nil, fmt.Errorf("process: start: %w", ctxerr.Of(ctx))
	}
	p := &Process{system: s, behaviour: b, lifetime: ctx, number: s.sequence.Add(1)}
	p.self.process = p
	for _, opt := range opts {
		opt(p)
	}
	if err := s.names.reserve(p); err != nil {
		return nil, err
	}
	var started chan error
	if !p.unawaited {
		started = make(chan error, 1)
		p.starting = started
	}
	if err := s.launch(p); err != nil {
		s.names.release(p)
		return nil, err
	}
	if started != nil {
		if err := p.await(ctx, started); err != nil {
			return nil, err
		}
	}
	p.watchLifetime(ctx)
	return p, nil
}

// launch makes p known and lets it run. Who guesses its address may send to it
// while it is only half made; so it counts as running until it really does.
func (s *System) launch(p *Process) error {
	p.mailbox.running = true
	if err := s.spawner.spawn(p); err != nil {
		return err
	}
	s.table.add(p)
	if s.stopping.Load() { // asked after add, so that Shutdown finds it or we do
		p.condemn(&verdict{reason: ErrSystemStopped})
	}
	if p.parent != nil {
		p.link(p.parent)
	}
	p.known.Store(true)
	s.workers.start(&p.mailbox)
	return nil
}

// remove makes p unknown.
func (s *System) remove(p *Process) {
	s.table.remove(p)
	s.actors.ProcessRegistry.Remove(p.pid)
}

// await waits for Init.
func (p *Process) await(ctx context.Context, started <-chan error) error {
	select {
	case err := <-started:
		return err
	case <-ctx.Done():
		p.Kill()
		<-p.Done() // it may be ending by itself
		return fmt.Errorf("process: start: %w", ctxerr.Of(ctx))
	}
}

// watchLifetime stops p when ctx ends. Without an end it costs nothing.
func (p *Process) watchLifetime(ctx context.Context) {
	if ctx.Done() == nil || boundsStartOnly(ctx) {
		return
	}
	release := context.AfterFunc(ctx, func() {
		p.condemn(&verdict{reason: ShutdownWith(context.Cause(ctx)), terminate: true, urgent: true})
	})
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.reason != nil {
		release()
		return
	}
	p.release = release
}

// begin runs Init, in the process.
func (p *Process) begin() {
	p.begun = true
	if !p.guard(func() error { return p.behaviour.Init(&p.self) }) || p.verdict.Load() != nil {
		return
	}
	p.ready = true
	p.mu.Lock()
	starting := p.starting
	p.starting = nil
	p.mu.Unlock()
	if starting != nil {
		starting <- nil
	}
}

// startFailure turns the exit reason of a process that never was ready into
// the reason that others see.
func startFailure(err error) error {
	if errors.Is(err, Ignore) {
		return Normal
	}
	return err
}

// spawner makes actors. Props are large and every actor keeps a pointer to its
// own, so they are shared: a mould is filled with one process, spawned from,
// and used again.
type spawner struct {
	system *System
	moulds sync.Pool
}

type mould struct {
	props   *actor.Props
	process *Process
}

func (s *spawner) init(system *System) {
	s.system = system
	s.moulds.New = func() any {
		m := &mould{}
		m.props = actor.PropsFromProducer(
			func() actor.Actor { return (*receiver)(m.process) },
			actor.WithMailbox(func() actor.Mailbox { return &m.process.mailbox }),
			actor.WithDispatcher(system.workers),
		)
		return m
	}
}

// spawn makes the actor of p, under an id of our own: the names that users
// choose live in our registry.
func (s *spawner) spawn(p *Process) error {
	p.mailbox.owner = p
	m := s.moulds.Get().(*mould)
	m.process = p
	pid, err := s.system.actors.Root.SpawnNamed(m.props, s.system.prefix+strconv.FormatUint(p.number, 10))
	m.process = nil
	s.moulds.Put(m)
	if err != nil {
		return fmt.Errorf("process: spawn: %w", err)
	}
	p.pid = pid
	return nil
}

// receiver is a process as protoactor sees it.
type receiver Process

// Receive gets messages without their envelopes.
func (r *receiver) Receive(ctx actor.Context) { (*Process)(r).handle(ctx.Message()) }
