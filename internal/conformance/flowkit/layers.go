package flowkit

import (
	"context"
	"fmt"

	"github.com/stagecraft-go/stagecraft/flow"
	"github.com/stagecraft-go/stagecraft/stage"
)

// upstream is what comes before a layer: the flow so far, or several flows.
func (c *builder) upstream(s *Step) (flow.Flow[Value], error) {
	if s.Flows == nil {
		return c.finished()
	}
	var all []flow.Flow[Value]
	for _, steps := range s.Flows {
		f, err := c.bench.build(steps, false)
		if err != nil {
			return f, err
		}
		all = append(all, f)
	}
	return flow.Union(all...), nil
}

func (c *builder) partition(s *Step) (flow.Flow[Value], error) {
	f, err := c.upstream(s)
	opts := c.options(s)
	switch {
	case err != nil:
		return f, err
	case s.BadHash || s.BadKey:
		return f, unwritable("a placement that is no function")
	case s.Place != nil && s.Place.onlyPlaces():
		return f.PartitionTo(func(e Value) int {
			_, stage, _ := s.Place.place(e, s.Stages)
			return stage
		}, opts...), nil
	case s.Place != nil:
		return f.PartitionKeep(func(e Value) (Value, int, bool) { return s.Place.place(e, s.Stages) }, opts...), nil
	case s.HashedKey != nil:
		return flow.PartitionBy(f, s.HashedKey.of, opts...), nil
	}
	return flow.Partition(f, opts...), nil
}

func (c *builder) shuffle(s *Step) (flow.Flow[Value], error) {
	f, err := c.upstream(s)
	return f.Shuffle(c.options(s)...), err
}

// departition merges the state itself if nothing else is said.
func (c *builder) departition(s *Step) (flow.Flow[Value], error) {
	if c.reduced != nil {
		c.emit(c.reduced.state())
	}
	f, err := c.finished()
	m := s.merging()
	init := func() Value { return m.initial }
	done := func(acc Value, w flow.WindowID) Value { return s.finished(acc, windowValue(w)) }
	return flow.Departition(f, init, m.merge, done, c.mergingOptions(s)...), err
}

func (c *builder) takeSort(s *Step) (flow.Flow[Value], error) {
	f, err := c.finished()
	sorted := flow.TakeSort(f, s.N, s.order(), c.mergingOptions(s)...)
	// A batch function, unlike a map, may have a window behind it.
	return flow.MapBatch(sorted, func(batch [][]Value) (results []Value) {
		for _, items := range batch {
			results = append(results, list(items...))
		}
		return results
	}), err
}

func (c *builder) through(s *Step) (flow.Flow[Value], error) {
	f, err := c.finished()
	if err != nil {
		return f, err
	}
	if s.Managed {
		var start []func(context.Context, stage.Sources[Value], ...stage.Option) (*stage.ProducerConsumer[Value, Value], error)
		for range s.Count {
			start = append(start, func(ctx context.Context, from stage.Sources[Value], opts ...stage.Option) (*stage.ProducerConsumer[Value, Value], error) {
				return stage.StartProducerConsumer(ctx, newPasser(s), from, opts...)
			})
		}
		return flow.ThroughStarted(f, start, c.options(s)...), nil
	}
	var via []*stage.ProducerConsumer[Value, Value]
	for range s.Count {
		p, err := stage.StartProducerConsumer(c.bench.ctx, newPasser(s), nil, stage.In(c.bench.system))
		if err != nil {
			return f, fmt.Errorf("a stage of the kit: %w", err)
		}
		via = append(via, p)
	}
	return flow.Through(f, via, c.options(s)...), nil
}

// passer is a stage that applies a function to what passes, and ends behind the
// last of its producers.
type passer struct {
	intake[Value]
	apply func(Value) Value
}

func newPasser(s *Step) *passer {
	return &passer{intake: intake[Value]{max: s.SubMaxDemand}, apply: s.Map.apply}
}

// HandleEvents implements stage.EventsHandler.
func (p *passer) HandleEvents(ctx *stage.Context[Value], events []Value, from stage.Subscription) error {
	for _, e := range events {
		ctx.Emit(p.apply(e))
	}
	p.handled(len(events), from)
	return nil
}
