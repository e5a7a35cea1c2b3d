package flow

import (
	"fmt"
	"time"

	"github.com/stagecraft-go/stagecraft/internal/enum"
)

// Window splits the events of a stage into groups; each has its own state of
// the layer's operations. Give it to [Flow.Window]. The zero value is the global
// window: one group, from the first event to the last. Methods return a changed
// copy.
type Window[T any] struct {
	kind        WindowKind
	newSorter   func(ps *panes[T]) sorter[T]
	newCut      func() func(events []T) Cut[T]
	intervals   []time.Duration
	ownTrigger  bool // newCut is the user's: it may write to its lists
	onlyChanged bool
	eventTime   eventTime[T]
	err         string
}

// WindowKind is the rule of a window.
type WindowKind uint8

// The kinds of windows.
const (
	GlobalWindow WindowKind = iota
	FixedWindow
	CountWindow
	PeriodicWindow
	SessionWindow
)

func (k WindowKind) String() string {
	return enum.Name(k, "global", "fixed", "count", "periodic", "session")
}

// WindowID identifies a window. It is comparable: the same window has the same
// one in all stages of a layer, and sessions of different keys have different
// ones, also if the keys look the same as text.
type WindowID struct {
	Kind WindowKind
	// N is the number of a count or periodic window, from 0, and the start of a
	// fixed or session window in microseconds since 1970.
	N int64
	// Length is that of a fixed window, in whole microseconds.
	Length time.Duration
	// Key is the key of a session, as text.
	Key string
	// hash is of a key that may not be the only one with its text.
	hash uint64
}

// Start is when a fixed or session window begins, in UTC. A session begins with
// its first event.
func (id WindowID) Start() time.Time { return time.UnixMicro(id.N).UTC() }

// End is when the next fixed window begins, in UTC. It is the zero time for
// windows of other kinds.
func (id WindowID) End() time.Time {
	if id.Kind != FixedWindow {
		return time.Time{}
	}
	return id.Start().Add(id.Length)
}

func (id WindowID) String() string {
	switch id.Kind {
	case GlobalWindow:
		return "global"
	case FixedWindow:
		return "fixed " + id.Start().Format(time.RFC3339Nano)
	case SessionWindow:
		return fmt.Sprintf("session %s of %s", id.Start().Format(time.RFC3339Nano), id.Key)
	}
	return fmt.Sprintf("%s %d", id.Kind, id.N)
}

// Firing says which trigger of which window fires in which stage of the layer.
type Firing struct {
	Window WindowID
	// Trigger is [Done], [Watermark], what [TriggerEvery] or
	// [TriggerPeriodically] return, or the name of a trigger of your own.
	Trigger string
	// Index is the stage's, 0 to Total-1.
	Index, Total int
}

// The names of triggers.
const (
	Done      = "done"      // the window ends
	Watermark = "watermark" // the window's time is over, and it waits for late events
)

// TriggerEvery is the name of the trigger of [Window.Every]: "every 100".
func TriggerEvery(events int) string { return fmt.Sprintf("every %d", events) }

// TriggerPeriodically is the name of the trigger of [Window.Periodically]:
// "every 10s".
func TriggerPeriodically(d time.Duration) string { return fmt.Sprintf("every %v", d) }

// Cut is what a trigger of your own does with events that come into its window.
// Without Trigger, Before is what goes on. With it, Before goes on, the trigger
// of that name fires, and the trigger is asked again about After. [Done] and
// [Watermark] are refused as names: they end the flow with an error. So does a
// trigger that goes on firing without After getting any shorter, with
// [ErrNoProgress].
type Cut[T any] struct {
	Trigger       string
	Before, After []T
}

// Global is one window from the first event to the last. It fires Done once,
// also if there was no event. The type has to be named, as in
// flow.Global[string](), for nothing tells it.
func Global[T any]() Window[T] { return Window[T]{} }

// Count is a sequence of windows of n events of a stage each. Events are
// counted as they come in, before Filter and the like. The last window fires
// Done at the end, also if it is empty. n is 1 or more. The type has to be named,
// as in flow.Count[string](100).
func Count[T any](n int) Window[T] {
	w := Window[T]{kind: CountWindow, newSorter: func(ps *panes[T]) sorter[T] { return &counted[T]{panes: ps, size: n} }}
	if n < 1 {
		w.err = fmt.Sprintf("a count window of %d events, allowed is 1 or more", n)
	}
	return w
}

// Periodic is a sequence of windows by the clock of the machine: one ends, and
// the next begins, each d after the other. d is more than 0.
func Periodic[T any](d time.Duration) Window[T] {
	w := Window[T]{kind: PeriodicWindow, newSorter: func(ps *panes[T]) sorter[T] { return &periodic[T]{panes: ps, period: d} }}
	if d <= 0 {
		w.err = fmt.Sprintf("a periodic window of %v, allowed is more than 0", d)
	}
	return w
}

// Every fires after each n events of a window, 1 or more. The state stays:
// OnTrigger may return another one.
func (w Window[T]) Every(n int) Window[T] {
	if n < 1 {
		return w.fail("Every(%d), allowed is 1 or more", n)
	}
	name := TriggerEvery(n)
	return w.cutBy(func() func([]T) Cut[T] {
		left := n
		return func(events []T) Cut[T] {
			if len(events) < left {
				left -= len(events)
				return Cut[T]{Before: events}
			}
			at := left
			left = n
			return Cut[T]{name, events[:at], events[at:]}
		}
	})
}

// Trigger fires when a function of yours says so. It is made anew for each
// window, and gets the events of the window as they come, in lists, which are
// its own during the call: copy what you keep. A window has one trigger of this
// kind or Every.
func (w Window[T]) Trigger(newCut func() func(events []T) Cut[T]) Window[T] {
	if newCut == nil {
		return w.fail("Trigger of a nil function")
	}
	w = w.cutBy(newCut)
	w.ownTrigger = true
	return w
}

// cutBy fires when a function says so that only reads its lists.
func (w Window[T]) cutBy(newCut func() func(events []T) Cut[T]) Window[T] {
	if w.newCut != nil {
		return w.fail("Trigger and Every, allowed is one of them, once")
	}
	w.newCut = newCut
	return w
}

// Periodically fires in all open windows each d, more than 0, by the clock of the
// machine. There may be several such triggers. A [Session] cannot have one: it has no
// state before it is over.
func (w Window[T]) Periodically(d time.Duration) Window[T] {
	switch {
	case d <= 0:
		return w.fail("Periodically(%v), allowed is more than 0", d)
	case w.kind == SessionWindow:
		return w.fail("Periodically of a session window, which has no state before it is over")
	}
	w.intervals = append(w.intervals[:len(w.intervals):len(w.intervals)], d)
	return w
}

// OnlyChanged keeps [Window.Periodically], without which it is refused, from
// firing in windows that have had no event since the last trigger.
func (w Window[T]) OnlyChanged() Window[T] {
	w.onlyChanged = true
	return w
}

func (w Window[T]) fail(format string, args ...any) Window[T] {
	if w.err == "" {
		w.err = fmt.Sprintf(format, args...)
	}
	return w
}

// problem is what is wrong with the window, or "".
func (w Window[T]) problem() string {
	if w.err == "" && w.onlyChanged && len(w.intervals) == 0 {
		return "OnlyChanged without Periodically"
	}
	return w.err
}

// sorter makes the sorter of the window.
func (w Window[T]) sorter(ps *panes[T]) sorter[T] {
	if w.newSorter == nil {
		return &global[T]{panes: ps}
	}
	return w.newSorter(ps)
}

// Window splits the events of the layer that has just begun. It comes first in
// a layer; only MapBatch may go before.
func (f Flow[T]) Window(w Window[T]) Flow[T] {
	p := opened(f, "Window")
	prog := p.program.with("Window")
	switch {
	case p.layer.opening == nil:
		prog = prog.fail("behind an operation of the layer; it belongs before them")
	case p.layer.opening.windowed != 0:
		prog = prog.fail("the layer has a window")
	case w.problem() != "":
		prog = prog.fail("%s", w.problem())
	}
	if p.layer.opening == nil {
		return newLayered(prog, p.config, p.layer)
	}
	o := *p.layer.opening
	o.window, o.windowed = w, prog.position()
	return newLayered(prog, p.config, o.layer())
}
