package dispatcher_test

import (
	"fmt"
	"testing"

	. "github.com/stagecraft-go/stagecraft/dispatcher"
)

// sink is a consumer that does nothing. It is not empty, so that each has an
// address of its own.
type sink struct{ got int }

func (s *sink) Send(events []int)       { s.got += len(events) }
func (s *sink) SendCopy(events []int)   { s.got += len(events) }
func (s *sink) SendShared(events []int) { s.got += len(events) }
func (*sink) AskAgain(int)              {}
func (*sink) Cancel(error)              {}
func (*sink) Process() string           { return "sink" }

// named is a sink with a name.
type named struct {
	sink
	name string
}

func (n *named) Process() string { return n.name }

func start(b *testing.B, factory Factory[int], consumers int, options func(i int) Options) (Dispatcher[int], []*named) {
	b.Helper()
	d, err := factory(Config{})
	if err != nil {
		b.Fatal(err)
	}
	all := make([]*named, consumers)
	for i := range all {
		all[i] = &named{name: fmt.Sprint(i)}
		if _, err := d.Subscribe(all[i], options(i)); err != nil {
			b.Fatal(err)
		}
	}
	return d, all
}

func none(int) Options { return Options{} }

// One ask of 500 and one dispatch of 500 per round; all consumers in turn.
func BenchmarkDemand(b *testing.B) {
	for _, consumers := range []int{1, 10, 100, 1000, 10_000} {
		b.Run(fmt.Sprint(consumers), func(b *testing.B) {
			d, all := start(b, Demand[int](), consumers, none)
			for _, c := range all {
				d.Ask(c, 500)
			}
			events := make([]int, 500)
			next := 0
			b.ReportAllocs()
			for b.Loop() {
				d.Ask(all[next], 500)
				d.Dispatch(events)
				next++
				if next == consumers {
					next = 0
				}
			}
		})
	}
}

// The same with many distinct levels of demand.
func BenchmarkDemandUneven(b *testing.B) {
	for _, consumers := range []int{10, 100, 1000, 10_000} {
		b.Run(fmt.Sprint(consumers), func(b *testing.B) {
			d, all := start(b, Demand[int](MaxDemand(1<<40)), consumers, none)
			for i, c := range all {
				d.Ask(c, 1+i*7)
			}
			events := make([]int, 500)
			next := 0
			b.ReportAllocs()
			for b.Loop() {
				d.Ask(all[next], 500)
				d.Dispatch(events)
				next++
				if next == consumers {
					next = 0
				}
			}
		})
	}
}

func BenchmarkPartition(b *testing.B) {
	numbered := Partition(4, func(n int) int { return n & 3 })
	named := PartitionBy([]string{"a", "b", "c", "d"}, func(n int) (int, string, bool) {
		return n, "abcd"[n&3 : n&3+1], true
	})
	for _, bench := range []struct {
		name    string
		factory Factory[int]
		key     func(i int) any
		events  func(i int) int
	}{
		{"numbered", numbered, func(i int) any { return i }, func(i int) int { return i }},
		{"all to one", numbered, func(i int) any { return i }, func(int) int { return 2 }},
		{"by value", Partition(4, HashValue[int](4)), func(i int) any { return i }, func(i int) int { return i }},
		{"named", named, func(i int) any { return "abcd"[i : i+1] }, func(i int) int { return i }},
	} {
		b.Run(bench.name, func(b *testing.B) {
			d, all := start(b, bench.factory, 4, func(i int) Options { return Options{Partition: bench.key(i)} })
			events := make([]int, 500)
			for i := range events {
				events[i] = bench.events(i)
			}
			b.ReportAllocs()
			for b.Loop() {
				for _, c := range all {
					d.Ask(c, 500)
				}
				d.Dispatch(events)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/500, "ns/event")
		})
	}
}

func BenchmarkBroadcast(b *testing.B) {
	for _, consumers := range []int{4, 16} {
		for _, selector := range []string{"", "even"} {
			b.Run(fmt.Sprint(consumers, selector), func(b *testing.B) {
				d, all := start(b, Broadcast[int](), consumers, func(int) Options {
					return Options{Selector: selectors[selector]}
				})
				events := make([]int, 500)
				for i := range events {
					events[i] = i
				}
				b.ReportAllocs()
				for b.Loop() {
					for _, c := range all {
						d.Ask(c, 500)
					}
					d.Dispatch(events)
				}
			})
		}
	}
}
