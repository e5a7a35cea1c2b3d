package main

import (
	"runtime/metrics"
	"sync"
	"time"
)

// watcher looks at the heap and at the pushes that wait, all the time, and keeps
// the largest values.
type watcher struct {
	counts  *counts
	stop    chan struct{}
	stopped chan struct{}

	mu      sync.Mutex
	heap    uint64 // bytes, dead objects too until they are collected
	waiting int64
}

func watch(counts *counts) *watcher {
	w := &watcher{counts: counts, stop: make(chan struct{}), stopped: make(chan struct{})}
	go w.run()
	return w
}

func (w *watcher) run() {
	defer close(w.stopped)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		w.look()
		select {
		case <-tick.C:
		case <-w.stop:
			return
		}
	}
}

func (w *watcher) look() {
	heap, waiting := heapBytes(), w.counts.now().waiting()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.heap, w.waiting = max(w.heap, heap), max(w.waiting, waiting)
}

// take is the most since the last take.
func (w *watcher) take() (heap uint64, waiting int64) {
	w.look()
	w.mu.Lock()
	defer w.mu.Unlock()
	heap, waiting = w.heap, w.waiting
	w.heap, w.waiting = 0, 0
	return heap, waiting
}

func (w *watcher) close() {
	close(w.stop)
	<-w.stopped
}

func heapBytes() uint64 {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}
