package flow

// partial is what a stage of one layer says to the single stage behind it.
type partial[T any] struct {
	kind         partialKind
	index, total int // of the stages that say so
	window       WindowID
	event        T
	before       int64 // time in microseconds
}

type partialKind uint8

const (
	partEvent  partialKind = iota // a trigger of the window has made the event
	partDone                      // there will be no more of the window
	partPassed                    // nor of any window that begins before the time
)

// partials makes partials of what the triggers of a layer emit. Transform, if
// not nil, gets all events of one trigger at a time.
func partials[T, U any](f Flow[T], prog program, transform func([]T) []U) Flow[partial[U]] {
	p := f.plan
	return newLayered(prog, p.config, &layer[partial[U]]{reduced: true, prepare: func(b *build) (chain[partial[U]], error) {
		c, err := p.layer.prepare(b)
		if err != nil {
			return nil, err
		}
		return func(w *worker, next func() tail[partial[U]]) intake {
			out := collect(w, prog.position(), next().push)
			// By window, since an EmitAndReduce emits before its window fires.
			events := make(map[WindowID][]T)
			w.fired = func(f Firing) {
				w.at = prog.position()
				for _, event := range transform(events[f.Window]) {
					out.add(partial[U]{kind: partEvent, window: f.Window, event: event, index: f.Index, total: f.Total})
				}
				delete(events, f.Window)
				if f.Trigger == Done {
					out.add(partial[U]{kind: partDone, window: f.Window, index: f.Index, total: f.Total})
				}
				out.flush()
			}
			w.passed = func(before int64) {
				out.add(partial[U]{kind: partPassed, before: before, index: w.index, total: w.total})
				out.flush()
			}
			return c(w, func() tail[T] {
				return tail[T]{push: func(more []T) {
					id := w.firing.Window
					events[id] = append(events[id], more...)
				}}
			})
		}, nil
	}})
}
