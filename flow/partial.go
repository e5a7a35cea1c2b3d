package flow

// partial is what a stage of one layer says to the single stage behind it
// about one of its windows: an event that a trigger made, or that the window is
// done.
type partial[T any] struct {
	window WindowID
	event  T
	done   bool // there is no event, and there will be none of this window
	total  int  // of the stages that say so
}

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
			var events []T
			w.fired = func(f Firing) {
				w.at = prog.position()
				for _, event := range transform(events) {
					out.add(partial[U]{window: f.Window, event: event, total: f.Total})
				}
				clear(events)
				events = events[:0]
				if f.Trigger == Done {
					out.add(partial[U]{window: f.Window, done: true, total: f.Total})
				}
				out.flush()
			}
			return c(w, func() tail[T] {
				return tail[T]{push: func(more []T) { events = append(events, more...) }}
			})
		}, nil
	}})
}
