package flowkit

import "slices"

// results are what becomes of an element before the fold.
func (st *modelStage) results(p *pane, it item) []Value {
	if st.Op == "join" {
		return st.through(p, 0, p.rows(it))
	}
	return st.through(p, 0, []Value{it.Value})
}

// through passes elements through the mappers from one on. Up to a uniq, an
// emit_and_reduce of Flow gets the results of one element in reverse.
func (st *modelStage) through(p *pane, from int, events []Value) []Value {
	for i := from; i < len(st.mappers); i++ {
		s := st.mappers[i]
		if s.Op == "uniq" || s.Op == "uniq_by" {
			return st.unique(p, i, events)
		}
		var results []Value
		for _, e := range events {
			results = append(results, st.mapped(s, e)...)
		}
		events = results
	}
	if st.reverses() {
		return reversed(events)
	}
	return events
}

// unique lets new elements pass one by one.
func (st *modelStage) unique(p *pane, i int, events []Value) (results []Value) {
	if p.seen[i] == nil {
		p.seen[i] = make(map[Value]bool)
	}
	for _, e := range events {
		key := st.mappers[i].key(e)
		if p.seen[i][key] {
			continue
		}
		p.seen[i][key] = true
		results = append(results, st.through(p, i+1, []Value{e})...)
	}
	return results
}

// reverses says that the results of an element come in reverse.
func (st *modelStage) reverses() bool {
	return !st.rules.flatOrder && slices.ContainsFunc(st.operations, func(s *Step) bool { return s.Op == "emit_and_reduce" })
}

// mapped applies a mapper.
func (st *modelStage) mapped(s *Step, e Value) []Value {
	switch s.Op {
	case "map":
		return []Value{s.Func.apply(e)}
	case "map_values":
		return []Value{pair(e.pair().First, s.Func.apply(e.pair().Second))}
	case "filter":
		return onlyIf(s.Pred.holds(e), e)
	case "reject":
		return onlyIf(!s.Pred.holds(e), e)
	case "flat_map":
		return s.Func.flat(e)
	case "tap", "each_tap":
		st.tapped = append(st.tapped, e)
		return []Value{e}
	}
	panic(unknownStep(s))
}

func onlyIf(keep bool, e Value) []Value {
	if keep {
		return []Value{e}
	}
	return nil
}

// holds says that the layer collects what passes its uniq.
func (st *modelStage) holds() bool {
	return st.fold == nil && !st.rules.uniqStreams &&
		slices.ContainsFunc(st.mappers, func(s *Step) bool { return s.Op == "uniq" || s.Op == "uniq_by" })
}
