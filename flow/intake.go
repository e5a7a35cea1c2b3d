package flow

import (
	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/stage"
)

// intake is where events come into a stage and are sorted into windows, without
// their type.
type intake interface {
	inlet() stage.Inlet
	start()
	joined(producer *process.Ref)
	left(producer *process.Ref)
	finish()
}

// sorter sorts events into windows.
type sorter[T any] interface {
	start()
	handle(batch []T, from *process.Ref)
	// joined and left count the producers.
	joined(producer *process.Ref)
	left(producer *process.Ref)
	// finish fires Done in all windows that are open.
	finish()
	// open are the open windows.
	open(yield func(*pane[T]) bool)
}

// windowed is the intake of T.
type windowed[T any] struct {
	sorter[T]
	worker *worker
	window Window[T]
	port   port
}

func newIntake[T any](w *worker, connect connection[T], window Window[T], next func() tail[T]) intake {
	in := &windowed[T]{worker: w, window: window}
	in.sorter = window.sorter(&panes[T]{worker: w, window: window, next: next})
	in.port = connect(w, func(batch []T, from *process.Ref) {
		w.at = w.windowed
		in.handle(batch, from)
	})
	return in
}

func (in *windowed[T]) inlet() stage.Inlet { return in.port.inlet }

// start begins with the windows that need no event, and the timers.
func (in *windowed[T]) start() {
	in.sorter.start()
	for _, interval := range in.window.intervals {
		in.worker.every(interval, func() { in.fireAll(TriggerPeriodically(interval)) })
	}
}

func (in *windowed[T]) fireAll(trigger string) {
	for p := range in.open {
		if p.changed || !in.window.onlyChanged {
			p.fire(trigger)
		}
	}
}

// finish hands on what is held back before the windows, and ends them.
func (in *windowed[T]) finish() {
	if in.port.flush != nil {
		in.port.flush()
	}
	in.sorter.finish()
}
