package testworld

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"sync"
)

// LogBook is a slog.Handler that keeps what is logged, at level info and above.
type LogBook struct {
	mu      sync.Mutex
	records []slog.Record
	taken   int // of them
}

// varying are the attributes that differ from run to run.
var varying = []string{"name", "pid", "child_pid", "stack", "consumer", "producer", "ref"}

// Enabled implements slog.Handler.
func (b *LogBook) Enabled(_ context.Context, level slog.Level) bool { return level >= slog.LevelInfo }

// WithAttrs implements slog.Handler. What a logger says of itself is not kept.
func (b *LogBook) WithAttrs([]slog.Attr) slog.Handler { return b }

// WithGroup implements slog.Handler.
func (b *LogBook) WithGroup(string) slog.Handler { return b }

// Handle implements slog.Handler.
func (b *LogBook) Handle(_ context.Context, r slog.Record) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.records = append(b.records, r.Clone())
	return nil
}

// Records are all that were kept.
func (b *LogBook) Records() []slog.Record {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.records)
}

// Take returns a line for each record since the last Take: the level, the
// message, and the attributes but for those that differ from run to run.
func (b *LogBook) Take() []string {
	b.mu.Lock()
	records := b.records[b.taken:]
	b.taken = len(b.records)
	b.mu.Unlock()
	return lines(records)
}

// Has tells whether a line of any record has this text in it.
func (b *LogBook) Has(text string) bool {
	return slices.ContainsFunc(lines(b.Records()), func(line string) bool { return strings.Contains(line, text) })
}

func lines(records []slog.Record) (all []string) {
	for _, r := range records {
		line := r.Level.String() + " " + r.Message
		r.Attrs(func(a slog.Attr) bool {
			if !slices.Contains(varying, a.Key) {
				line += " " + a.String()
			}
			return true
		})
		all = append(all, line)
	}
	return all
}
