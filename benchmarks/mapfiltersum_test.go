package benchmarks

import (
	"testing"

	"github.com/stagecraft-go/stagecraft/flow"
)

// BenchmarkMapFilterSum doubles integers, keeps those that 3 divides, and sums
// them up.
func BenchmarkMapFilterSum(b *testing.B) {
	b.Run("stagecraft", func(b *testing.B) {
		mapFilterSum(b, 1000, func(f flow.Flow[int]) flow.Flow[int] { return f })
	})
	b.Run("stagecraft-max4000", func(b *testing.B) {
		mapFilterSum(b, 4000, func(f flow.Flow[int]) flow.Flow[int] { return f })
	})
	b.Run("stagecraft-partition", func(b *testing.B) {
		mapFilterSum(b, 1000, func(f flow.Flow[int]) flow.Flow[int] { return flow.Partition(f) })
	})
	b.Run("loop", func(b *testing.B) {
		measure(b, b.N, wantMapFilterSum(b.N), func() pipeline {
			return plain(func() (sum int) {
				for i := range upTo(b.N) {
					if i = double(i); byThree(i) {
						sum += i
					}
				}
				return sum
			})
		})
	})
}

func double(i int) int   { return 2 * i }
func byThree(i int) bool { return i%3 == 0 }
func plus(a, b int) int  { return a + b }
func zero() int          { return 0 }

func upTo(n int) func(func(int) bool) {
	return func(yield func(int) bool) {
		for i := 1; i <= n && yield(i); i++ {
		}
	}
}

// wantMapFilterSum is twice the sum of the multiples of 3 up to n.
func wantMapFilterSum(n int) int {
	m := n / 3
	return 3 * m * (m + 1)
}

func mapFilterSum(b *testing.B, maxDemand int, layer func(flow.Flow[int]) flow.Flow[int]) {
	measure(b, b.N, wantMapFilterSum(b.N), func() pipeline {
		return plain(func() (sum int) {
			f := layer(flow.Map(flow.FromSeq(upTo(b.N), flow.MaxDemand(maxDemand)), double).Filter(byThree))
			for part, err := range flow.Reduce(f, zero, plus).State().All(b.Context()) {
				if err != nil {
					b.Fatal(err)
				}
				sum += part
			}
			return sum
		})
	})
}
