package lesson

import (
	"io"
	"runtime/debug"
	"runtime/metrics"
	"strings"
	"time"
)

// Copies is a long text: n copies of a short one, which take no memory.
func Copies(text string, n int) io.Reader {
	parts := make([]io.Reader, n)
	for i := range parts {
		parts[i] = strings.NewReader(text)
	}
	return io.MultiReader(parts...)
}

// Cost runs a function and says how long it took, and by how many megabytes the
// heap had grown at most, looked at each millisecond.
func Cost(work func()) (took time.Duration, peak float64) {
	debug.FreeOSMemory() // collects garbage first
	before := heap()
	stop := make(chan struct{})
	highest := make(chan uint64)
	go func() { highest <- highestHeap(stop) }()

	began := time.Now()
	work()
	took = time.Since(began)

	close(stop)
	return took, (float64(<-highest) - float64(before)) / 1e6
}

// highestHeap looks at the heap until it is told to stop.
func highestHeap(stop <-chan struct{}) uint64 {
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for highest := heap(); ; highest = max(highest, heap()) {
		select {
		case <-tick.C:
		case <-stop:
			return highest
		}
	}
}

// heap is the size of the objects on the heap, with garbage that is not yet
// collected.
func heap() uint64 {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}
