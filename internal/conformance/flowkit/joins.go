package flowkit

import "github.com/stagecraft-go/stagecraft/flow"

// row is a row of a join of the kit.
type row = flow.Row[Value, Value]

var joinModes = map[string]flow.JoinMode{
	"inner":       flow.Inner,
	"left_outer":  flow.LeftOuter,
	"right_outer": flow.RightOuter,
	"full_outer":  flow.FullOuter,
}

// rowEvents are the events that a window of a join sees: rows of one side.
var rowEvents = events[row]{
	value: func(r row) Value {
		if r.HasLeft {
			return r.Left
		}
		return r.Right
	},
	event: func(e Value) row { return row{Left: e, HasLeft: true} },
}

func (c *builder) join(s *Step) (flow.Flow[Value], error) {
	left, err := c.bench.build(s.Left, false)
	if err != nil {
		return left, err
	}
	right, err := c.bench.build(s.Right, false)
	if err != nil {
		return right, err
	}
	rows, err := c.rows(s, left, right)
	return flow.Map(rows, func(r row) Value { return s.joined(r.Left, r.Right) }), err
}

// rows joins. The window is set here, not behind the beginning of the layer.
func (c *builder) rows(s *Step, left, right flow.Flow[Value]) (flow.Flow[row], error) {
	if s.Window.plain() {
		return flow.Join(joinModes[s.Mode], left, right, s.LeftKey.of, s.RightKey.of, c.options(s)...), nil
	}
	w, err := newWindow(s.Window, rowEvents)
	return flow.WindowJoin(joinModes[s.Mode], left, right, w, s.LeftKey.of, s.RightKey.of, c.options(s)...), err
}
