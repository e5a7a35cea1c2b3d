package benchmarks

import (
	"slices"
	"testing"

	"github.com/stagecraft-go/stagecraft/flow"
)

// BenchmarkMapFilterSum doubles integers, keeps those that 3 divides, and sums
// them up.
func BenchmarkMapFilterSum(b *testing.B) {
	as := func(f flow.Flow[int]) flow.Flow[int] { return f }
	for _, c := range []struct {
		name   string
		source func(n int, opts ...flow.Option) flow.Flow[int]
		max    int
		layer  func(flow.Flow[int]) flow.Flow[int]
	}{
		{"stagecraft", ofSeq, 1000, as},
		{"stagecraft-max4000", ofSeq, 4000, as},
		{"stagecraft-slice", ofSlice, 1000, as},
		{"stagecraft-slice-max4000", ofSlice, 4000, as},
		{"stagecraft-partition", ofSeq, 1000, func(f flow.Flow[int]) flow.Flow[int] { return flow.Partition(f) }},
	} {
		b.Run(c.name, func(b *testing.B) {
			source := c.source(b.N, flow.MaxDemand(c.max))
			mapFilterSum(b, c.layer(flow.Map(source, double).Filter(byThree)))
		})
	}
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

// ofSeq and ofSlice are flows of the numbers up to n.
func ofSeq(n int, opts ...flow.Option) flow.Flow[int] { return flow.FromSeq(upTo(n), opts...) }

func ofSlice(n int, opts ...flow.Option) flow.Flow[int] {
	return flow.FromSlice(slices.AppendSeq(make([]int, 0, n), upTo(n)), opts...)
}

func mapFilterSum(b *testing.B, f flow.Flow[int]) {
	measure(b, b.N, wantMapFilterSum(b.N), func() pipeline {
		return plain(func() (sum int) {
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
