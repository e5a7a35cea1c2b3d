package flowkit

import (
	"cmp"
	"maps"
	"slices"
)

// modelMerger merges what the stages before a departition or take_sort hand
// over.
type modelMerger struct {
	rules semantics
	step  *Step
	merging
	open map[Value]*mergedWindow
}

type mergedWindow struct {
	acc   Value
	id    Value
	order int
	left  map[int]bool // stages that are not done
}

func newModelMerger(rules semantics, s *Step) *modelMerger {
	m := &modelMerger{rules: rules, step: s, open: make(map[Value]*mergedWindow)}
	if s.Op == "departition" {
		m.merging = s.merging()
		return m
	}
	m.merging = merging{list(), func(acc, sorted Value) Value {
		return list(firstOf(append(acc.items(), sorted.items()...), s.N, s.order())...)
	}}
	return m
}

// add returns what windows give that are complete.
func (m *modelMerger) add(batch []item) (complete []Value) {
	for _, it := range batch {
		if it.window == nil {
			panic(errRaised) // it was not made by a trigger
		}
		w := m.of(it.window)
		if it.marker || !m.rules.markers && it.name == text(done) {
			delete(w.left, it.window.stage.index)
		}
		if !it.marker {
			w.acc = m.merge(w.acc, it.Value)
		}
		if len(w.left) == 0 {
			complete = append(complete, m.gives(w))
			delete(m.open, w.id)
		}
	}
	return complete
}

func (m *modelMerger) of(p *pane) *mergedWindow {
	w := m.open[p.id]
	if w == nil {
		w = &mergedWindow{acc: m.initial, id: p.id, order: p.order, left: make(map[int]bool)}
		for i := range p.stage.total {
			w.left[i] = true
		}
		m.open[p.id] = w
	}
	return w
}

func (m *modelMerger) gives(w *mergedWindow) Value {
	if m.step.Op == "take_sort" {
		return w.acc
	}
	return m.step.finished(w.acc, w.id)
}

// rest is what the windows give that are not complete, in order.
func (m *modelMerger) rest() (incomplete []Value) {
	for _, w := range slices.SortedFunc(maps.Values(m.open), func(a, b *mergedWindow) int { return cmp.Compare(a.order, b.order) }) {
		incomplete = append(incomplete, m.gives(w))
	}
	return incomplete
}
