package supervisor

import (
	"context"
	"time"
)

// taskContext is the context of a task's function. Making a context that can be
// cancelled costs as much as the rest of a task, and a short function has no use
// for it: so the real one is made when somebody looks at it.
type taskContext Task

var _ context.Context = (*taskContext)(nil)

// real is the context that the task can cancel.
func (c *taskContext) real() context.Context {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ctx == nil {
		c.ctx, c.cancel = context.WithCancelCause(c.parent)
		if c.cause != nil {
			c.cancel(c.cause)
		}
	}
	return c.ctx
}

// Deadline implements context.Context.
func (c *taskContext) Deadline() (time.Time, bool) { return c.parent.Deadline() }

// Done implements context.Context.
func (c *taskContext) Done() <-chan struct{} { return c.real().Done() }

// Err implements context.Context.
func (c *taskContext) Err() error { return c.real().Err() }

// Value implements context.Context. Contexts that are derived from this one, and
// context.Cause, find the real one here.
func (c *taskContext) Value(key any) any { return c.real().Value(key) }

// cancelWith ends the context, unless that has been done.
func (c *taskContext) cancelWith(cause error) {
	c.mu.Lock()
	if c.cause == nil {
		c.cause = cause
	}
	cancel := c.cancel
	c.mu.Unlock()
	if cancel != nil {
		cancel(cause)
	}
}

// whyCancelled is the cause of its end, nil if it has not ended.
func (c *taskContext) whyCancelled() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.cause == nil && c.parent.Err() != nil {
		c.cause = context.Cause(c.parent)
	}
	return c.cause
}
