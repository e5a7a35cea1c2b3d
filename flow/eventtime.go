package flow

import (
	"slices"
	"sync/atomic"
	"time"
)

// eventTime is what windows by the time of the events have in common.
type eventTime[T any] struct {
	disorder time.Duration
	lateness time.Duration
	idle     time.Duration
	gaps     bool
	onLate   func(T)
	late     *atomic.Int64
}

// OutOfOrder lets events come up to d of event time behind a later one: the
// watermark stays d behind the greatest time that each producer has delivered.
// Of a producer whose events are no further out of order, none is ever late.
// In return each window fires d later. Default 0; d is more than 0, and rounded
// up to whole microseconds.
//
// What counts is the order in which a stage of the layer before sends its
// events. It is that of the source as long as each event passes at most one
// layer with several stages on its way there. Behind two of them, stages that
// are ahead mix with those behind, by as much as chance wants: see "Events out
// of order" in docs/flow.md.
func (w Window[T]) OutOfOrder(d time.Duration) Window[T] {
	if d <= 0 {
		return w.fail("OutOfOrder(%v), allowed is more than 0", d)
	}
	w.eventTime.disorder = d
	return w.only("OutOfOrder", FixedWindow, SessionWindow)
}

// AllowLateness takes late events of a fixed window for d of the machine's clock
// after its time is over: the window fires Watermark then, and Done when d (and up
// to 1/64 of it) has passed or all input has ended. Lists that have come to the
// stage by then are looked at before, also if they wait for demand. It fires
// twice, so what is behind it has to tell the two apart by [Firing.Trigger]. A
// window of which the first event comes late fires only Done. d is more than 0;
// without this, late events are dropped.
func (w Window[T]) AllowLateness(d time.Duration) Window[T] {
	if d <= 0 {
		return w.fail("AllowLateness(%v), allowed is more than 0", d)
	}
	w.eventTime.lateness = d
	return w.only("AllowLateness", FixedWindow)
}

// IdleTimeout stops waiting for a producer, that is a stage of the layer before,
// which has delivered nothing for d to 2d of the machine's clock, until it
// delivers again. d is more than 0. Without this such a producer holds back all
// windows.
//
// While lists, or results of the stage, wait for demand no producer is idle.
//
// If all producers of a stage are idle, time goes on by the machine's clock: a
// window that began at the greatest time they have reached ends when its length
// (a session: its gap) has passed since. Events that come later than that, by
// their own time, are late.
//
// A [Departition] or [TakeSort] behind the layer does not wait for a stage that
// is idle and has no open window, also if it never had one. If such a stage
// delivers again for a window that has been merged without it, that window
// comes out once more, with what the stage has added.
func (w Window[T]) IdleTimeout(d time.Duration) Window[T] {
	if d <= 0 {
		return w.fail("IdleTimeout(%v), allowed is more than 0", d)
	}
	w.eventTime.idle = d
	return w.only("IdleTimeout", FixedWindow, SessionWindow)
}

// WithGaps fires also in the fixed windows between two used ones that have had
// no event, with the initial state. A gap of a million windows then costs a
// million triggers.
func (w Window[T]) WithGaps() Window[T] {
	w.eventTime.gaps = true
	return w.only("WithGaps", FixedWindow)
}

// OnLate is called with each event whose window is over, which is dropped. It
// is called in the stages of the layer, by several at the same time.
func (w Window[T]) OnLate(f func(event T)) Window[T] {
	if f == nil {
		return w.fail("OnLate of a nil function")
	}
	w.eventTime.onLate = f
	return w.only("OnLate", FixedWindow, SessionWindow)
}

// CountLate counts the events that are dropped since their window is over.
func (w Window[T]) CountLate(counter *atomic.Int64) Window[T] {
	if counter == nil {
		return w.fail("CountLate with a nil counter")
	}
	w.eventTime.late = counter
	return w.only("CountLate", FixedWindow, SessionWindow)
}

// only refuses an option to windows of another kind.
func (w Window[T]) only(option string, kinds ...WindowKind) Window[T] {
	if slices.Contains(kinds, w.kind) {
		return w
	}
	return w.fail("%s is set for a %v window, allowed is for %v", option, w.kind, kinds)
}

func (e *eventTime[T]) drop(events []T) {
	if e.late != nil {
		e.late.Add(int64(len(events)))
	}
	if e.onLate != nil {
		for _, event := range events {
			e.onLate(event)
		}
	}
}
