package main

import (
	"context"
	"sync/atomic"

	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/stage"
)

// push is a text for a device.
type push struct {
	device uint64
	text   string
}

// collector takes pushes from anybody, and keeps them until a pusher asks. What it
// keeps is bounded in two places: at its entrance, since the mailbox of a stage
// has no limit, and in its buffer.
type collector struct {
	producer *stage.Producer[push]
	counts   *counts
	entrance int64        // how many may wait in the mailbox
	waiting  atomic.Int64 // there
}

func startCollector(ctx context.Context, system *process.System, counts *counts, entrance, buffer int) (*collector, error) {
	c := &collector{counts: counts, entrance: int64(entrance)}
	var err error
	c.producer, err = stage.StartProducer(ctx, (*inside)(c), stage.In(system),
		// News gets old: if there is too much of it, the oldest goes.
		stage.BufferSize(buffer), stage.BufferKeep(stage.KeepLast))
	return c, err
}

// push hands a push over. It never waits, and may be called from any goroutine.
// It is false if too many are waiting at the entrance.
func (c *collector) push(p push) bool {
	c.counts.pushed.Add(1)
	if c.waiting.Add(1) > c.entrance {
		c.waiting.Add(-1)
		c.counts.refused.Add(1)
		return false
	}
	stage.Cast(c.producer, p)
	return true
}

// close ends the collector when its buffer is empty.
func (c *collector) close() { stage.AsyncInfo(c.producer, closing{}) }

type closing struct{}

// inside is the stage of a collector.
type inside collector

// HandleDemand has nothing to bring: pushes come by themselves, and the stage has
// looked into its buffer.
func (*inside) HandleDemand(*stage.Context[push], int) error { return nil }

// HandleCast takes a push. It goes to a pusher, or to the buffer if none has
// asked.
func (c *inside) HandleCast(ctx *stage.Context[push], p push) error {
	c.waiting.Add(-1)
	ctx.Emit(p)
	return nil
}

// FormatDiscarded counts what the buffer drops, instead of logging it.
func (c *inside) FormatDiscarded(count int) (warn bool) {
	c.counts.dropped.Add(int64(count))
	return false
}

// HandleInfo ends the stage behind its last push.
func (*inside) HandleInfo(*stage.Context[push], closing) error { return process.Normal }
