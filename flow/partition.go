package flow

import (
	"fmt"

	"github.com/stagecraft-go/stagecraft/dispatcher"
)

// Partition begins a layer in which equal events come into the same stage. The
// default hash is stable for the life of the program.
func Partition[T comparable](f Flow[T], opts ...Option) Flow[T] {
	return partition(f, "Partition", opts, func(stages int) func(T) int { return dispatcher.HashValue[T](stages) })
}

// PartitionBy begins a layer in which events with the same key come into the
// same stage.
func PartitionBy[T any, K comparable](f Flow[T], key func(T) K, opts ...Option) Flow[T] {
	if key == nil {
		return partition[T](f, "PartitionBy", opts, nil)
	}
	return partition(f, "PartitionBy", opts, func(stages int) func(T) int { return dispatcher.HashKey(stages, key) })
}

// PartitionTo begins a layer in which you choose the stage of each event, from
// 0 to the number of stages less one; another number ends the flow with an
// error. It is called in the stages before, and not at all if there is one
// stage.
func (f Flow[T]) PartitionTo(place func(event T) int, opts ...Option) Flow[T] {
	if place == nil {
		return partition[T](f, "PartitionTo", opts, nil)
	}
	return partition(f, "PartitionTo", opts, func(stages int) func(T) int {
		return func(event T) int {
			i := place(event)
			checkPlace(i, stages)
			return i
		}
	})
}

// partition begins a layer with a hash, which is made for its number of stages.
func partition[T any](f Flow[T], name string, opts []Option, hash func(stages int) func(T) int) Flow[T] {
	prog := programOf(f).with(name)
	c, prog := newConfig(prog, opts)
	if hash == nil {
		return begin(f, prog.fail("the function is nil"), c, nil)
	}
	if c.stages == 1 {
		return begin(f, prog, c, nil)
	}
	return begin(f, prog, c, &route[T]{
		factory: dispatcher.Partition(c.stages, hash(c.stages)),
		routed:  true,
		op:      name,
		pos:     prog.position(),
	})
}

// checkPlace ends the flow when an event has no stage to go to.
func checkPlace(i, stages int) {
	if i < 0 || i >= stages {
		panic(fmt.Errorf("stage %d for an event, allowed is 0 to %d", i, stages-1))
	}
}

// PartitionKeep is [Flow.PartitionTo] with a function that can also change an
// event, or drop it by returning false. It is called also if there is one stage.
func (f Flow[T]) PartitionKeep(place func(event T) (T, int, bool), opts ...Option) Flow[T] {
	prog := programOf(f).with("PartitionKeep")
	c, prog := newConfig(prog, opts)
	if place == nil {
		return begin(f, prog.fail("the function is nil"), c, nil)
	}
	stages := c.stages
	route := &route[T]{routed: true, op: "PartitionKeep", pos: prog.position()}
	route.factory = dispatcher.PartitionBy(dispatcher.Indexes(stages), func(event T) (T, int, bool) {
		event, i, keep := place(event)
		if keep {
			checkPlace(i, stages)
		}
		return event, i, keep
	})
	return begin(f, prog, c, route)
}

// Shuffle begins a layer in which an event goes to whichever stage has asked
// for most.
func (f Flow[T]) Shuffle(opts ...Option) Flow[T] {
	c, prog := newConfig(programOf(f).with("Shuffle"), opts)
	return begin(f, prog, c, nil)
}

// Merge begins a layer behind a dispatcher of your choice. A layer behind a
// partition dispatcher is begun with [Partition] and its like.
func (f Flow[T]) Merge(d dispatcher.Factory[T], opts ...Option) Flow[T] {
	c, prog := newConfig(programOf(f).with("Merge"), opts)
	if d == nil {
		return begin(f, prog.fail("the dispatcher is nil"), c, nil)
	}
	return begin(f, prog, c, &route[T]{factory: d, op: "Merge", pos: prog.position()})
}

// begin begins a layer behind a flow.
func begin[T any](f Flow[T], prog program, c config, r *route[T]) Flow[T] {
	if f.plan == nil {
		return Flow[T]{&plan[T]{program: prog.fail("there is no source")}}
	}
	return Flow[T]{openLayer(prog, c, subscribeTo(f.plan, c, r))}
}

// programOf is the flow's list of operations.
func programOf[T any](f Flow[T]) program {
	if f.plan == nil {
		return program{}
	}
	return f.plan.program
}
