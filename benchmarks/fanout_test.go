package benchmarks

import (
	"fmt"
	"testing"

	"github.com/stagecraft-go/stagecraft/stage"
)

// BenchmarkFanOut: counter -> one of many sums, with max=1000.
func BenchmarkFanOut(b *testing.B) { fanOut(b, 1000, []int{1, 4, 16, 64}) }

// BenchmarkCrowd: the same with many more. An event must not cost more because
// there are more consumers.
func BenchmarkCrowd(b *testing.B) {
	for _, maxDemand := range []int{10, 1000} {
		b.Run(fmt.Sprintf("max=%d", maxDemand), func(b *testing.B) {
			fanOut(b, maxDemand, []int{10, 100, 1000, 10_000})
		})
	}
}

func fanOut(b *testing.B, maxDemand int, numbers []int) {
	for _, v := range []variant{natural, recycling} {
		each(b, v.name, "consumers", numbers, func(b *testing.B, consumers int) {
			measure(b, b.N, sumTo(b.N), func() pipeline {
				s := newStages(b, b.N, v.options...)
				source := s.counter(0, b.N)
				for range consumers {
					s.summer(stage.From(source, stage.MaxDemand(maxDemand)))
				}
				return s.pipeline()
			})
		})
	}
	each(b, "chanbatch", "consumers", numbers, func(b *testing.B, consumers int) {
		measure(b, b.N, sumTo(b.N), func() pipeline {
			return plain(func() int {
				kind, lists := fresh(batchOf(maxDemand)), make(chan []int, depth)
				go func() { countBatches(0, b.N, kind, lists); close(lists) }()
				return together(consumers, func(int) int { return sumBatches(lists, kind) })
			})
		})
	})
	each(b, "chan", "consumers", numbers, func(b *testing.B, consumers int) {
		measure(b, b.N, sumTo(b.N), func() pipeline {
			return plain(func() int {
				ints := make(chan int)
				go func() { count(0, b.N, ints); close(ints) }()
				return together(consumers, func(int) int { return sum(ints) })
			})
		})
	})
}
