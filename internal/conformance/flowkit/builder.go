package flowkit

import (
	"github.com/stagecraft-go/stagecraft/flow"
)

// builder builds a flow, step by step.
type builder struct {
	bench *bench
	flow  flow.Flow[Value]
	// layer is the window of the layer that is being built. It is set behind the
	// batch functions, which see events before it does.
	layer   *Window
	pending bool    // the window is not set yet
	reduced reduced // a reduce whose emission is not known yet
}

// build builds the flow of some steps. Its last layer emits nothing by itself if
// nobody wants that.
func (b *bench) build(steps []Step, drops bool) (flow.Flow[Value], error) {
	c := builder{bench: b}
	for i := range steps {
		if err := c.add(&steps[i]); err != nil {
			return c.flow, err
		}
	}
	if drops && c.reduced != nil {
		c.emit(c.reduced.nothing())
	}
	return c.finished()
}

func (c *builder) add(s *Step) error {
	if begin := c.beginning(s); begin != nil {
		f, err := begin(s)
		c.flow, c.layer, c.pending = f, s.Window, !s.Window.plain() && s.Op != "join"
		return err
	}
	switch s.Op {
	case "map_batch":
		f, err := c.emitted()
		c.flow = flow.MapBatch(f, s.Func.batch)
		return err
	case "emit", "on_trigger":
		return c.end(s)
	}
	f, err := c.finished()
	if err != nil {
		return err
	}
	return c.operation(f, s)
}

// beginning is how a step begins a layer, nil if it does not.
func (c *builder) beginning(s *Step) func(*Step) (flow.Flow[Value], error) {
	switch s.Op {
	case "partition":
		return c.partition
	case "shuffle":
		return c.shuffle
	case "departition":
		return c.departition
	case "take_sort":
		return c.takeSort
	case "through":
		return c.through
	case "join":
		return c.join
	case "no_source":
		return func(*Step) (f flow.Flow[Value], err error) { return f, nil }
	}
	return c.source(s)
}

// operation adds an operation to the layer.
func (c *builder) operation(f flow.Flow[Value], s *Step) error {
	switch s.Op {
	case "map":
		c.flow = flow.Map(f, s.Func.apply)
	case "filter":
		c.flow = f.Filter(s.Pred.holds)
	case "reject":
		c.flow = f.Reject(s.Pred.holds)
	case "flat_map":
		c.flow = flow.FlatMap(f, s.Func.seq)
	case "map_values":
		pairs := flow.MapValues(flow.Map(f, Value.entry), s.Func.apply)
		c.flow = flow.Map(pairs, entryValue)
	case "tap", "each_tap":
		c.flow = f.Tap(c.bench.tap)
	case "uniq":
		c.flow = flow.Uniq(f)
	case "uniq_by":
		c.flow = flow.UniqBy(f, s.Key.of)
	default:
		return c.reduce(f, s)
	}
	return nil
}

// emit is the end of a reduce.
func (c *builder) emit(f flow.Flow[Value]) { c.flow, c.reduced = f, nil }

// emitted is the flow so far, with what a reduce at its end emits by itself.
func (c *builder) emitted() (flow.Flow[Value], error) {
	if c.reduced == nil {
		return c.flow, nil
	}
	f, err := c.reduced.items()
	c.emit(f)
	return f, err
}

// finished is emitted, with its window.
func (c *builder) finished() (flow.Flow[Value], error) {
	f, err := c.emitted()
	if err != nil || !c.pending {
		return f, err
	}
	w, err := newWindow(c.layer, plainEvents)
	c.flow, c.pending = f.Window(w), false
	return c.flow, err
}

// source is how a source begins, nil if the step is none.
func (c *builder) source(s *Step) func(*Step) (flow.Flow[Value], error) {
	switch s.Op {
	case "from":
		return c.from
	case "from_cycle", "from_timed", "from_failing":
		return c.fromSeq
	case "from_stages":
		return c.fromStages
	}
	return nil
}

// entry is a pair as flow has it.
func (v Value) entry() flow.Pair[Value, Value] {
	return flow.Pair[Value, Value]{Key: v.pair().First, Value: v.pair().Second}
}

func entryValue(e flow.Pair[Value, Value]) Value { return pair(e.Key, e.Value) }
