package benchmarks

import (
	"slices"
	"testing"
	"time"

	"github.com/stagecraft-go/stagecraft/stage"
)

// BenchmarkPingPong: counter -> clock, with max=1: an event is asked for when
// the one before it has been handled. It reports how long that takes for one
// event, with the time of one look at the clock (tens of ns) in it.
func BenchmarkPingPong(b *testing.B) {
	b.Run("stagecraft", func(b *testing.B) {
		c := newClock(b.N)
		measure(b, b.N, sumTo(b.N), func() pipeline {
			s := newStages(b, b.N)
			from := stage.From(s.counter(0, b.N), stage.MaxDemand(1))
			sink := &timedSummer{summer{goal: &s.goal}, c}
			consumer, err := stage.StartConsumer(s.life, sink, from, s.options...)
			s.started(consumer, err)
			s.sinks = append(s.sinks, &sink.summer)
			return s.pipeline()
		})
		c.report(b)
	})
	b.Run("chan", func(b *testing.B) {
		c := newClock(b.N)
		measure(b, b.N, sumTo(b.N), func() pipeline {
			return plain(func() int { return pingPong(b.N, c) })
		})
		c.report(b)
	})
}

// pingPong asks for each event by one channel and gets it by another.
func pingPong(n int, c *clock) int {
	asks, events := make(chan struct{}), make(chan int)
	go func() {
		for i := range n {
			<-asks
			events <- i
		}
	}()
	total := 0
	for range n {
		asks <- struct{}{}
		total += <-events
		c.tick()
	}
	return total
}

// timedSummer is a summer that looks at the clock for each event.
type timedSummer struct {
	summer
	clock *clock
}

func (s *timedSummer) HandleEvents(ctx *stage.Context[stage.None], events []int, from stage.Subscription) error {
	s.clock.tick()
	return s.summer.HandleEvents(ctx, events, from)
}

// clock notes the times between its ticks.
type clock struct {
	last  time.Time
	times []time.Duration
}

func newClock(ticks int) *clock { return &clock{times: make([]time.Duration, 0, ticks)} }

func (c *clock) tick() {
	now := time.Now()
	if !c.last.IsZero() {
		c.times = append(c.times, now.Sub(c.last))
	}
	c.last = now
}

func (c *clock) report(b *testing.B) {
	if len(c.times) == 0 {
		return
	}
	slices.Sort(c.times)
	b.ReportMetric(float64(c.times[len(c.times)/2]), "p50-ns")
	b.ReportMetric(float64(c.times[len(c.times)*99/100]), "p99-ns")
}
