package flow

// Reduced is a layer that reduces: each stage has one state for each window.
// What becomes of the state when a trigger fires is said by what follows:
// [OnTrigger], [Reduced.State], [Reduced.Nothing], [Items] or [Entries].
//
// A window fires Done at its end, and before that when its triggers say so. A
// trigger leaves the state as it is, unless OnTrigger returns another one.
type Reduced[S any] struct {
	program program
	config  config
	prepare func(b *build) (states[S], error)
}

// states is a chain whose end is a state instead of events: at a trigger next
// turns it into events and the state to go on with.
type states[S any] func(w *worker, next func() func(S, Firing) S) intake

// Reduce folds the events of a stage and a window into a state. Init makes the
// first state of each window.
//
// Each stage of the layer has a state of its own: [Reduced.State] emits as many
// states for a window as there are stages. For a single one use [Combine], or
// the option [Stages] with 1. Behind a [PartitionBy] all events of a key are in the
// same state.
func Reduce[T, S any](f Flow[T], init func() S, step func(state S, event T) S) Reduced[S] {
	return reduce(f, "Reduce", init, step)
}

func reduce[T, S any](f Flow[T], name string, init func() S, step func(state S, event T) S) Reduced[S] {
	p, l, prog := operation(f, name)
	if init == nil || step == nil {
		prog = prog.fail("a function is nil")
	}
	pos := prog.position()
	return Reduced[S]{prog, p.config, prepared(l.prepare, func(c chain[T]) states[S] {
		return func(w *worker, next func() func(S, Firing) S) intake {
			return c(w, func() tail[T] { return reduction(w, pos, init, step, next()) })
		}
	})}
}

// reduction is the end of a chain for one window.
func reduction[T, S any](w *worker, pos int, init func() S, step func(S, T) S, end func(S, Firing) S) tail[T] {
	w.at = pos
	state := init()
	return tail[T]{
		push: func(events []T) {
			w.at = pos
			for from := 0; from < len(events) && !w.halted(); from += piece {
				now := state // a local: a pointer in the heap costs more to write
				for _, event := range events[from:min(from+piece, len(events))] {
					now = step(now, event)
				}
				state = now
			}
		},
		fire: func(f Firing) { state = end(state, f) },
	}
}

// GroupBy reduces to the events of each key, in the order in which they came.
func GroupBy[T any, K comparable](f Flow[T], key func(T) K) Reduced[map[K][]T] {
	if key == nil {
		return reduce[T](f, "GroupBy", (func() map[K][]T)(nil), nil)
	}
	return reduce(f, "GroupBy", makeMap[K, []T], func(groups map[K][]T, event T) map[K][]T {
		k := key(event)
		groups[k] = append(groups[k], event)
		return groups
	})
}

// GroupByKey is [GroupBy] for pairs: it reduces to the values of each key.
func GroupByKey[K comparable, V any](f Flow[Pair[K, V]]) Reduced[map[K][]V] {
	return reduce(f, "GroupByKey", makeMap[K, []V], func(groups map[K][]V, event Pair[K, V]) map[K][]V {
		groups[event.Key] = append(groups[event.Key], event.Value)
		return groups
	})
}

func makeMap[K comparable, V any]() map[K]V { return make(map[K]V) }

// OnTrigger turns the state into events whenever a trigger fires, and into the
// state to go on with in the rest of the window. The events must not share
// memory with that state that is changed later.
func OnTrigger[S, T any](r Reduced[S], fn func(state S, f Firing) ([]T, S)) Flow[T] {
	return emitted(r, "OnTrigger", fn == nil, func(state S, f Firing, out *collector[T]) S {
		events, next := fn(state, f)
		out.addAll(events)
		return next
	})
}

// State emits the state itself at each trigger: Flow's emit(:state). With
// triggers besides Done, the state must not be changed in place: what was
// emitted is the same memory. Use [OnTrigger] to emit a copy.
func (r Reduced[S]) State() Flow[S] {
	return emitted(r, "State", false, func(state S, _ Firing, out *collector[S]) S {
		out.add(state)
		return state
	})
}

// Nothing emits nothing: for states that are built for their side effects.
func (r Reduced[S]) Nothing() Flow[S] {
	return emitted(r, "Nothing", false, func(state S, _ Firing, _ *collector[S]) S { return state })
}

// Items emits the items of a state that is a slice, at each trigger.
func Items[T any](r Reduced[[]T]) Flow[T] {
	return emitted(r, "Items", false, func(state []T, _ Firing, out *collector[T]) []T {
		out.addAll(state)
		return state
	})
}

// Entries emits the entries of a state that is a map, at each trigger.
func Entries[K comparable, V any](r Reduced[map[K]V]) Flow[Pair[K, V]] {
	return emitted(r, "Entries", false, func(state map[K]V, _ Firing, out *collector[Pair[K, V]]) map[K]V {
		for k, v := range state {
			out.add(Pair[K, V]{k, v})
		}
		return state
	})
}

// emitted makes a flow of a reduced layer.
func emitted[S, T any](r Reduced[S], name string, missing bool, end ending[S, T]) Flow[T] {
	prog := r.program.with(name)
	switch {
	case r.prepare == nil:
		prog = prog.fail("there is no source")
	case missing:
		prog = prog.fail("the function is nil")
	}
	pos := prog.position()
	prepare := prepared(r.prepare, func(c states[S]) chain[T] {
		return func(w *worker, next func() tail[T]) intake {
			in := c(w, func() func(S, Firing) S {
				out := collect(w, pos, next().push)
				return func(state S, f Firing) S {
					return end.fire(w, pos, state, f, out)
				}
			})
			w.long = false // what is long goes into a state
			return in
		}
	})
	return newLayered(prog, r.config, &layer[T]{prepare: prepare, reduced: true})
}

// Emitted is a layer that reduces and emits on the way, made by
// [EmitAndReduce].
type Emitted[S, T any] struct {
	program program
	config  config
	prepare func(b *build, endPos int, end ending[S, T]) (chain[T], error)
}

// ending turns a state into events at a trigger, and into the state to go on
// with.
type ending[S, T any] func(state S, f Firing, out *collector[T]) S

func (end ending[S, T]) fire(w *worker, pos int, state S, f Firing, out *collector[T]) S {
	w.at = pos
	state = end(state, f, out)
	out.flush()
	return state
}

// EmitAndReduce is [Reduce] with a step that can emit events as well. They go
// downstream in order, those of a trigger behind those of the events before it.
//
// Behind it, [Departition] and [TakeSort] take what was emitted since the last
// trigger together, and hold all of it until the next one: in an endless flow
// give the window a trigger or an end.
func EmitAndReduce[T, S, U any](f Flow[T], init func() S, step func(state S, event T, emit func(U)) S) Emitted[S, U] {
	p, l, prog := operation(f, "EmitAndReduce")
	if init == nil || step == nil {
		prog = prog.fail("a function is nil")
	}
	pos := prog.position()
	return Emitted[S, U]{prog, p.config, func(b *build, endPos int, end ending[S, U]) (chain[U], error) {
		c, err := l.prepare(b)
		if err != nil {
			return nil, err
		}
		return func(w *worker, next func() tail[U]) intake {
			w.long = true // a step may emit very many events
			return c(w, func() tail[T] {
				out := collect(w, pos, next().push)
				add := out.add
				t := reduction(w, pos, init,
					func(state S, event T) S { return step(state, event, add) },
					func(state S, f Firing) S { return end.fire(w, endPos, state, f, out) })
				return tail[T]{fire: t.fire, push: func(events []T) {
					t.push(events)
					out.flush()
				}}
			})
		}, nil
	}}
}

// OnTrigger is [OnTrigger] for a layer that emits on the way.
func (e Emitted[S, T]) OnTrigger(fn func(state S, f Firing) ([]T, S)) Flow[T] {
	return e.ending("OnTrigger", fn == nil, func(state S, f Firing, out *collector[T]) S {
		events, next := fn(state, f)
		out.addAll(events)
		return next
	})
}

// Nothing emits nothing at triggers.
func (e Emitted[S, T]) Nothing() Flow[T] {
	return e.ending("Nothing", false, func(state S, _ Firing, _ *collector[T]) S { return state })
}

func (e Emitted[S, T]) ending(name string, missing bool, end ending[S, T]) Flow[T] {
	prog := e.program.with(name)
	switch {
	case e.prepare == nil:
		prog = prog.fail("there is no source")
	case missing:
		prog = prog.fail("the function is nil")
	}
	prepare := func(b *build) (chain[T], error) { return e.prepare(b, prog.position(), end) }
	return newLayered(prog, e.config, &layer[T]{prepare: prepare, reduced: true})
}
