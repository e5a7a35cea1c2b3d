package benchmarks

import (
	"testing"

	"github.com/stagecraft-go/stagecraft/dispatcher"
	"github.com/stagecraft-go/stagecraft/stage"
)

const partitions = 4

// hashes are the ways to choose a partition: by a function of the user, and by
// the one that the library offers.
var hashes = []struct {
	name string
	hash func(int) int
}{
	{"mod", func(i int) int { return i % partitions }},
	{"default", dispatcher.HashValue[int](partitions)},
}

// BenchmarkPartition: counter -> the one of four sums that the event belongs
// to, with max=1000.
func BenchmarkPartition(b *testing.B) {
	for _, v := range []variant{natural, recycling} {
		eachHash(b, v.name, func(b *testing.B, hash func(int) int) pipeline {
			s := newStages(b, b.N, v.options...)
			source := s.counter(0, b.N, stage.Dispatch(dispatcher.Partition(partitions, hash)))
			for i := range partitions {
				s.summer(stage.From(source, stage.MaxDemand(1000), stage.Partition(i)))
			}
			return s.pipeline()
		})
	}
	eachHash(b, "chanbatch", func(b *testing.B, hash func(int) int) pipeline {
		return plain(func() int { return partitionBatches(b.N, hash, fresh(batchOf(1000))) })
	})
	eachHash(b, "chan", func(b *testing.B, hash func(int) int) pipeline {
		return plain(func() int { return partitionInts(b.N, hash) })
	})
}

func eachHash(b *testing.B, name string, build func(b *testing.B, hash func(int) int) pipeline) {
	b.Run(name, func(b *testing.B) {
		for _, h := range hashes {
			b.Run("hash="+h.name, func(b *testing.B) {
				measure(b, b.N, sumTo(b.N), func() pipeline { return build(b, h.hash) })
			})
		}
	})
}

// partitionBatches fills a batch for each partition and sends it when it is full.
func partitionBatches(n int, hash func(int) int, kind fresh) int {
	outs := channels[[]int](partitions, depth)
	go func() {
		defer closeAll(outs)
		var filling [partitions][]int
		for i := range n {
			p := hash(i)
			if filling[p] == nil {
				filling[p] = kind.get()[:0]
			}
			filling[p] = append(filling[p], i)
			if len(filling[p]) == cap(filling[p]) {
				outs[p] <- filling[p]
				filling[p] = nil
			}
		}
		for p, out := range outs {
			out <- filling[p]
		}
	}()
	return together(partitions, func(i int) int { return sumBatches(outs[i], kind) })
}

func partitionInts(n int, hash func(int) int) int {
	outs := channels[int](partitions, 0)
	go func() {
		defer closeAll(outs)
		for i := range n {
			outs[hash(i)] <- i
		}
	}()
	return together(partitions, func(i int) int { return sum(outs[i]) })
}
