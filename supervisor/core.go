package supervisor

import (
	"context"
	"errors"
	"time"

	"github.com/stagecraft-go/stagecraft/internal/guard"
	"github.com/stagecraft-go/stagecraft/process"
)

// core is what all supervisors have in common: how one child is started and
// stopped, and who may stop the supervisor.
type core struct {
	config   *config
	self     *process.Self
	parent   *process.Process
	starting context.Context // of all start functions
	restarts intensity
	ending   bool // Terminate runs: only a kill interrupts it
}

type parentKey struct{}

// Parent is the supervisor that calls a start function with ctx, or nil. A child
// that traps exits has to end when its parent says so, or is gone.
func Parent(ctx context.Context) *process.Process {
	parent, _ := ctx.Value(parentKey{}).(*process.Process)
	return parent
}

// newCore makes a core for a supervisor that is started with ctx.
func newCore(ctx context.Context, c *config) core {
	core := core{config: c, parent: Parent(ctx), restarts: intensity{max: c.maxRestarts, within: c.within}}
	if c.link != nil {
		core.parent = c.link.Process()
	}
	return core
}

// begin is called first in the supervisor's process.
func (c *core) begin(self *process.Self) {
	c.self = self
	self.TrapExit(true)
	c.starting = context.WithValue(self.StartContext(), parentKey{}, self.Process())
}

// interrupted tells whether the supervisor was killed, or must stop ahead of its
// mail. What it does then is to no avail.
func (c *core) interrupted() bool {
	return !c.self.Alive() || !c.ending && c.self.Context().Err() != nil
}

// start calls a start function and ties the child to the supervisor. The body
// is nil if the function declined. Whoever calls this keeps the child, and then
// asks whether it was interrupted.
func (c *core) start(start StartFunc) (Child, body, error) {
	ctx := c.starting
	if c.config.starting != nil {
		ctx = c.config.starting(ctx)
	}
	child, b, err := c.call(ctx, start)
	switch {
	case errors.Is(err, process.Ignore):
		return nil, nil, nil
	case err != nil && c.interrupted():
		return nil, nil, errInterrupted
	case err != nil:
		return nil, nil, err
	}
	if p, ok := b.(processBody); ok {
		err = c.link(p.Process)
	}
	return child, b, err
}

// link is for children that are processes; a [Task] has its context.
func (c *core) link(p *process.Process) error {
	if p.System() != c.self.System() {
		p.Kill()
		return ErrForeignSystem
	}
	c.self.Link(p.PID())
	if !c.self.Alive() { // the link came too late
		c.self.Exit(p, process.Killed)
	}
	return nil
}

// call makes an error of a panic.
func (c *core) call(ctx context.Context, start StartFunc) (child Child, b body, err error) {
	defer guard.Recover(&err)
	if child, err = start(ctx); err != nil {
		return nil, nil, err
	}
	b = bodyOf(child)
	if task, ok := b.(*Task); ok && task.owner != c.self.Process() {
		b = processBody{task.Process()} // of another supervisor: it is a process as others are
	}
	if b == nil {
		return nil, nil, ErrNoChild
	}
	return child, b, nil
}

// reasonOf is why a child has ended, told by a signal. One that was dead before
// the link was made left its reason behind.
func (sl *slot) reasonOf(m *process.Exit) error {
	if m.Reason != process.NoProc {
		return m.Reason
	}
	<-sl.body.Done()
	return sl.body.Err()
}

// stranger looks at an exit signal that no child sent. Only the parent stops a
// supervisor this way, and the end of the world.
func (c *core) stranger(m *process.Exit) error {
	switch {
	case c.parent != nil && m.From == c.parent.PID():
		return m.Reason
	case c.self.System().Stopping():
		return process.Shutdown
	}
	return nil
}

// countRestart is an error if the supervisor gives up.
func (c *core) countRestart(sl *slot) error {
	if c.self.System().Stopping() { // nothing can be started any more
		return process.Shutdown
	}
	if !c.restarts.add(time.Now()) {
		c.emit(GaveUp, sl, ErrIntensity)
		return process.Shutdown
	}
	c.emit(ChildRestarting, sl, sl.reason)
	return nil
}

// later sends the supervisor a message, at once to the end of its queue or
// after the delay of a restart.
func (c *core) later(sl *slot, delay time.Duration, msg any) {
	if delay > 0 {
		sl.delay = c.self.SendAfter(delay, msg)
		return
	}
	c.self.Process().Send(msg)
}
