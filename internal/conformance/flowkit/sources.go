package flowkit

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/stagecraft-go/stagecraft/flow"
	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/stage"
)

// options are those of a step's layer.
func (c *builder) options(s *Step) (opts []flow.Option) {
	if s.Stages > 0 {
		opts = append(opts, flow.Stages(s.Stages))
	}
	if s.MaxDemand > 0 {
		opts = append(opts, flow.MaxDemand(s.MaxDemand))
	}
	if s.MinDemand != nil {
		opts = append(opts, flow.MinDemand(*s.MinDemand))
	}
	if s.OnInit {
		opts = append(opts, flow.OnInit(c.bench.init))
	}
	return opts
}

// mergingOptions are those of a step that one stage does, whatever it says.
func (c *builder) mergingOptions(s *Step) []flow.Option {
	one := *s
	one.Stages = 0
	return c.options(&one)
}

// from has one producer for each list.
func (c *builder) from(s *Step) (flow.Flow[Value], error) {
	if len(s.Lists) == 1 {
		return flow.FromSlice(s.Lists[0], c.options(s)...), nil
	}
	var all []flow.Flow[Value]
	for _, items := range s.Lists {
		all = append(all, flow.FromSlice(items))
	}
	return flow.Union(all...).With(c.options(s)...), nil
}

func (c *builder) fromSeq(s *Step) (flow.Flow[Value], error) {
	seqs := map[string]iter.Seq[Value]{
		"from_cycle":   cycle(s.List),
		"from_timed":   timed(s.Items),
		"from_failing": failing(s.List),
	}
	return flow.FromSeq(seqs[s.Op], c.options(s)...), nil
}

// cycle repeats a list without end.
func cycle(items []Value) iter.Seq[Value] {
	return func(yield func(Value) bool) {
		for i := 0; yield(items[i%len(items)]); i++ {
		}
	}
}

// timed yields values at their times. Each item is a wait, or a pair of a wait
// and a value.
func timed(items []Value) iter.Seq[Value] {
	return func(yield func(Value) bool) {
		for _, item := range items {
			p, hasValue := item.is.(Pair)
			if !hasValue {
				p.First = item.items()[0]
			}
			time.Sleep(time.Duration(p.First.int()) * time.Millisecond)
			if hasValue && !yield(p.Second) {
				return
			}
		}
	}
}

// failing yields a list, and fails.
func failing(items []Value) iter.Seq[Value] {
	return func(yield func(Value) bool) {
		for _, e := range items {
			if !yield(e) {
				return
			}
		}
		panic(errRaised)
	}
}

// fromStages has producers that are started with the flow, or run already.
func (c *builder) fromStages(s *Step) (flow.Flow[Value], error) {
	if s.Managed {
		var all []flow.Flow[Value]
		for _, items := range s.Lists {
			all = append(all, flow.FromProducer(func(ctx context.Context, opts ...stage.Option) (*stage.Producer[Value], error) {
				return stage.StartProducer(ctx, &producer{items, s.Ending}, opts...)
			}))
		}
		return flow.Union(all...).With(c.options(s)...), nil
	}
	var sources []stage.Source[Value]
	for _, items := range s.Lists {
		p, err := stage.StartProducer(c.bench.ctx, &producer{items, s.Ending}, stage.In(c.bench.system), stage.Demand(stage.Accumulate))
		if err != nil {
			return c.flow, fmt.Errorf("a producer of the kit: %w", err)
		}
		sources = append(sources, p)
	}
	return flow.FromStages(sources, c.options(s)...), nil
}

// producer emits a list and ends.
type producer struct {
	rest   []Value
	ending string
}

// over is the message behind the last event of a stage of the kit.
type over struct{}

// HandleDemand implements stage.DemandHandler.
func (p *producer) HandleDemand(ctx *stage.Context[Value], demand int) error {
	n := min(demand, len(p.rest))
	ctx.EmitAll(p.rest[:n])
	p.rest = p.rest[n:]
	if len(p.rest) == 0 {
		stage.AsyncInfo(ctx.Self(), over{})
	}
	return nil
}

// HandleInfo implements stage.InfoHandler.
func (p *producer) HandleInfo(*stage.Context[Value], over) error {
	switch p.ending {
	case "error":
		return errRaised
	case "shutdown":
		return process.Shutdown
	}
	return process.Normal
}

// seq is flat as a sequence.
func (f *Func) seq(e Value) iter.Seq[Value] { return slices.Values(f.flat(e)) }
