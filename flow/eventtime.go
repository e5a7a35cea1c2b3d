package flow

import (
	"math"
	"slices"
	"sync/atomic"
	"time"

	"github.com/stagecraft-go/stagecraft/process"
)

// eventTime is what windows by the time of the events have in common.
type eventTime[T any] struct {
	lateness time.Duration
	idle     time.Duration
	gaps     bool
	onLate   func(T)
	late     *atomic.Int64
}

// AllowLateness keeps a fixed window open for d of the machine's clock after its
// time is over: it fires Watermark then, takes late events, and fires Done when
// d has passed or all input has ended.
func (w Window[T]) AllowLateness(d time.Duration) Window[T] {
	if d <= 0 {
		return w.fail("AllowLateness(%v), allowed is more than 0", d)
	}
	w.eventTime.lateness = d
	return w.only("AllowLateness", FixedWindow)
}

// IdleTimeout ignores a producer that has delivered nothing for d of the
// machine's clock when it comes to how far time has got, until it delivers
// again. Without it such a producer holds back all windows.
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
// is called in the stages of the layer, so maybe by several at the same time.
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
	return w.fail("%s of a %v window, allowed for %v", option, w.kind, kinds)
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

// watermark is how far the time of the events has got: the least of what all
// producers have reached.
type watermark struct {
	worker    *worker
	idle      time.Duration
	producers map[*process.Ref]*progress
}

// progress is how far one producer has got.
type progress struct {
	reached int64 // unknown at first
	active  bool  // it has delivered since the last look
	ignored bool
}

const unknown = math.MinInt64

func newWatermark(w *worker, idle time.Duration) watermark {
	return watermark{w, idle, make(map[*process.Ref]*progress)}
}

func (m *watermark) joined(producer *process.Ref) {
	m.producers[producer] = &progress{reached: unknown, active: true}
}

func (m *watermark) left(producer *process.Ref) { delete(m.producers, producer) }

// of is the progress of the producer of a list. Its events may be handled
// after its end.
func (m *watermark) of(producer *process.Ref) *progress {
	p := m.producers[producer]
	if p == nil {
		p = &progress{reached: unknown}
	}
	p.active, p.ignored = true, false
	return p
}

// low is the watermark; it is not known before all producers have delivered.
func (m *watermark) low() (time int64, known bool) {
	time = math.MaxInt64
	for _, p := range m.producers {
		if p.ignored {
			continue
		}
		if p.reached == unknown {
			return 0, false
		}
		time = min(time, p.reached)
	}
	return time, time != math.MaxInt64
}

// watch looks for idle producers, and calls advanced when there are new ones.
func (m *watermark) watch(advanced func()) {
	if m.idle <= 0 {
		return
	}
	m.worker.every(m.idle, func() {
		found := false
		for _, p := range m.producers {
			found = found || !p.active && !p.ignored
			p.ignored = !p.active
			p.active = false
		}
		if found {
			advanced()
		}
	})
}
