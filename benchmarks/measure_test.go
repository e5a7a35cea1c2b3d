package benchmarks

import (
	"runtime"
	"testing"
)

// A pipeline has been built and stands still.
type pipeline struct {
	// run lets all events pass and returns when the last one has arrived. Only
	// this is timed.
	run func()
	// end takes the pipeline down and returns the sum of what has arrived.
	end func() int
}

// plain is a pipeline of goroutines. They cost so little to start that this is
// timed as well.
func plain(sum func() int) pipeline {
	total := 0
	return pipeline{
		run: func() { total = sum() },
		end: func() int { return total },
	}
}

// measure reports what an event costs on its way through a pipeline that is
// built for it, and fails if events were lost or changed.
func measure(b *testing.B, events, wantSum int, build func() pipeline) {
	b.Helper()
	p := build()
	before := mallocs()
	b.ResetTimer()
	p.run()
	b.StopTimer()
	allocs := mallocs() - before
	if sum := p.end(); sum != wantSum {
		b.Fatalf("%d events: the sum is %d, not %d", events, sum, wantSum)
	}
	b.ReportMetric(float64(b.Elapsed())/float64(events), "ns/event")
	b.ReportMetric(float64(allocs)/float64(events), "allocs/event")
}

func mallocs() uint64 {
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.Mallocs
}

// sumTo is the sum of 0 to n-1: of what a counter emits.
func sumTo(n int) int { return n * (n - 1) / 2 }
