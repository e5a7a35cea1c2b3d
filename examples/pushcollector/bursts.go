package main

import (
	"context"
	"sync"
	"time"
)

// traffic is how pushes come in: as when a server with many users is talked to,
// all at once and then not for a while.
type traffic struct {
	bursts  int
	size    int           // pushes in a burst
	lasts   time.Duration // a burst
	every   time.Duration // from the beginning of one to that of the next
	senders int           // goroutines
}

// run sends all bursts, and calls after when the time of each is over. It ends
// early if ctx does.
func (t traffic) run(ctx context.Context, send func(push) bool, after func(burst int)) {
	began := time.Now()
	for i := range t.bursts {
		t.burst(ctx, i, send)
		select {
		case <-time.After(time.Until(began.Add(time.Duration(i+1) * t.every))):
		case <-ctx.Done():
		}
		after(i + 1)
		if ctx.Err() != nil {
			return
		}
	}
}

// burst sends one burst from many goroutines.
func (t traffic) burst(ctx context.Context, number int, send func(push) bool) {
	var all sync.WaitGroup
	for i := range t.senders {
		first, last := i*t.size/t.senders, (i+1)*t.size/t.senders
		all.Go(func() { t.sendEvenly(ctx, number*t.size+first, number*t.size+last, send) })
	}
	all.Wait()
}

// sendEvenly spreads pushes to some devices over the time of a burst.
func (t traffic) sendEvenly(ctx context.Context, from, to int, send func(push) bool) {
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	began := time.Now()
	for sent := 0; sent < to-from; {
		due := min(to-from, int(float64(to-from)*float64(time.Since(began))/float64(t.lasts)))
		for ; sent < due; sent++ {
			send(push{uint64(from + sent + 1), "Somebody has said something."})
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}
