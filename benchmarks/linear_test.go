package benchmarks

import (
	"testing"

	"github.com/stagecraft-go/stagecraft/stage"
)

// BenchmarkLinear: counter -> sum.
func BenchmarkLinear(b *testing.B) {
	for _, v := range []variant{natural, recycling} {
		each(b, v.name, "max", maxima, func(b *testing.B, maxDemand int) {
			measure(b, b.N, sumTo(b.N), func() pipeline {
				s := newStages(b, b.N, v.options...)
				s.summer(stage.From(s.counter(0, b.N), stage.MaxDemand(maxDemand)))
				return s.pipeline()
			})
		})
	}
	each(b, "chanbatch", "max", maxima, func(b *testing.B, maxDemand int) {
		linearBatches(b, fresh(batchOf(maxDemand)))
	})
	each(b, "chanbatch-reuse", "max", maxima, func(b *testing.B, maxDemand int) {
		linearBatches(b, reuse(batchOf(maxDemand)))
	})
	b.Run("chan", func(b *testing.B) {
		measure(b, b.N, sumTo(b.N), func() pipeline {
			return plain(func() int {
				ints := make(chan int)
				go func() { count(0, b.N, ints); close(ints) }()
				return sum(ints)
			})
		})
	})
}

func linearBatches[B batches](b *testing.B, kind B) {
	measure(b, b.N, sumTo(b.N), func() pipeline {
		return plain(func() int {
			lists := make(chan []int, depth)
			go func() { countBatches(0, b.N, kind, lists); close(lists) }()
			return sumBatches(lists, kind)
		})
	})
}
