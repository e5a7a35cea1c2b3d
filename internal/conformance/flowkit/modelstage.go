package flowkit

// modelStage is one stage of a layer.
type modelStage struct {
	*model
	*modelLayer
	index, total int

	batchers []*Step // its batch functions
	mappers  []*Step // what is done with each element
	fold     *fold
	ending   ending // of the fold
	merger   *modelMerger
	windows  *modelWindows
	out      []item
}

func newModelStage(m *model, l *modelLayer, index, total, producers int) *modelStage {
	l.check(m.rules)
	st := &modelStage{model: m, modelLayer: l, index: index, total: total}
	for _, s := range l.operations {
		st.add(s)
	}
	st.end()
	if l.Op == "departition" || l.Op == "take_sort" {
		st.merger = newModelMerger(m.rules, l.Step)
	}
	st.windows = newModelWindows(st, producers)
	return st
}

func (st *modelStage) add(s *Step) {
	switch f := s.fold(); {
	case f != nil:
		st.fold = f
	case s.Op == "map_batch":
		st.batchers = append(st.batchers, s)
	case s.Op == "emit" && s.What == "events":
	case s.Op == "emit" || s.Op == "on_trigger":
		st.ending = s.ending()
	default:
		st.mappers = append(st.mappers, s)
	}
}

// end says what becomes of the states if the steps do not.
func (st *modelStage) end() {
	switch {
	case st.next() == "take_sort" && st.fold == nil && st.rules.sortsAll:
		// All events are collected, and handed on at a trigger.
		collect := &Step{Acc: "append"}
		st.fold = collect.reduction()
		st.ending = func(state Value, _ firing) ([]Value, bool) { return state.items(), true }
	case st.ending != nil:
	case st.use == drops:
		st.ending = func(Value, firing) ([]Value, bool) { return nil, false }
	case st.next() == "departition":
		st.ending = whole
	default:
		st.ending = ownItems
	}
}

// handle takes a list of elements.
func (st *modelStage) handle(batch []item, producer int) {
	if st.merger != nil {
		batch = itemsOf(st.merger.add(batch))
	}
	st.take(batch, producer)
}

// take takes a list of elements of this layer.
func (st *modelStage) take(batch []item, producer int) {
	if len(batch) == 0 {
		return
	}
	if len(st.batchers) > 0 {
		batch = st.batched(batch)
	}
	st.windows.sort(batch, producer)
}

func (st *modelStage) batched(batch []item) []item {
	if st.windows.kind() == "fixed" && !st.rules.batchFixed {
		panic(errRaised)
	}
	var events []Value
	for _, it := range batch {
		events = append(events, it.Value)
	}
	for _, s := range st.batchers {
		events = s.Func.batch(events)
	}
	return itemsOf(events)
}

func (st *modelStage) left(producer int) { st.windows.left(producer) }

// finish is the end of all input.
func (st *modelStage) finish() {
	if st.merger != nil {
		st.rest(st.merger.rest())
	}
	st.windows.finish()
}

// rest is what a departition has left.
func (st *modelStage) rest(events []Value) {
	if st.rules.restPasses {
		st.take(itemsOf(events), nobody)
		return
	}
	st.out = append(st.out, itemsOf(events)...)
}

// nobody is the producer of what a departition has left.
const nobody = -1
