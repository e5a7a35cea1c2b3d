package benchmarks

import (
	"runtime/metrics"
	"time"
)

// peakHeap watches the heap while work is done, and returns the most bytes that
// objects took, dead ones included, beyond what was there before.
func peakHeap(work func()) (bytes uint64) {
	before := heapBytes()
	stop, watched := make(chan struct{}), make(chan uint64)
	go func() {
		ticker := time.NewTicker(5 * time.Millisecond)
		defer ticker.Stop()
		peak := before
		for {
			select {
			case <-ticker.C:
				peak = max(peak, heapBytes())
			case <-stop:
				watched <- peak
				return
			}
		}
	}()
	work()
	close(stop)
	return <-watched - before
}

func heapBytes() uint64 {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}
