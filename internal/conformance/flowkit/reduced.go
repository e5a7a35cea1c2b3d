package flowkit

import (
	"fmt"
	"slices"

	"github.com/stagecraft-go/stagecraft/flow"
)

// reduced is a reduce whose emission is not known yet.
type reduced interface {
	state() flow.Flow[Value]
	nothing() flow.Flow[Value]
	// items is what is emitted if nothing is said.
	items() (flow.Flow[Value], error)
	onTrigger(end ending) flow.Flow[Value]
}

// reduce begins a reduce.
func (c *builder) reduce(f flow.Flow[Value], s *Step) error {
	switch s.Op {
	case "reduce":
		c.reduced = folded{f, s, c.layer}
	case "emit_and_reduce":
		c.reduced = newEmitting(f, s.fold(), c.layer)
	case "group_by":
		pairs := flow.Map(f, func(e Value) flow.Pair[Value, Value] {
			return flow.Pair[Value, Value]{Key: s.Key.of(e), Value: s.value(e)}
		})
		c.reduced = grouped{flow.GroupByKey(pairs), c.layer}
		if s.Value == nil {
			c.reduced = grouped{flow.GroupBy(f, s.Key.of), c.layer}
		}
	case "group_by_key":
		c.reduced = grouped{flow.GroupByKey(flow.Map(f, Value.entry)), c.layer}
	case "from_flow", "merge_bad", "reduce_bad_acc", "emit_and_reduce_bad_acc":
		return unwritable("%s", s.Op)
	default:
		return fmt.Errorf("unknown step %q", s.Op)
	}
	return nil
}

// end ends a reduce.
func (c *builder) end(s *Step) error {
	switch {
	case c.reduced == nil:
		return unwritable("%s without a reduce", s.Op)
	case s.Op == "on_trigger":
		c.emit(c.reduced.onTrigger(s.ending()))
	case s.What == "state":
		c.emit(c.reduced.state())
	case s.What == "nothing":
		c.emit(c.reduced.nothing())
	}
	return nil
}

// folded is a Reduce.
type folded struct {
	from   flow.Flow[Value]
	step   *Step
	window *Window
}

func (r folded) reduce() flow.Reduced[Value] {
	fold := r.step.fold()
	return flow.Reduce(r.from, func() Value { return fold.initial }, func(state, e Value) Value {
		_, next := fold.step(state, e)
		return next
	})
}

func (r folded) state() flow.Flow[Value]   { return r.reduce().State() }
func (r folded) nothing() flow.Flow[Value] { return r.reduce().Nothing() }

func (r folded) items() (flow.Flow[Value], error) {
	switch r.step.states() {
	case listStates:
		return flow.Items(r.reduceList()), nil
	case mapStates:
		return r.onTrigger(ownItems), nil
	}
	return r.from, unwritable("Items of a state that is no list")
}

// reduceList has states that are lists of Go.
func (r folded) reduceList() flow.Reduced[[]Value] {
	fold := r.step.fold()
	return flow.Reduce(r.from, fold.initial.items, func(state []Value, e Value) []Value {
		_, next := fold.step(list(state...), e)
		return next.items()
	})
}

func (r folded) onTrigger(end ending) flow.Flow[Value] {
	initial := r.step.fold().initial
	return onTrigger(r.reduce(), plainEvents.value, func() Value { return initial }, end, r.window)
}

func onTrigger[S any](r flow.Reduced[S], value func(S) Value, initial func() S, end ending, w *Window) flow.Flow[Value] {
	return flow.OnTrigger(r, func(state S, f flow.Firing) ([]Value, S) {
		events, reset := end(value(state), w.firing(f))
		if reset {
			return events, initial()
		}
		return events, state
	})
}

// grouped is a GroupBy.
type grouped struct {
	groups flow.Reduced[map[Value][]Value]
	window *Window
}

func (r grouped) state() flow.Flow[Value]          { return r.onTrigger(whole) }
func (r grouped) nothing() flow.Flow[Value]        { return onNothing(r.groups) }
func (r grouped) items() (flow.Flow[Value], error) { return r.onTrigger(ownItems), nil }

func (r grouped) onTrigger(end ending) flow.Flow[Value] {
	return onTrigger(r.groups, groupsValue, func() map[Value][]Value { return make(map[Value][]Value) }, end, r.window)
}

// groupsValue is a map as the recordings have it: sorted by key, and the values
// of a key newest first, where ours are in the order in which they came.
func groupsValue(groups map[Value][]Value) Value {
	var entries []Value
	for key, values := range groups {
		entries = append(entries, pair(key, list(reversed(values)...)))
	}
	slices.SortFunc(entries, Value.compare)
	return list(entries...)
}

// emitting is an EmitAndReduce.
type emitting struct {
	emitted flow.Emitted[Value, Value]
	initial Value
	window  *Window
}

func newEmitting(f flow.Flow[Value], fold *fold, w *Window) emitting {
	init := func() Value { return fold.initial }
	return emitting{flow.EmitAndReduce(f, init, func(state, e Value, emit func(Value)) Value {
		emitted, next := fold.step(state, e)
		for _, e := range emitted {
			emit(e)
		}
		return next
	}), fold.initial, w}
}

func (r emitting) state() flow.Flow[Value]          { return r.onTrigger(whole) }
func (r emitting) nothing() flow.Flow[Value]        { return r.emitted.Nothing() }
func (r emitting) items() (flow.Flow[Value], error) { return r.onTrigger(ownItems), nil }

func (r emitting) onTrigger(end ending) flow.Flow[Value] {
	return r.emitted.OnTrigger(func(state Value, f flow.Firing) ([]Value, Value) {
		events, reset := end(state, r.window.firing(f))
		if reset {
			return events, r.initial
		}
		return events, state
	})
}

// onNothing emits nothing: the events of the flow that it makes have another
// type than the states.
func onNothing[S any](r flow.Reduced[S]) flow.Flow[Value] {
	return flow.OnTrigger(r, func(state S, _ flow.Firing) ([]Value, S) { return nil, state })
}
