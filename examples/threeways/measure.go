package main

import (
	"fmt"
	"runtime/debug"
	"runtime/metrics"
	"time"

	"github.com/stagecraft-go/stagecraft/examples/internal/tally"
)

// cost is what a count has taken.
type cost struct {
	time      time.Duration
	peak      uint64 // bytes on the heap, beyond those before, at most
	allocated uint64 // bytes in all
}

func (c cost) String() string {
	return fmt.Sprintf("%6.2f s  %8.1f MB  %8.1f MB", c.time.Seconds(), float64(c.peak)/1e6, float64(c.allocated)/1e6)
}

// measure runs a count on a heap without garbage.
func measure(count func() (tally.Counts, error)) (tally.Counts, cost, error) {
	debug.FreeOSMemory() // collects garbage first
	before := readHeap()
	stop := make(chan struct{})
	peak := make(chan uint64)
	go func() { peak <- watchHeap(before.used, stop) }()

	begin := time.Now()
	counts, err := count()
	took := time.Since(begin)

	close(stop)
	return counts, cost{took, <-peak - before.used, readHeap().allocated - before.allocated}, err
}

// watchHeap looks at the heap again and again, and returns its largest size,
// least or more.
func watchHeap(least uint64, stop <-chan struct{}) uint64 {
	peak := least
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for {
		peak = max(peak, readHeap().used)
		select {
		case <-tick.C:
		case <-stop:
			return peak
		}
	}
}

// heap is the state of the heap.
type heap struct {
	used      uint64 // by objects, dead ones too until they are collected
	allocated uint64 // since the program began
}

func readHeap() heap {
	samples := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}, {Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(samples)
	return heap{samples[0].Value.Uint64(), samples[1].Value.Uint64()}
}
