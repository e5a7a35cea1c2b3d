package broadway

import (
	"context"

	"github.com/stagecraft-go/stagecraft/process"
)

// terminator is the last process of the tree, and so the first to be stopped:
// it drains the pipeline, and ends when the last layer is through. When it is
// stopped because of a crash there is nothing to drain.
type terminator struct {
	core    *core
	layers  layers
	waiting map[*process.Ref]*process.PID
}

// layers is what the terminator needs of an engine.
type layers interface {
	tellProcessors(m workerMessage)
	tellProducers(m producerMessage)
	// lastLayer is the processes behind which nothing comes any more.
	lastLayer() []*process.Process
}

// workerDone says that a process of the last layer is through.
type workerDone struct{ pid *process.PID }

// reportDone notes that a worker of the last layer is through, and tells the
// terminator. That may come before the drain: when the worker's upstream has died
// and is not started again.
func (w *worker) reportDone() {
	c := w.core
	c.mu.Lock()
	c.through[w.id] = true
	c.mu.Unlock()
	if t := c.terminator.Load(); t != nil {
		t.Send(workerDone{w.self.PID()})
	}
}

// isThrough tells whether a worker has said so.
func (c *core) isThrough(pid *process.PID) bool {
	id := c.holderOf(pid)
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.through[id]
}

// Init implements process.Behaviour.
func (t *terminator) Init(self *process.Self) error {
	self.TrapExit(true)
	t.core.terminator.Store(self.Process())
	return nil
}

// Handle implements process.Behaviour.
func (t *terminator) Handle(self *process.Self, msg any) error {
	switch m := msg.(type) {
	case *process.Exit:
		if !t.core.draining.Load() || m.Reason != process.Shutdown {
			return m.Reason
		}
		t.drain(self)
	case workerDone:
		for ref, pid := range t.waiting {
			if pid.Equal(m.pid) {
				delete(t.waiting, ref)
			}
		}
	case *process.Down:
		delete(t.waiting, m.Ref)
	}
	if t.waiting != nil && len(t.waiting) == 0 {
		return process.Shutdown
	}
	return nil
}

// drain begins the drain: no processor looks for producers any more, no
// producer brings more in.
func (t *terminator) drain(self *process.Self) {
	t.waiting = make(map[*process.Ref]*process.PID)
	for _, p := range t.layers.lastLayer() {
		if !t.core.isThrough(p.PID()) {
			t.waiting[self.Monitor(p.PID())] = p.PID()
		}
	}
	t.layers.tellProcessors(willTerminate)
	t.layers.tellProducers(prepareToDrain)
}

// Terminate implements process.Behaviour.
func (*terminator) Terminate(*process.Self, error) {}

func startTerminator(ctx context.Context, t *terminator, opts ...process.StartOption) (*process.Process, error) {
	return t.core.system.Start(ctx, t, opts...)
}
