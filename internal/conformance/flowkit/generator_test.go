package flowkit

import (
	"fmt"
	"math/rand/v2"
	"slices"
)

// generator makes scenarios by chance.
type generator struct {
	*rand.Rand
	steps []Step
	kind  kind
}

// kind is what the elements are at the end of the steps so far. It says what can
// be done with them.
type kind int

const (
	ints  kind = iota
	times      // pairs of a time and an integer
	pairs      // of integers
	words
	groups // lists of integers
	mixed  // anything: nothing is done with them
)

func newScenario(seed uint64) *Scenario {
	g := &generator{Rand: rand.New(rand.NewPCG(seed, 1))}
	return &Scenario{ID: fmt.Sprint("generated ", seed), Rule: "generated", Flow: g.flow(1 + g.IntN(3))}
}

// flow is a source and some more layers.
func (g *generator) flow(layers int) []Step {
	g.source()
	for range layers {
		g.layer()
	}
	return g.steps
}

// nested is another flow, for one that takes several.
func (g *generator) nested(k kind) []Step {
	inner := &generator{Rand: g.Rand}
	inner.from(k)
	if g.rarely() {
		inner.mappers()
		inner.to(k)
	}
	return inner.steps
}

func (g *generator) often() bool  { return g.IntN(3) > 0 }
func (g *generator) rarely() bool { return g.IntN(4) == 0 }

func pick[T any](g *generator, of ...T) T { return of[g.IntN(len(of))] }

func (g *generator) add(s Step) { g.steps = append(g.steps, s) }

func (g *generator) source() {
	k := pick(g, ints, ints, times, times, pairs, words)
	switch g.IntN(8) {
	case 0:
		g.merged(k)
	case 1:
		g.join(pick(g, ints, times, pairs))
	default:
		g.from(k)
	}
	g.operations()
}

func (g *generator) from(k kind) {
	s := Step{Op: "from"}
	if g.rarely() {
		s = Step{Op: "from_stages", Ending: pick(g, "normal", "shutdown"), Managed: g.rarely()}
	}
	for range pick(g, 1, 1, 1, 2, 3) {
		s.Lists = append(s.Lists, g.list(k))
	}
	g.kind = k
	g.options(&s)
	g.add(s)
}

func (g *generator) list(k kind) []Value {
	values := make([]Value, pick(g, 0, 1, 5, 10, 20, 30))
	at := pick(g, 0, 0, -3000)
	for i := range values {
		at += pick(g, 0, 100, 500, 1700, -600)
		values[i] = g.value(k, at)
	}
	return values
}

func (g *generator) value(k kind, at int) Value {
	switch k {
	case times:
		return pair(number(at), number(g.IntN(20)-5))
	case pairs:
		return pair(number(g.IntN(6)), number(g.IntN(20)-5))
	case words:
		return text(pick(g, "a", "bb", "ccc", "a bb", "", "a  a"))
	}
	return number(g.IntN(20) - 5)
}

// options are those of any layer.
func (g *generator) options(s *Step) {
	s.Stages = pick(g, 1, 1, 1, 2, 3)
	if g.often() {
		s.MaxDemand = pick(g, 1, 1, 2, 5, 9)
	}
	if s.MaxDemand > 0 && g.rarely() {
		least := g.IntN(s.MaxDemand)
		s.MinDemand = &least
	}
	s.OnInit = g.rarely()
	if g.rarely() || g.kind == times && g.often() {
		s.Window = g.window()
	}
}

func (g *generator) window() *Window {
	w := &Window{Kind: pick(g, "global", "count")}
	if g.kind == times && g.often() {
		w.Kind, w.Unit = "fixed", "s"
		if g.rarely() {
			w.Lateness = &Interval{1, "h"}
		}
	}
	if w.Kind != "global" {
		w.N = 1 + g.IntN(5)
	}
	if g.rarely() {
		w.Trigger = Triggers{g.trigger()}
	}
	return w
}

func (g *generator) trigger() Trigger {
	switch g.IntN(6) {
	case 0:
		return Trigger{Custom: "after_match", Name: "hit", Pred: g.pred()}
	case 1:
		return Trigger{Custom: "before_match", Name: "hit", Pred: g.pred()}
	case 2:
		return Trigger{Custom: "budget", Limit: 1 + g.IntN(20)}
	case 3:
		return Trigger{Custom: "keep_only", Pred: g.pred()}
	case 4:
		return Trigger{Custom: "moving", N: 1 + g.IntN(3)}
	}
	every := 1 + g.IntN(5)
	return Trigger{Every: &every}
}

func (g *generator) pred() *Pred {
	p := &Pred{P: pick(g, "even", "mult", "gt", "lt"), K: 1 + g.IntN(5)}
	if g.rarely() {
		return &Pred{P: "not", Of: p}
	}
	return p
}

func (g *generator) key() *Key {
	return &Key{Key: pick(g, "id", "num", "mod", "mod", "div"), K: 1 + g.IntN(4)}
}

// layer begins another layer.
func (g *generator) layer() {
	s := Step{Op: pick(g, "partition", "partition", "shuffle", "through", "take_sort")}
	switch {
	case s.Op == "through" && g.often():
		s.Op = "shuffle"
	case s.Op == "through":
		s.Count, s.Managed, s.Map = 1+g.IntN(2), g.rarely(), &Func{F: "wrap"}
		s.SubMaxDemand = pick(g, 0, 1, 3)
		g.kind = mixed
	case s.Op == "take_sort" && g.often():
		s.Op = "partition"
	case s.Op == "take_sort":
		s.N, s.Order = 1+g.IntN(4), pick(g, "asc", "desc")
	}
	g.options(&s)
	switch s.Op {
	case "partition":
		g.placement(&s)
	case "take_sort":
		s.Window = nil
		if g.kind != ints {
			g.kind = mixed
		} else {
			g.kind = groups
		}
	}
	g.add(s)
	g.operations()
}

func (g *generator) placement(s *Step) {
	if g.kind == groups || g.kind == mixed {
		return
	}
	mod := &Key{Key: "mod", K: 1 + g.IntN(4)}
	switch g.IntN(5) {
	case 0:
		s.HashedKey = g.key()
	case 1:
		s.Place = &Key{Key: "drop_unless", Pred: g.pred(), Then: mod}
	case 2, 3:
		s.Place = mod
	}
}

// merged begins with several flows.
func (g *generator) merged(k kind) {
	s := Step{Op: pick(g, "partition", "shuffle"), Flows: [][]Step{g.nested(k), g.nested(k)}}
	g.kind = k
	g.options(&s)
	g.add(s)
}

func (g *generator) join(k kind) {
	g.kind = k
	s := Step{
		Op:       "join",
		Left:     g.nested(k),
		Right:    g.nested(k),
		LeftKey:  &Key{Key: "mod", K: 3},
		RightKey: g.key(),
		Mode:     pick(g, "inner", "left_outer", "right_outer", "full_outer"),
		Join:     pick(g, "pair", "sum"),
	}
	g.options(&s)
	g.add(s)
	g.kind = mixed
	if s.Join == "sum" {
		g.kind = ints
	}
}

// operations of a layer, up to its reduce.
func (g *generator) operations() {
	begin := g.steps[len(g.steps)-1].Op
	if g.rarely() && g.kind == ints && begin != "join" {
		g.add(Step{Op: "map_batch", Func: &Func{F: pick(g, "size", "sum", "reverse", "take", "append", "dedup"), N: 2, V: number(7)}})
	}
	g.mappers()
	if g.often() {
		g.reduce()
	}
}

func (g *generator) mappers() {
	for range g.IntN(4) {
		g.mapper()
	}
}

func (g *generator) mapper() {
	switch g.IntN(6) {
	case 0:
		g.add(Step{Op: "tap"})
	case 1:
		g.add(Step{Op: "uniq"})
	case 2:
		g.filter()
	case 3:
		g.flatMap()
	default:
		g.mapping()
	}
}

func (g *generator) filter() {
	if g.kind != groups && g.kind != mixed {
		g.add(Step{Op: pick(g, "filter", "reject"), Pred: g.pred()})
	}
}

func (g *generator) flatMap() {
	switch g.kind {
	case ints:
		g.add(Step{Op: "flat_map", Func: &Func{F: pick(g, "repeat_mod", "upto_mod", "and_next"), K: 3}})
	case words:
		g.add(Step{Op: "flat_map", Func: &Func{F: pick(g, "split", "chars")}})
	case groups:
		g.add(Step{Op: "flat_map", Func: &Func{F: "items"}})
		g.kind = ints
	default:
		g.add(Step{Op: "flat_map", Func: &Func{F: "repeat", N: g.IntN(3)}})
	}
}

func (g *generator) mapping() {
	switch g.kind {
	case ints:
		f := &Func{F: pick(g, "add", "mul", "mod"), K: 2 + g.IntN(3)}
		if g.IntN(20) == 0 {
			f = &Func{F: "raise_if", Pred: &Pred{P: "gt", K: 12}}
		}
		g.add(Step{Op: "map", Func: f})
	case times, pairs:
		g.to(pick(g, ints, pairs))
	case words:
		g.to(ints)
	}
}

// to changes the elements into others.
func (g *generator) to(k kind) {
	switch {
	case k == ints && g.kind == ints, g.kind != ints && k == g.kind:
	case k == ints && g.kind != groups && g.kind != mixed:
		g.add(Step{Op: "map", Func: &Func{F: "num"}})
	case g.kind == times && k == pairs:
		g.add(Step{Op: "map_values", Func: &Func{F: "add", K: 5}})
	default:
		return
	}
	g.kind = k
}

// reduce and what it emits.
func (g *generator) reduce() {
	if g.kind == groups || g.kind == mixed {
		g.add(Step{Op: "reduce", Acc: pick(g, "collect", "append")})
		return
	}
	s := pick(g,
		Step{Op: "reduce", Acc: pick(g, "sum", "count", "max")},
		Step{Op: "reduce", Acc: pick(g, "collect", "append")},
		Step{Op: "reduce", Acc: pick(g, "map_count", "map_sum", "map_last"), Key: g.key()},
		Step{Op: "group_by", Key: g.key()},
		Step{Op: "emit_and_reduce", Rule: pick(g, "running_sum", "each_and_count", "dedup", "every", "sliding", "map_running"), N: 1 + g.IntN(4), Key: g.key()},
	)
	g.add(s)
	if g.rarely() && s.Op != "emit_and_reduce" {
		g.departition(&s)
		return
	}
	g.emission(&s)
}

func (g *generator) emission(s *Step) {
	wholes := []string{"state", "state", "nothing"}
	itemized := slices.Contains([]string{"collect", "append", "map_count"}, s.Acc) || s.Op == "group_by"
	if itemized {
		wholes = append(wholes, "elements", "size")
	}
	numbers := slices.Contains([]string{"sum", "count", "max"}, s.Acc)
	kept := (s.Acc == "collect" || s.Acc == "append") && g.kind == ints
	switch {
	case itemized && g.rarely():
		if s.Acc == "map_count" || s.Op == "group_by" {
			g.kind = mixed
		}
	case g.rarely():
		g.add(Step{Op: "on_trigger", Emit: "fields", Fields: []string{"state", "index", "total", "kind", "window", "trigger"}, Next: pick(g, "keep", "reset")})
		g.kind = mixed
	default:
		emit := pick(g, wholes...)
		g.add(Step{Op: "on_trigger", Emit: emit, Next: pick(g, "keep", "reset")})
		switch {
		case numbers && emit == "state", emit == "size" && s.Op != "emit_and_reduce":
			g.kind = ints
		case kept && emit == "state":
			g.kind = groups
		case kept && emit == "elements":
		default:
			g.kind = mixed
		}
	}
}

// departition merges what the reduce gives.
func (g *generator) departition(reduce *Step) {
	s := Step{Op: "departition", Merge: pick(g, "collect", "count"), Done: pick(g, "identity", "with_window")}
	switch {
	case reduce.Acc == "sum" || reduce.Acc == "count":
		s.Merge = pick(g, "sum", "collect", "max")
	case reduce.Acc == "map_count":
		s.Merge = pick(g, "map_sum", "collect")
	case reduce.Op == "group_by":
		s.Merge = pick(g, "map_concat", "collect")
		if s.Merge == "map_concat" {
			s.Done = "sorted_values"
		}
	}
	if s.Merge == "collect" {
		s.Done = pick(g, "sorted", "size", "with_window_sorted")
	}
	if g.rarely() {
		g.add(Step{Op: "on_trigger", Emit: pick(g, "state", "nothing"), Next: pick(g, "keep", "reset")})
	}
	g.kind = mixed
	g.options(&s)
	g.add(s)
	if s.Done == "identity" && slices.Contains([]string{"sum", "count", "max"}, s.Merge) {
		g.kind = ints
	}
	g.operations()
}
