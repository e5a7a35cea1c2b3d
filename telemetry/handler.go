package telemetry

import "context"

// Handler hears of events, each in the goroutine where it happens and before the work
// goes on: it must be quick, must not wait, and may be called by many goroutines at
// once.
//
// What it returns from an event whose name ends in ".start" is the context that the
// rest runs with, the user's callback and the later handlers included; it must be
// derived from ctx. From other events it is ignored. nil means ctx.
//
// A handler that panics, or calls runtime.Goexit, is detached for good and logged as an
// error: see [Hub.Emit].
type Handler interface {
	Handle(ctx context.Context, e Event) context.Context
}

// HandlerFunc makes a [Handler] of a function.
type HandlerFunc func(ctx context.Context, e Event) context.Context

// Handle calls f.
func (f HandlerFunc) Handle(ctx context.Context, e Event) context.Context { return f(ctx, e) }

// On makes a handler of a function for one kind of event; with an interface in its
// place, for every event that has its methods. Of a nil function it makes nil, which
// [Hub.Attach] refuses.
func On[E Event](f func(ctx context.Context, e E)) Handler {
	if f == nil {
		return nil // refused by Attach
	}
	return HandlerFunc(func(ctx context.Context, e Event) context.Context {
		if event, ok := e.(E); ok {
			f(ctx, event)
		}
		return ctx
	})
}
