package benchmarks

import (
	"sync"
	"testing"

	"github.com/stagecraft-go/stagecraft/stage"
)

// BenchmarkFanIn: several counters -> one sum, with max=1000.
func BenchmarkFanIn(b *testing.B) {
	const maxDemand = 1000
	numbers := []int{4, 16}
	for _, v := range []variant{natural, recycling} {
		each(b, v.name, "producers", numbers, func(b *testing.B, producers int) {
			measure(b, b.N, sumTo(b.N), func() pipeline {
				s := newStages(b, b.N, v.options...)
				var from stage.Sources[int]
				for i := range producers {
					first, end := share(b.N, i, producers)
					from = from.And(s.counter(first, end), stage.MaxDemand(maxDemand))
				}
				s.summer(from)
				return s.pipeline()
			})
		})
	}
	each(b, "chanbatch", "producers", numbers, func(b *testing.B, producers int) {
		kind := fresh(batchOf(maxDemand))
		fanIn(b, producers, depth,
			func(first, end int, out chan<- []int) { countBatches(first, end, kind, out) },
			func(in <-chan []int) int { return sumBatches(in, kind) })
	})
	each(b, "chan", "producers", numbers, func(b *testing.B, producers int) {
		fanIn(b, producers, 0, count, sum)
	})
}

// fanIn measures goroutines that produce into one channel.
func fanIn[T any](b *testing.B, producers, depth int, produce func(first, end int, out chan<- T), consume func(<-chan T) int) {
	measure(b, b.N, sumTo(b.N), func() pipeline {
		return plain(func() int {
			items := make(chan T, depth)
			var running sync.WaitGroup
			for i := range producers {
				first, end := share(b.N, i, producers)
				running.Go(func() { produce(first, end, items) })
			}
			go func() { running.Wait(); close(items) }()
			return consume(items)
		})
	})
}

// share is the part of 0 to n-1 that producer i of several makes.
func share(n, i, producers int) (first, end int) {
	return n * i / producers, n * (i + 1) / producers
}
