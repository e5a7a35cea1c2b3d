package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/stagecraft-go/stagecraft/broadway"
	"github.com/stagecraft-go/stagecraft/telemetry"
)

// view counts what a pipeline does, as a handler of its telemetry.
type view struct {
	mu     sync.Mutex
	counts counts
}

// counts are what was seen since the beginning.
type counts struct {
	in, retries, dead int
	batchers          map[string]batcherCounts
}

// batcherCounts are those of one batcher.
type batcherCounts struct {
	done, failed int // messages
	triggers     map[string]triggerCounts
}

// triggerCounts are the batches that had the same trigger.
type triggerCounts struct{ batches, messages int }

func newView() *view { return &view{counts: counts{batchers: make(map[string]batcherCounts)}} }

// Handle implements telemetry.Handler. It is called by all workers.
func (v *view) Handle(ctx context.Context, e telemetry.Event) context.Context {
	v.mu.Lock()
	defer v.mu.Unlock()
	switch e := e.(type) {
	case telemetry.MessageStart:
		if e.Attempt == 1 {
			v.counts.in++
		}
	case telemetry.BatchStop:
		v.counts.batch(e)
	case telemetry.Retry:
		v.counts.retries++
	case telemetry.DeadLetter:
		v.counts.dead++
	}
	return ctx
}

func (c *counts) batch(e telemetry.BatchStop) {
	b := c.batchers[e.Key]
	if b.triggers == nil {
		b.triggers = make(map[string]triggerCounts)
	}
	b.done += e.Successful
	b.failed += e.Failed
	t := b.triggers[e.Trigger]
	b.triggers[e.Trigger] = triggerCounts{t.batches + 1, t.messages + e.Size}
	c.batchers[e.Key] = b
}

// now is a copy of the counts.
func (v *view) now() counts {
	v.mu.Lock()
	defer v.mu.Unlock()
	copied := v.counts
	copied.batchers = make(map[string]batcherCounts)
	for name, b := range v.counts.batchers {
		triggers := make(map[string]triggerCounts)
		for trigger, t := range b.triggers {
			triggers[trigger] = t
		}
		b.triggers = triggers
		copied.batchers[name] = b
	}
	return copied
}

// show shows the rates every second until the pipeline has ended. On a terminal
// each picture takes the place of the one before.
func (v *view) show(ctx context.Context, out io.Writer, p *broadway.Handle) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	over := ""
	before := v.now()
	for {
		select {
		case <-tick.C:
		case <-p.Done():
			return
		}
		now := v.now()
		picture := paint(before, now, p.Report(), ctx.Err() != nil)
		fmt.Fprint(out, over, picture)
		if isTerminal(out) {
			over = fmt.Sprintf("\x1b[%dA\x1b[J", strings.Count(picture, "\n"))
		}
		before = now
	}
}

// paint is the picture of one second.
func paint(before, now counts, r broadway.Report, draining bool) string {
	var b strings.Builder
	state := ""
	if draining {
		state = "   draining"
	}
	fmt.Fprintf(&b, "in   %6d/s %5d in flight   %d retries, %d dead letters%s\n",
		now.in-before.in, r.Unfinished, now.retries, now.dead, state)
	for _, name := range []string{sqs, s3} {
		is, was := now.batchers[name], before.batchers[name]
		fmt.Fprintf(&b, "%-4s %6d/s %s\n", name, is.done-was.done, is.sizes(was))
	}
	return b.String()
}

// sizes says how many batches there were, why, and how large.
func (b batcherCounts) sizes(before batcherCounts) string {
	var parts []string
	for _, trigger := range []broadway.Trigger{broadway.BySize, broadway.ByTimeout, broadway.ByFlush} {
		is, was := b.triggers[trigger.String()], before.triggers[trigger.String()]
		if n := is.batches - was.batches; n > 0 {
			parts = append(parts, fmt.Sprintf("%d by %v of %d", n, trigger, (is.messages-was.messages)/n))
		}
	}
	if failed := b.failed - before.failed; failed > 0 {
		parts = append(parts, fmt.Sprintf("%d failed", failed))
	}
	return strings.Join(parts, ", ")
}

func isTerminal(out io.Writer) bool {
	file, ok := out.(*os.File)
	if !ok {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
