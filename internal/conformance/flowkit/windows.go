package flowkit

import (
	"fmt"
	"time"

	"github.com/stagecraft-go/stagecraft/flow"
)

// events are what a window sees: values, or what holds values.
type events[T any] struct {
	value func(T) Value
	event func(Value) T
}

var plainEvents = events[Value]{
	value: func(e Value) Value { return e },
	event: func(e Value) Value { return e },
}

// plain says that a window is the one that every layer has anyway.
func (w *Window) plain() bool {
	return w == nil || w.Kind == "global" && len(w.Trigger) == 0 && w.Lateness == nil && w.Periodically == nil
}

// newWindow makes the window of a layer.
func newWindow[T any](w *Window, e events[T]) (made flow.Window[T], err error) {
	made, err = ofKind(w, e)
	for i := range w.Trigger {
		made = withTrigger(made, &w.Trigger[i], e)
	}
	if w.Lateness != nil && err == nil {
		var d time.Duration
		d, err = w.Lateness.duration()
		made = made.AllowLateness(d)
	}
	if w.Periodically != nil && err == nil {
		var d time.Duration
		d, err = w.Periodically.duration()
		made = made.Periodically(d)
	}
	return made, err
}

func ofKind[T any](w *Window, e events[T]) (made flow.Window[T], err error) {
	switch w.Kind {
	case "global":
		return flow.Global[T](), nil
	case "count":
		return flow.Count[T](w.N), nil
	case "fixed":
		d, err := duration(w.N, w.Unit)
		at := func(event T) time.Time { return time.UnixMilli(int64(w.time(e.value(event)))) }
		return flow.Fixed(d, at).WithGaps(), err
	case "periodic":
		d, err := duration(w.N, w.Unit)
		return flow.Periodic[T](d), err
	}
	return made, fmt.Errorf("unknown window %q", w.Kind)
}

// time is that of an element, in milliseconds.
func (w *Window) time(e Value) int {
	if w.By == nil {
		return e.pair().First.int()
	}
	return w.By.of(e).int()
}

// windowValue is a window's name in the recordings.
func windowValue(id flow.WindowID) Value {
	switch id.Kind {
	case flow.GlobalWindow:
		return text("global")
	case flow.FixedWindow:
		return number(int(id.Start().UnixMilli()))
	}
	return number(int(id.N))
}

// firing is ours in the words of the recordings.
func (w *Window) firing(f flow.Firing) firing {
	return firing{
		index:  f.Index,
		total:  f.Total,
		kind:   f.Window.Kind.String(),
		window: windowValue(f.Window),
		name:   w.triggerName(f.Trigger),
	}
}

// triggerName is the recorded name of a trigger.
func (w *Window) triggerName(name string) Value {
	if name == flow.Done || name == flow.Watermark {
		return text(name)
	}
	for i := range w.Trigger {
		if t := &w.Trigger[i]; name == t.flowName() {
			return t.name()
		}
	}
	return w.Periodically.name()
}

// flowName is what package flow calls a trigger: it has a name for its own, and
// the kit names the others.
func (t *Trigger) flowName() string {
	if t.Every != nil {
		return fmt.Sprintf("every %d", *t.Every)
	}
	return t.name().String()
}
