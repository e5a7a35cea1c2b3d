package flow

import "slices"

// partial is what a stage of one layer says to the single stage behind it. It is
// one type for all types of events, so that a program has one kind of stages
// less for each of them.
type partial struct {
	kind         partialKind
	index, total int // of the stages that say so
	window       WindowID
	events       any   // a list of at most chunk of them
	before       int64 // time in microseconds
}

type partialKind uint8

const (
	partEvents partialKind = iota // a trigger of the window has made the events
	partDone                      // there will be no more of the window
	partPassed                    // nor of any window that begins before the time
)

// partials makes partials of what the triggers of a layer emit. Transform, if
// not nil, gets all events of one trigger at a time.
func partials[T, U any](f Flow[T], prog program, transform func([]T) []U) *plan[partial] {
	p := f.plan
	return newPlan(prog, p.config, &layer[partial]{reduced: true, prepare: func(b *build) (chain[partial], error) {
		c, err := p.layer.prepare(b)
		if err != nil {
			return nil, err
		}
		return func(w *worker, next func() tail[partial]) intake {
			out := collect(w, prog.position(), next().push)
			// By window, since an EmitAndReduce emits before its window fires.
			events := make(map[WindowID][]T)
			w.fired = func(f Firing) {
				w.at = prog.position()
				for made := range slices.Chunk(transform(events[f.Window]), chunk) {
					out.add(partial{kind: partEvents, window: f.Window, events: made, index: f.Index, total: f.Total})
				}
				delete(events, f.Window)
				if f.Trigger == Done {
					out.add(partial{kind: partDone, window: f.Window, index: f.Index, total: f.Total})
				}
				out.flush()
			}
			w.passed = func(before int64) {
				out.add(partial{kind: partPassed, before: before, index: w.index, total: w.total})
				out.flush()
			}
			in := c(w, func() tail[T] {
				return tail[T]{push: func(more []T) {
					id := w.firing.Window
					events[id] = append(events[id], more...)
				}}
			})
			w.long = false // what is long is held until a trigger
			return in
		}, nil
	}})
}
