package process

import "context"

// startContext is a [Self.StartContext]. It is found in contexts derived from it.
type startContext struct{ context.Context }

type startContextKey struct{}

func (c *startContext) Value(key any) any {
	if key == (startContextKey{}) {
		return c
	}
	return c.Context.Value(key)
}

// StartContext is [Self.Context] for starting other processes that are to
// outlive this one, or to be stopped by it in an order: its end fails a start
// that is under way, but it is not the lifetime of what was started. Values may
// be added to it; a context derived from it with an end of its own is a
// lifetime again.
func (s *Self) StartContext() context.Context { return &startContext{s.Context()} }

// boundsStartOnly tells whether ctx ends just when a StartContext does.
func boundsStartOnly(ctx context.Context) bool {
	c, ok := ctx.Value(startContextKey{}).(*startContext)
	return ok && c.Done() == ctx.Done()
}
