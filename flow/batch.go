package flow

import (
	"slices"

	"github.com/stagecraft-go/stagecraft/process"
)

// MapBatch replaces each list of events by another one, as lists come from the
// stages before: of at most MaxDemand-MinDemand events. It comes first in a
// layer; windows and triggers see its result. Fn may keep the list.
func MapBatch[T, U any](f Flow[T], fn func([]T) []U) Flow[U] {
	p := opened(f, "MapBatch")
	prog := p.program.with("MapBatch")
	switch {
	case fn == nil:
		prog = prog.fail("the function is nil")
	case p.layer.opening == nil || p.layer.opening.windowed != 0:
		prog = prog.fail("behind another operation of the layer; it belongs before them")
	}
	if p.layer.opening == nil {
		return Flow[U]{&plan[U]{program: prog}}
	}
	before, pos := p.layer.opening, prog.position()
	o := &opening[U]{pos: before.pos, begins: before.begins, connect: func(b *build) (connection[U], error) {
		c, err := before.connect(b)
		if err != nil {
			return nil, err
		}
		return func(w *worker, handle func([]U, *process.Ref)) port {
			return c(w, func(batch []T, from *process.Ref) {
				w.at = pos
				handle(fn(slices.Clone(batch)), from)
			})
		}, nil
	}}
	return newLayered(prog, p.config, o.layer())
}
