package flowkit

import "slices"

// pane is one window of a stage of the model.
type pane struct {
	stage *modelStage
	kind  string
	id    Value
	order int // among the windows
	count int // elements, of a count window

	state Value
	seen  map[int]map[Value]bool // by uniq
	held  List                   // what passed a uniq without a reduce, newest first
	cuts  *modelCuts
	pairs modelJoin
	early []Value // emitted since the last trigger, for a departition
}

func (st *modelStage) newPane(kind string, id Value, order int) *pane {
	p := &pane{stage: st, kind: kind, id: id, order: order, seen: make(map[int]map[Value]bool)}
	if st.fold != nil {
		p.state = st.fold.initial
	}
	if w := st.Window; w != nil && len(w.Trigger) > 0 {
		p.cuts = &modelCuts{trigger: &w.Trigger[0]}
	}
	return p
}

// add lets the trigger cut elements into pieces.
func (p *pane) add(events []item) {
	if p.cuts == nil || len(events) == 0 {
		p.emit(p.reduced(events))
		return
	}
	pieces, rest := p.cuts.pieces(events)
	for _, piece := range pieces {
		first := p.reduced(piece)
		if p.stage.rules.triggerLast {
			p.emit(first)
			p.fire(p.cuts.trigger.name())
		} else {
			p.fire(p.cuts.trigger.name())
			p.emit(first)
		}
	}
	p.emit(p.reduced(rest))
}

// reduced is what elements make the layer emit at once.
func (p *pane) reduced(events []item) (emitted []Value) {
	for _, it := range events {
		emitted = append(emitted, p.folded(p.stage.results(p, it))...)
	}
	return emitted
}

func (p *pane) folded(events []Value) (emitted []Value) {
	switch {
	case p.stage.holds():
		for _, e := range events {
			p.held = p.held.prepend(e)
		}
		return nil
	case p.stage.fold == nil:
		return events
	}
	for _, e := range events {
		now, next := p.stage.fold.step(p.state, e)
		p.state = next
		emitted = append(emitted, now...)
	}
	return emitted
}

// emit sends events on. For a departition they wait for the trigger.
func (p *pane) emit(events []Value) {
	if p.stage.hands() {
		p.early = append(p.early, events...)
		return
	}
	if p.stage.use != drops {
		p.stage.out = append(p.stage.out, itemsOf(events)...)
	}
}

const done = "done"

// fire is a trigger.
func (p *pane) fire(name Value) {
	last := name == text(done)
	if last && p.stage.Op == "join" {
		for _, row := range p.alone() {
			p.emit(p.folded(p.stage.through(p, 0, []Value{row})))
		}
	}
	p.emit(p.ended(name))
	if !p.stage.hands() {
		return
	}
	events := p.early
	p.early = nil
	if p.stage.next() == "take_sort" {
		s := p.stage.after
		events = []Value{list(firstOf(events, s.N, s.order())...)}
	}
	for _, e := range events {
		p.stage.out = append(p.stage.out, item{Value: e, window: p, name: name})
	}
	if last && p.stage.rules.markers {
		p.stage.out = append(p.stage.out, item{window: p, marker: true})
	}
}

// ended turns the state into events.
func (p *pane) ended(name Value) []Value {
	if p.stage.holds() {
		return p.held.items()
	}
	if p.stage.fold == nil {
		return nil
	}
	events, reset := p.stage.ending(p.state, firing{
		index:  p.stage.index,
		total:  p.stage.total,
		kind:   p.kind,
		window: p.id,
		name:   name,
	})
	if reset {
		p.state = p.stage.fold.initial
	}
	return slices.Clone(events)
}
