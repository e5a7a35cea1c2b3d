package benchmarks

import (
	"context"
	"log/slog"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/stage"
)

// system is where the stages of all benchmarks live, as in a program.
var system = process.NewSystem(process.WithLogger(slog.New(slog.DiscardHandler)))

// counter is a producer of the integers from next to end-1. It fills slices, as
// the hand-written ones do.
type counter struct{ next, end int }

func (c *counter) HandleDemand(ctx *stage.Context[int], demand int) error {
	events := ctx.Extend(min(demand, c.end-c.next))
	for i := range events {
		events[i] = c.next
		c.next++
	}
	return nil
}

// emittingCounter is the same, event by event.
type emittingCounter struct{ next, end int }

func (c *emittingCounter) HandleDemand(ctx *stage.Context[int], demand int) error {
	for range min(demand, c.end-c.next) {
		ctx.Emit(c.next)
		c.next++
	}
	return nil
}

// addToNew is a producer_consumer that adds 1, to a new slice.
func addToNew(ctx *stage.Context[int], events []int, _ stage.Subscription) error {
	out := ctx.Extend(len(events))
	for i, event := range events {
		out[i] = event + 1
	}
	return nil
}

// addInPlace is a producer_consumer that adds 1. What comes to HandleEvents is
// its own, so it may change the slice and pass it on.
func addInPlace(ctx *stage.Context[int], events []int, _ stage.Subscription) error {
	for i := range events {
		events[i]++
	}
	ctx.EmitOwned(events)
	return nil
}

// addAndEmit is addToNew event by event.
func addAndEmit(ctx *stage.Context[int], events []int, _ stage.Subscription) error {
	for _, event := range events {
		ctx.Emit(event + 1)
	}
	return nil
}

// summer is a consumer that adds up what it gets.
type summer struct {
	sum  int
	goal *goal
}

func (s *summer) HandleEvents(_ *stage.Context[stage.None], events []int, _ stage.Subscription) error {
	sum := 0
	for _, event := range events {
		sum += event
	}
	s.sum += sum
	s.goal.add(len(events))
	return nil
}

// goal is the number of events that all consumers of a pipeline get together.
type goal struct {
	left    atomic.Int64
	reached chan struct{}
}

func (g *goal) add(events int) {
	if g.left.Add(-int64(events)) == 0 {
		close(g.reached)
	}
}

// stages is a topology under construction.
type stages struct {
	b       *testing.B
	life    context.Context
	kill    context.CancelFunc
	options []stage.Option // of those who receive events
	// perEvent makes sources emit event by event.
	perEvent bool
	goal     goal
	sources  []*stage.Producer[int]
	sinks    []*summer
	all      []*process.Process
}

// newStages begins a topology whose consumers get a number of events together.
func newStages(b *testing.B, events int, options ...stage.Option) *stages {
	life, kill := context.WithCancel(context.Background())
	s := &stages{b: b, life: life, kill: kill, options: slices.Concat(options, []stage.Option{stage.In(system)})}
	s.goal.left.Store(int64(events))
	s.goal.reached = make(chan struct{})
	return s
}

// counter adds a source. It waits until all subscriptions have been made.
func (s *stages) counter(from, to int, options ...stage.Option) *stage.Producer[int] {
	options = append(options, stage.In(system), stage.Demand(stage.Accumulate))
	var behaviour stage.DemandHandler[int] = &counter{from, to}
	if s.perEvent {
		behaviour = &emittingCounter{from, to}
	}
	p, err := stage.StartProducer(s.life, behaviour, options...)
	s.started(p, err)
	s.sources = append(s.sources, p)
	return p
}

func (s *stages) adder(add stage.EventsFunc[int, int], from stage.Sources[int]) *stage.ProducerConsumer[int, int] {
	pc, err := stage.StartProducerConsumer(s.life, add, from, s.options...)
	s.started(pc, err)
	return pc
}

func (s *stages) summer(from stage.Sources[int]) {
	sink := &summer{goal: &s.goal}
	c, err := stage.StartConsumer(s.life, sink, from, s.options...)
	s.started(c, err)
	s.sinks = append(s.sinks, sink)
}

func (s *stages) started(handle interface{ Process() *process.Process }, err error) {
	if err != nil {
		s.b.Fatal(err)
	}
	s.all = append(s.all, handle.Process())
}

// pipeline is the finished topology.
func (s *stages) pipeline() pipeline {
	for _, p := range s.sources {
		// The answer comes when all subscriptions that are queued are made.
		if _, err := p.DemandMode(s.life); err != nil {
			s.b.Fatal(err)
		}
	}
	return pipeline{run: s.run, end: s.end}
}

func (s *stages) run() {
	for _, p := range s.sources {
		p.SetDemand(stage.Forward)
	}
	<-s.goal.reached
}

func (s *stages) end() int {
	s.kill()
	for _, p := range s.all {
		<-p.Done()
	}
	sum := 0
	for _, sink := range s.sinks {
		sum += sink.sum
	}
	return sum
}
