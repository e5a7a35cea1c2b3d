package flowkit

import (
	"context"
	"log/slog"
	"sync"

	"github.com/stagecraft-go/stagecraft/process"
)

// bench is what a flow runs on, and what its operations note.
type bench struct {
	ctx    context.Context
	system *process.System

	mu     sync.Mutex
	tapped []Value
	inits  []Value
}

func newBench(ctx context.Context) *bench {
	return &bench{ctx: ctx, system: process.NewSystem(process.WithLogger(slog.New(slog.DiscardHandler)))}
}

// tap notes an element that passes.
func (b *bench) tap(e Value) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.tapped = append(b.tapped, e)
}

// init notes the start of a stage of a layer.
func (b *bench) init(index, total int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.inits = append(b.inits, pair(number(index), number(total)))
}
