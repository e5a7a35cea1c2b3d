package benchmarks

import (
	"testing"

	"github.com/stagecraft-go/stagecraft/dispatcher"
	"github.com/stagecraft-go/stagecraft/stage"
)

// BenchmarkBroadcast: counter -> every one of some sums, with max=1000. What
// counts as an event is what one consumer gets.
func BenchmarkBroadcast(b *testing.B) {
	const maxDemand = 1000
	numbers := []int{4, 16}
	for _, v := range []variant{natural, recycling} {
		each(b, v.name, "consumers", numbers, func(b *testing.B, consumers int) {
			broadcast(b, consumers, func(n int) pipeline {
				s := newStages(b, n*consumers, v.options...)
				source := s.counter(0, n, stage.Dispatch(dispatcher.Broadcast[int]()))
				for range consumers {
					s.summer(stage.From(source, stage.MaxDemand(maxDemand)))
				}
				return s.pipeline()
			})
		})
	}
	each(b, "chanbatch", "consumers", numbers, func(b *testing.B, consumers int) {
		broadcast(b, consumers, func(n int) pipeline {
			return plain(func() int { return broadcastBatches(n, consumers, fresh(batchOf(maxDemand))) })
		})
	})
	each(b, "chan", "consumers", numbers, func(b *testing.B, consumers int) {
		broadcast(b, consumers, func(n int) pipeline {
			return plain(func() int { return broadcastInts(n, consumers) })
		})
	})
}

// broadcast measures a pipeline in which n events go to all consumers.
func broadcast(b *testing.B, consumers int, build func(n int) pipeline) {
	n := (b.N + consumers - 1) / consumers
	measure(b, n*consumers, consumers*sumTo(n), func() pipeline { return build(n) })
}

func broadcastBatches(n, consumers int, kind fresh) int {
	outs := channels[[]int](consumers, depth)
	go func() {
		defer closeAll(outs)
		for batch := range inBatches(0, n, kind) {
			for _, out := range outs {
				out <- batch
			}
		}
	}()
	return together(consumers, func(i int) int { return sumBatches(outs[i], kind) })
}

func broadcastInts(n, consumers int) int {
	outs := channels[int](consumers, 0)
	go func() {
		defer closeAll(outs)
		for i := range n {
			for _, out := range outs {
				out <- i
			}
		}
	}()
	return together(consumers, func(i int) int { return sum(outs[i]) })
}
