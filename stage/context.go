package stage

import (
	"context"
	"log/slog"
	"slices"

	"github.com/stagecraft-go/stagecraft/process"
)

// Context is what a callback has of its stage. It is valid while the callback
// runs, and must not be used from another goroutine.
type Context[Out any] struct {
	out   []Out // emitted in this callback
	stage *producing[Out]
}

// Emit emits one event. Events are dispatched when the callback returns nil,
// in order, and go to the buffer as far as nobody has asked for them. It may be
// called in every callback but Terminate. A consumer's events are dropped with
// an error in the log.
func (c *Context[Out]) Emit(event Out) { c.out = append(c.out, event) }

// EmitAll emits copies of events.
func (c *Context[Out]) EmitAll(events []Out) {
	if cap(c.out) == 0 && len(events) > 0 { // in a callback that was not expected to emit
		c.stage.prepare(len(events))
	}
	c.out = append(c.out, events...)
}

// Extend emits n events, 0 or more, and returns their slice. The callback fills
// in all of it before it emits anything else, for what is in it at first is not
// defined. It is the fastest way to emit many.
func (c *Context[Out]) Extend(n int) []Out {
	from := len(c.out)
	c.out = slices.Grow(c.out, n)[:from+n]
	return c.out[from:]
}

// shrink takes the last n of them back.
func (c *Context[Out]) shrink(n int) {
	last := len(c.out) - n
	clear(c.out[last:])
	c.out = c.out[:last]
}

// EmitOwned emits events without copying: the slice belongs to the stage from
// now on. A producer_consumer may pass on the slice of HandleEvents, unless the
// stage is [ReadOnly].
func (c *Context[Out]) EmitOwned(events []Out) {
	if len(c.out) > 0 {
		c.EmitAll(events)
		return
	}
	c.stage.handOver(events)
	c.out = events[:len(events):len(events)]
}

// EmitShared emits events without copying that are not the stage's alone, such as
// a part of a large slice: nobody may write to them any more. Consumers that
// promise to be [ReadOnly] get the slice itself, and may keep it, each of the
// others a copy. All get copies of what waits in a buffer or an accumulator, of
// what is emitted behind other events, and by a dispatcher that is not
// dispatcher.ReadOnly, such as Partition.
func (c *Context[Out]) EmitShared(events []Out) {
	if len(c.out) > 0 || len(events) == 0 || !c.stage.reading || c.stage.held != nil {
		c.EmitAll(events)
		return
	}
	c.EmitOwned(events)
	c.stage.borrowed = true
}

// Buffered is the number of events that wait in the stage for demand, those of
// this callback not counted.
func (c *Context[Out]) Buffered() int { return c.stage.buffered() }

// Self is the stage itself, as the target of [Cast], [AsyncInfo] and the like.
func (c *Context[Out]) Self() Stage[Out] { return selfStage[Out]{c.stage.self.Process()} }

// Context is cancelled when the stage ends, with the exit reason as its cause.
// A callback that waits for something must heed it.
func (c *Context[Out]) Context() context.Context { return c.stage.self.Context() }

// Process is the stage's process, for links, monitors and timers.
func (c *Context[Out]) Process() *process.Self { return c.stage.self }

// Logger is the logger of the system, with the stage's name.
func (c *Context[Out]) Logger() *slog.Logger { return c.stage.self.Logger() }

// selfStage is a stage of which only the emitted type is known.
type selfStage[Out any] struct{ process *process.Process }

func (s selfStage[Out]) Process() *process.Process { return s.process }
func (selfStage[Out]) emits(Out)                   {}
