package flow

import (
	"slices"

	"github.com/stagecraft-go/stagecraft/stage"
)

// Union takes the events of several flows together, in no order. What follows
// runs in a new layer, as behind several sources; its options are given by
// [Flow.With].
func Union[T any](flows ...Flow[T]) Flow[T] {
	flows = slices.Clone(flows)
	prog := merged("Union", flows...)
	c, prog := newConfig(prog, nil)
	p := &plan[T]{program: prog, config: c, routable: true}
	p.start = func(b *build, r *route[T]) (all []stage.Source[T], err error) {
		before := b.offset
		defer func() { b.offset = before }()
		for _, f := range flows {
			sources, err := startRouted(b, f.plan, r)
			if err != nil {
				return nil, err
			}
			all = append(all, sources...)
			b.offset += len(f.plan.program.ops)
		}
		return all, nil
	}
	return Flow[T]{p}
}

// With sets options of the layer that the next operations run in. It comes
// right behind a source or [Union].
func (f Flow[T]) With(opts ...Option) Flow[T] {
	if f.plan == nil {
		return f
	}
	p := *f.plan
	c, prog := p.config.with(p.program.with("With"), opts)
	if p.layer == nil {
		p.program, p.config = prog, c
		return Flow[T]{&p}
	}
	return newLayered(prog.fail("in a layer that has begun; give the options where it begins"), c, p.layer)
}
