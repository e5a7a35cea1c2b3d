package benchmarks

import (
	"testing"

	"github.com/stagecraft-go/stagecraft/stage"
)

// BenchmarkChain: counter -> x+1 -> sum.
func BenchmarkChain(b *testing.B) {
	for _, v := range []variant{natural, emitting, inPlace, recycling} {
		each(b, v.name, "max", maxima, func(b *testing.B, maxDemand int) { chain(b, v, 1, maxDemand) })
	}
	each(b, "chanbatch", "max", maxima, func(b *testing.B, maxDemand int) {
		chainOfBatches(b, fresh(batchOf(maxDemand)), addBatches, 1)
	})
	each(b, "chanbatch-inplace", "max", maxima, func(b *testing.B, maxDemand int) {
		chainOfBatches(b, fresh(batchOf(maxDemand)), addBatchesInPlace, 1)
	})
	each(b, "chanbatch-reuse", "max", maxima, func(b *testing.B, maxDemand int) {
		chainOfBatches(b, reuse(batchOf(maxDemand)), addBatchesInPlace, 1)
	})
	b.Run("chan", func(b *testing.B) { chainOfInts(b, 1) })
}

// BenchmarkLength: counter -> x+1 -> ... -> x+1 -> sum, with max=1000.
func BenchmarkLength(b *testing.B) {
	const maxDemand = 1000
	lengths := []int{1, 2, 4, 8}
	for _, v := range []variant{natural, recycling} {
		each(b, v.name, "pcs", lengths, func(b *testing.B, pcs int) { chain(b, v, pcs, maxDemand) })
	}
	each(b, "chanbatch", "pcs", lengths, func(b *testing.B, pcs int) {
		chainOfBatches(b, fresh(batchOf(maxDemand)), addBatches, pcs)
	})
	each(b, "chan", "pcs", lengths, chainOfInts)
}

func chain(b *testing.B, v variant, pcs, maxDemand int) {
	measure(b, b.N, sumTo(b.N)+pcs*b.N, func() pipeline {
		s := newStages(b, b.N, v.options...)
		s.perEvent = v.perEvent
		from := stage.From(s.counter(0, b.N), stage.MaxDemand(maxDemand))
		for range pcs {
			from = stage.From(s.adder(v.add, from), stage.MaxDemand(maxDemand))
		}
		s.summer(from)
		return s.pipeline()
	})
}

func chainOfBatches[B batches](b *testing.B, kind B, add func(<-chan []int, chan<- []int), pcs int) {
	measure(b, b.N, sumTo(b.N)+pcs*b.N, func() pipeline {
		return plain(func() int {
			lists := make(chan []int, depth)
			go func(out chan<- []int) { countBatches(0, b.N, kind, out); close(out) }(lists)
			for range pcs {
				next := make(chan []int, depth)
				go add(lists, next)
				lists = next
			}
			return sumBatches(lists, kind)
		})
	})
}

func chainOfInts(b *testing.B, pcs int) {
	measure(b, b.N, sumTo(b.N)+pcs*b.N, func() pipeline {
		return plain(func() int {
			ints := make(chan int)
			go func(out chan<- int) { count(0, b.N, out); close(out) }(ints)
			for range pcs {
				next := make(chan int)
				go add(ints, next)
				ints = next
			}
			return sum(ints)
		})
	})
}
