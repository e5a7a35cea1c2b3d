// Package lesson is what several lessons need beside their subject.
package lesson

import (
	"fmt"
	"log"
	"runtime"
	"sync/atomic"
	"time"
)

// Must returns a value that is there. Otherwise it ends the program with the
// error: enough for a lesson.
func Must[T any](value T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return value
}

// Watch prints four times within a second how many events wait, and the memory
// that is in use.
func Watch(what string, waiting *atomic.Int64) {
	for range 4 {
		time.Sleep(200 * time.Millisecond)
		n := waiting.Load() // now: to collect garbage takes a while
		fmt.Printf("%s %6d waiting %4d MB\n", what, n, megabytes())
	}
}

// megabytes is the memory in use, without garbage.
func megabytes() uint64 {
	runtime.GC()
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	return memory.HeapAlloc / 1e6
}
