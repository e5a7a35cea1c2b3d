package slogbridge

import (
	"fmt"
	"log/slog"
	"math"
	"reflect"
	"strings"

	"github.com/stagecraft-go/stagecraft/telemetry"
)

// Off is the level of events that are not logged.
const Off = slog.Level(math.MinInt)

// Option configures a [Handler].
type Option func(*Handler) error

// WithLevel sets the level of one kind of event, or turns it [Off]. E is a struct,
// or New fails. Default: see [DefaultLevel].
func WithLevel[E telemetry.Event](level slog.Level) Option {
	return func(h *Handler) error {
		kind := reflect.TypeFor[E]()
		if kind.Kind() != reflect.Struct {
			return fmt.Errorf("slogbridge: WithLevel: the kind of event is %v, allowed is a struct", kind)
		}
		var zero E
		h.levels[zero.Name()] = level
		return nil
	}
}

// DefaultLevel is the level of an event without [WithLevel]:
//
//   - Error: an exception, an acknowledgement that failed, a message that could not be
//     put aside.
//   - Warn: a failed message or batch, a retry, a dead letter, a restart, messages
//     that were reclaimed, discarded or not finished.
//   - Info: a pipeline starts, drains, pauses or resumes.
//   - Debug: the rest.
func DefaultLevel(e telemetry.Event) slog.Level {
	switch e := e.(type) {
	case telemetry.Ack:
		return worse(e.Err != nil, slog.LevelError, slog.LevelDebug)
	case telemetry.DeadLetter:
		return worse(e.Failure != nil, slog.LevelError, slog.LevelWarn)
	case telemetry.MessageStop:
		return worse(e.Err != nil, slog.LevelWarn, slog.LevelDebug)
	case telemetry.BatchStop:
		return worse(e.Err != nil, slog.LevelWarn, slog.LevelDebug)
	case telemetry.DrainStop:
		return worse(e.Unfinished > 0, slog.LevelWarn, slog.LevelInfo)
	case telemetry.Retry, telemetry.WorkerRestart, telemetry.Reclaimed, telemetry.Discarded:
		return slog.LevelWarn
	case telemetry.TopologyInit, telemetry.DrainStart, telemetry.Paused, telemetry.Resumed:
		return slog.LevelInfo
	}
	return worse(strings.HasSuffix(e.Name(), ".exception"), slog.LevelError, slog.LevelDebug)
}

func worse(is bool, level, otherwise slog.Level) slog.Level {
	if is {
		return level
	}
	return otherwise
}
