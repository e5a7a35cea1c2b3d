package slogbridge

import (
	"context"
	"errors"
	"log/slog"

	"github.com/stagecraft-go/stagecraft/telemetry"
)

// Handler logs events. It is a [telemetry.Handler].
type Handler struct {
	logger *slog.Logger
	levels map[string]slog.Level // by name of event
}

// New makes a handler that logs to logger. It fails for a nil logger and for a
// wrong option.
func New(logger *slog.Logger, opts ...Option) (*Handler, error) {
	if logger == nil {
		return nil, errors.New("slogbridge: the logger is nil")
	}
	h := &Handler{logger: logger, levels: make(map[string]slog.Level)}
	for _, opt := range opts {
		if opt == nil {
			return nil, errors.New("slogbridge: an option is nil")
		}
		if err := opt(h); err != nil {
			return nil, err
		}
	}
	return h, nil
}

// Handle logs an event if its level is enabled. The context is passed on as it is.
func (h *Handler) Handle(ctx context.Context, e telemetry.Event) context.Context {
	if level := h.level(e); level != Off && h.logger.Enabled(ctx, level) {
		h.logger.LogAttrs(ctx, level, e.Name(), e.LogAttrs()...)
	}
	return ctx
}

func (h *Handler) level(e telemetry.Event) slog.Level {
	if level, ok := h.levels[e.Name()]; ok {
		return level
	}
	return DefaultLevel(e)
}
