package broadwaykit

import (
	"context"
	"errors"
	"sync"

	"github.com/stagecraft-go/stagecraft/process"
)

// die kills the worker that calls it. Its goroutine is left alone from then on,
// and goes no further.
func (b *bench) die(ctx context.Context, with any) {
	worker := workerOf(ctx)
	b.journal.note(func(r *record) { r.killed = append(r.killed, [2]any{worker, with}) })
	if p, alive := b.process(worker); alive {
		p.Kill()
	}
	<-b.over
}

// gates are what callbacks wait at until the script opens them.
type gates struct {
	*bench
	mu      sync.Mutex
	open    map[string]chan struct{}
	waiting map[string]bool
}

func (g *gates) gate(name string) chan struct{} {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.open[name] == nil {
		g.open[name] = make(chan struct{})
	}
	return g.open[name]
}

// pass waits at a gate.
func (g *gates) pass(name string) {
	open := g.gate(name)
	g.journal.note(func(*record) { g.waiting[name] = true })
	select {
	case <-open:
	case <-g.over:
	}
}

// await waits until a callback waits at a gate.
func (g *gates) await(name string) {
	g.journal.await(func(*record) bool { return g.waiting[name] })
}

// helper is a process that dies as soon as it is told anything.
type helper struct{ link *process.PID }

var errHelper = errors.New("helper crashed")

// Init implements process.Behaviour.
func (h *helper) Init(self *process.Self) error {
	self.Link(h.link)
	return nil
}

// Handle implements process.Behaviour.
func (*helper) Handle(*process.Self, any) error { return errHelper }

// Terminate implements process.Behaviour.
func (*helper) Terminate(*process.Self, error) {}

// help starts a helper that is linked to the worker, and lets it crash.
func (b *bench) help(ctx context.Context) *process.Process {
	worker, _ := b.process(workerOf(ctx))
	p, err := b.system.Start(context.Background(), &helper{worker.PID()})
	if err != nil {
		panic(err)
	}
	p.Send(struct{}{})
	return p
}
