package flowkit

import (
	"fmt"
	"slices"
)

// modelLayer is a layer with its operations. A source is a layer if it has
// some.
type modelLayer struct {
	*Step
	operations []*Step
	after      *Step // the beginning of the layer behind it, nil at the end
	use        use
}

// use is what the events of a flow are for.
type use int

const (
	collects use = iota
	drops        // nobody wants them
	joins        // they are a side of a join
	routes       // a layer has a stage for each
)

// useBy is what a layer does with the events before it.
func (m *model) useBy(s *Step) use {
	if s.Op == "partition" && m.places(s) {
		return routes
	}
	return collects
}

// beginsLayer says that a step is no operation.
func (s *Step) beginsLayer() bool {
	switch s.Op {
	case "from", "from_failing", "from_stages", "partition", "shuffle", "departition", "take_sort", "through", "join":
		return true
	}
	return false
}

// flow runs the steps, layer by layer.
func (m *model) flow(steps []Step, use use) (feeds []feed) {
	for len(steps) > 0 {
		n := 1
		for n < len(steps) && !steps[n].beginsLayer() {
			n++
		}
		l := modelLayer{Step: &steps[0]}
		if n == len(steps) {
			l.use = use
		} else {
			l.after, l.use = &steps[n], m.useBy(&steps[n])
		}
		for i := range steps[1:n] {
			l.operations = append(l.operations, &steps[1+i])
		}
		steps = steps[n:]
		feeds = m.layer(&l, feeds)
	}
	return feeds
}

func (m *model) layer(l *modelLayer, before []feed) []feed {
	switch l.Op {
	case "from", "from_stages":
		return m.sources(l)
	case "from_failing":
		panic(errRaised)
	case "through":
		return m.source(l, m.through(l, before))
	case "join":
		before = append(m.side(l.Left, false), m.side(l.Right, true)...)
	}
	for _, steps := range l.Flows {
		before = append(before, m.flow(steps, m.useBy(l.Step))...)
	}
	return m.stages(l, m.routed(l, before))
}

// sources are lists, with a layer behind them if they have operations.
func (m *model) sources(l *modelLayer) (feeds []feed) {
	if l.Ending == "error" {
		panic(errRaised)
	}
	for _, items := range l.Lists {
		feeds = append(feeds, feed{items: itemsOf(items), source: true})
	}
	return m.source(l, feeds)
}

// source is what stages of others send, with a layer behind them if there are
// operations.
func (m *model) source(l *modelLayer, feeds []feed) []feed {
	if len(l.operations) == 0 && !m.needsLayer(l) {
		if l.Window.plain() {
			return feeds
		}
		if !m.rules.windowOpens {
			panic(refusalError("start"))
		}
	}
	return m.stages(l, m.routed(l, feeds))
}

func itemsOf(values []Value) (items []item) {
	for _, v := range values {
		items = append(items, item{Value: v})
	}
	return items
}

// side is one side of a join.
func (m *model) side(steps []Step, right bool) []feed {
	feeds := m.flow(steps, joins)
	for i := range feeds {
		feeds[i].items = slices.Clone(feeds[i].items)
		for j := range feeds[i].items {
			feeds[i].items[j].right = right
		}
	}
	return feeds
}

// needsLayer says that a source is a layer even without operations: a join, a
// departition and a take_sort do something in it, and a stage of others cannot
// place what it sends.
func (m *model) needsLayer(l *modelLayer) bool {
	others := l.Op == "from_stages" || l.Op == "through"
	return l.use == joins || l.hands() || others && l.use == routes
}

// through spreads the elements over stages that change them.
func (m *model) through(l *modelLayer, before []feed) []feed {
	if l.Count == 0 {
		panic(refusalError("config"))
	}
	var events []Value
	for _, e := range m.merged(before) {
		events = append(events, l.Map.apply(e))
	}
	after := make([]feed, l.Count)
	for _, it := range itemsOf(events) {
		i := m.chance.IntN(l.Count)
		after[i].items = append(after[i].items, it)
	}
	return after
}

// stages runs the stages of a layer, each with what comes to it from each
// producer.
func (m *model) stages(l *modelLayer, routed [][]feed) (after []feed) {
	for i, feeds := range routed {
		if l.OnInit {
			m.inits = append(m.inits, pair(number(i), number(len(routed))))
		}
		st := newModelStage(m, l, i, len(routed), len(feeds))
		for _, a := range m.arrivals(feeds, func(f feed) [][]item { return m.batches(l.Step, len(routed), f) }) {
			if a.end {
				st.left(a.producer)
			} else {
				st.handle(a.batch, a.producer)
			}
		}
		st.finish()
		after = append(after, feed{items: st.out})
	}
	return after
}

// next is the kind of the layer behind it.
func (l *modelLayer) next() string {
	if l.after == nil {
		return ""
	}
	return l.after.Op
}

// hands says that the layer behind it merges what it hands over at triggers.
func (l *modelLayer) hands() bool { return l.next() == "departition" || l.next() == "take_sort" }

// check refuses what cannot be in a layer.
func (l *modelLayer) check(rules semantics) {
	reduces := slices.ContainsFunc(l.operations, func(s *Step) bool { return s.fold() != nil })
	switch {
	case l.Window != nil && l.Window.Kind != "global" && l.Window.N < 1:
		panic(refusalError("config"))
	case l.next() == "departition" && !reduces:
		panic(refusalError("config"))
	case l.next() == "take_sort" && !reduces && !rules.sortsAll:
		panic(refusalError("config"))
	}
}

func unknownStep(s *Step) error { return fmt.Errorf("unknown step %q", s.Op) }
