package telemetry

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
)

// Hub passes events to the handlers that are attached to it. The zero value is ready;
// a nil one takes no handlers and drops all events. It is safe for concurrent use.
type Hub struct {
	mu sync.Mutex // for changes
	// handlers is never empty: it is nil without any. A slice is never changed.
	handlers atomic.Pointer[[]*attached]
}

type attached struct {
	name    string
	handler Handler
}

var standard Hub

// Default is the program's own hub, which pipelines use unless they are given another.
func Default() *Hub { return &standard }

// Attach adds a handler under a name of its own, after those that are there. A name
// that is taken is a [*NameTakenError]; a nil hub, an empty name and a nil handler
// are refused too.
//
// The function that is returned detaches it again; more calls do nothing. Events that
// are being emitted at this moment may still reach it.
func (h *Hub) Attach(name string, handler Handler) (detach func(), err error) {
	switch f, isFunc := handler.(HandlerFunc); {
	case h == nil:
		return nil, errNoHub
	case name == "":
		return nil, errNoName
	case handler == nil, isFunc && f == nil:
		return nil, fmt.Errorf("telemetry: Attach %q: %w", name, errNoHandler)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	handlers := h.list()
	if slices.ContainsFunc(handlers, func(a *attached) bool { return a.name == name }) {
		return nil, &NameTakenError{Name: name}
	}
	added := &attached{name: name, handler: handler}
	h.store(append(slices.Clone(handlers), added))
	return func() { h.remove(added) }, nil
}

// Active tells whether anybody listens. Whoever emits events asks this first, for the
// price of one atomic load, and builds none if not.
func (h *Hub) Active() bool { return h != nil && h.handlers.Load() != nil }

// Handlers are the names of the attached handlers in their order.
func (h *Hub) Handlers() []string {
	var names []string
	for _, a := range h.list() {
		names = append(names, a.name)
	}
	return names
}

// Emit calls the handlers in the order of their attachment and returns the context to
// go on with, which is ctx or, from an event that starts something, what the handlers
// made of it.
//
// A handler that panics is detached and logged with the stack; Emit goes on with the
// next. So it does after a runtime.Goexit in a handler, but then the calling goroutine
// ends, which nobody can prevent.
func (h *Hub) Emit(ctx context.Context, e Event) context.Context {
	return h.emit(ctx, e, h.list())
}

func (h *Hub) emit(ctx context.Context, e Event, handlers []*attached) context.Context {
	if len(handlers) == 0 {
		return ctx
	}
	start := strings.HasSuffix(e.Name(), ".start")
	for i, a := range handlers {
		if next := h.call(ctx, e, a, handlers[i+1:]); start && next != nil {
			ctx = next
		}
	}
	return ctx
}

// call calls one handler. The others are those that it is the last chance for if this
// one ends the goroutine.
func (h *Hub) call(ctx context.Context, e Event, a *attached, others []*attached) context.Context {
	returned := false
	defer func() {
		if returned {
			return
		}
		value := recover()
		h.fail(ctx, e, a, value)
		if value == nil {
			h.emit(ctx, e, others)
		}
	}()
	next := a.handler.Handle(ctx, e)
	returned = true
	return next
}

// fail detaches a handler that panicked, or that ended its goroutine (nil), and logs it
// once even if it did so in many goroutines.
func (h *Hub) fail(ctx context.Context, e Event, a *attached, value any) {
	if !h.remove(a) {
		return
	}
	if value == nil {
		value = "runtime.Goexit"
	}
	slog.ErrorContext(ctx, "telemetry: handler failed and was detached", "handler", a.name,
		"event", e.Name(), "value", value, "stack", string(debug.Stack()))
}

// remove takes a handler out and tells whether it was in.
func (h *Hub) remove(a *attached) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	handlers := h.list()
	i := slices.Index(handlers, a)
	if i < 0 {
		return false
	}
	h.store(slices.Delete(slices.Clone(handlers), i, i+1))
	return true
}

func (h *Hub) list() []*attached {
	if h == nil {
		return nil
	}
	if handlers := h.handlers.Load(); handlers != nil {
		return *handlers
	}
	return nil
}

func (h *Hub) store(handlers []*attached) {
	if len(handlers) == 0 {
		h.handlers.Store(nil)
		return
	}
	h.handlers.Store(&handlers)
}
