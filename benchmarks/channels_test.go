package benchmarks

import (
	"iter"
	"sync"
)

// This file has what the hand-written pipelines are made of: the functions that
// a Go programmer would write for the task at hand, without cancellation,
// failures or changes of the topology.

// depth is the buffer of a channel of batches: as much in flight as between two
// stages, which have at most two batches under way.
const depth = 2

// batchOf is the size of the batches between two stages: max-min.
func batchOf(maxDemand int) int { return maxDemand - maxDemand/2 }

// count sends the integers from first to end-1.
func count(first, end int, out chan<- int) {
	for i := first; i < end; i++ {
		out <- i
	}
}

// add adds 1 to all it gets.
func add(in <-chan int, out chan<- int) {
	for i := range in {
		out <- i + 1
	}
	close(out)
}

// sum adds up all it gets.
func sum(in <-chan int) int {
	total := 0
	for i := range in {
		total += i
	}
	return total
}

// batches are where slices come from and where they go when they are done with.
type batches interface {
	get() []int // of full length
	put([]int)
}

// fresh makes a new slice each time and leaves the old ones to the garbage
// collector.
type fresh int

func (size fresh) get() []int { return make([]int, size) }
func (fresh) put([]int)       {}

// reused keeps slices in a pool.
type reused struct {
	size int
	pool *sync.Pool
}

func reuse(size int) reused { return reused{size, new(sync.Pool)} }

func (r reused) get() []int {
	if batch, ok := r.pool.Get().(*[]int); ok {
		return (*batch)[:r.size]
	}
	return make([]int, r.size)
}

func (r reused) put(batch []int) { r.pool.Put(&batch) }

// countBatches sends the integers from first to end-1 in batches.
func countBatches[B batches](first, end int, from B, out chan<- []int) {
	for batch := range inBatches(first, end, from) {
		out <- batch
	}
}

// inBatches are the integers from first to end-1 in batches.
func inBatches[B batches](first, end int, from B) iter.Seq[[]int] {
	return func(yield func([]int) bool) {
		for next := first; next < end; {
			batch := from.get()
			batch = batch[:min(len(batch), end-next)]
			for i := range batch {
				batch[i] = next
				next++
			}
			if !yield(batch) {
				return
			}
		}
	}
}

// addBatches adds 1 to all it gets, in new batches.
func addBatches(in <-chan []int, out chan<- []int) {
	for batch := range in {
		added := make([]int, len(batch))
		for i, n := range batch {
			added[i] = n + 1
		}
		out <- added
	}
	close(out)
}

// addBatchesInPlace is the same, in the batches that it gets.
func addBatchesInPlace(in <-chan []int, out chan<- []int) {
	for batch := range in {
		for i := range batch {
			batch[i]++
		}
		out <- batch
	}
	close(out)
}

// sumBatches adds up all it gets.
func sumBatches[B batches](in <-chan []int, to B) int {
	total := 0
	for batch := range in {
		for _, i := range batch {
			total += i
		}
		to.put(batch)
	}
	return total
}

// channels makes n channels.
func channels[T any](n, depth int) []chan T {
	all := make([]chan T, n)
	for i := range all {
		all[i] = make(chan T, depth)
	}
	return all
}

func closeAll[T any](channels []chan T) {
	for _, channel := range channels {
		close(channel)
	}
}

// together runs n functions at a time and adds up their results.
func together(n int, part func(i int) int) int {
	var running sync.WaitGroup
	results := make([]int, n)
	for i := range n {
		running.Go(func() { results[i] = part(i) })
	}
	running.Wait()
	total := 0
	for _, result := range results {
		total += result
	}
	return total
}
