package main

import (
	"context"
	"sync/atomic"

	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/stage"
)

// window is a producer that keeps only the latest events. A handler that may miss
// some subscribes to it, and not to the hub, so that it does not hold back the
// others. What fills it, add, is a handler that is never slow.
type window[E any] struct {
	*stage.Producer[E]
	missed *atomic.Int64
}

func newWindow[E any](ctx context.Context, system *process.System, size int) (window[E], error) {
	p := &pane[E]{}
	producer, err := stage.StartProducer(ctx, p, stage.In(system),
		stage.BufferSize(size), stage.BufferKeep(stage.KeepLast))
	return window[E]{producer, &p.missed}, err
}

func (w window[E]) add(_ context.Context, event E) error {
	stage.Cast(w, event)
	return nil
}

// pane is the stage of a window. What nobody has asked for goes to its buffer.
type pane[E any] struct{ missed atomic.Int64 }

func (*pane[E]) HandleDemand(*stage.Context[E], int) error { return nil }

func (*pane[E]) HandleCast(ctx *stage.Context[E], event E) error {
	ctx.Emit(event)
	return nil
}

// FormatDiscarded counts what the buffer drops, which need not be logged.
func (p *pane[E]) FormatDiscarded(count int) (warn bool) {
	p.missed.Add(int64(count))
	return false
}
