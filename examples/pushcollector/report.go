package main

import (
	"fmt"
	"io"
	"time"
)

// report prints figures, after each burst and at the end.
type report struct {
	out     io.Writer
	counts  counts
	watcher *watcher
	began   time.Time

	before  totals // at the last line
	heap    uint64 // most
	waiting int64  // most
}

func newReport(out io.Writer) *report {
	r := &report{out: out, began: time.Now()}
	r.watcher = watch(&r.counts)
	fmt.Fprintln(out, "burst   pushed  accepted   failed  dropped  refused  waiting      heap")
	return r
}

func (r *report) close() { r.watcher.close() }

// burst prints what became of the pushes since the last burst, and the most that
// have waited and the largest heap in this time.
func (r *report) burst(number int) { r.line(fmt.Sprint(number)) }

func (r *report) line(name string) {
	now := r.counts.now()
	heap, waiting := r.watcher.take()
	d := now.since(r.before)
	r.before = now
	r.heap, r.waiting = max(r.heap, heap), max(r.waiting, waiting)
	fmt.Fprintf(r.out, "%5s%9d%10d%9d%9d%9d%9d%7.1f MB\n",
		name, d.pushed, d.accepted, d.failed, d.dropped, d.refused, waiting, float64(heap)/1e6)
}

func (r *report) print(g *gateway) error {
	r.line("rest")
	t, took := r.before, time.Since(r.began)
	most, over := g.seen()
	_, err := fmt.Fprintf(r.out, `
%d pushes = %d accepted + %d failed + %d dropped + %d refused
%.1f s, %.1f million pushes a minute
in flight: %d allowed, %d seen by the gateway, too many %d times
at most: %d waiting, %.1f MB on the heap
`, t.pushed, t.accepted, t.failed, t.dropped, t.refused,
		took.Seconds(), float64(t.pushed)/took.Minutes()/1e6, slots, most, over, r.waiting, float64(r.heap)/1e6)
	return err
}
