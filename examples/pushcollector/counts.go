package main

import (
	"fmt"
	"sync/atomic"
)

// counts says what became of the pushes. Each is in one of the last four when
// all is over.
type counts struct {
	pushed   atomic.Int64
	accepted atomic.Int64 // by the gateway
	failed   atomic.Int64 // refused by the gateway, or sent in a request that failed
	dropped  atomic.Int64 // by the buffer
	refused  atomic.Int64 // at the entrance
}

// totals are counts at some time.
type totals struct{ pushed, accepted, failed, dropped, refused int64 }

func (c *counts) now() totals {
	// The pushes are read first: those that come in meanwhile do not count as
	// waiting.
	t := totals{pushed: c.pushed.Load()}
	t.accepted, t.failed, t.dropped, t.refused = c.accepted.Load(), c.failed.Load(), c.dropped.Load(), c.refused.Load()
	return t
}

// waiting is what is in the collector or in flight.
func (t totals) waiting() int64 { return t.pushed - t.accepted - t.failed - t.dropped - t.refused }

func (t totals) since(before totals) totals {
	return totals{
		t.pushed - before.pushed, t.accepted - before.accepted, t.failed - before.failed,
		t.dropped - before.dropped, t.refused - before.refused,
	}
}

// check finds pushes that nobody has accounted for.
func (t totals) check() error {
	if n := t.waiting(); n != 0 {
		return fmt.Errorf("%d of %d pushes are not accounted for", n, t.pushed)
	}
	return nil
}
