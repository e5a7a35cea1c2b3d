package flow

import (
	"math"
	"time"

	"github.com/stagecraft-go/stagecraft/process"
)

// watermark is how far the time of the events has got: the least of what all
// producers have reached, less the disorder that is allowed for.
type watermark struct {
	worker    *worker
	idle      time.Duration // 0: no producer is ever idle
	disorder  int64         // in microseconds, like all times
	producers map[*process.Ref]*progress
	greatest  int64         // the greatest time of any producer, unknown at first
	silence   time.Duration // how long all of them have been idle, at least

	announced int64 // what is behind the layer knows that all before it are done
	dozing    bool  // that was said because the stage was idle
}

// progress is how far one producer has got.
type progress struct {
	reached int64 // unknown at first
	active  bool  // it has delivered since the last look
	ignored bool
}

// Of times and of the numbers of windows.
const (
	unknown = math.MinInt64
	never   = math.MaxInt64
)

func newWatermark[T any](ps *panes[T]) watermark {
	e := &ps.window.eventTime
	return watermark{
		worker:    ps.worker,
		idle:      e.idle,
		disorder:  micros(e.disorder),
		producers: make(map[*process.Ref]*progress),
		greatest:  unknown,
		announced: unknown,
	}
}

// micros is a duration in microseconds, rounded up.
func micros(d time.Duration) int64 {
	whole := d.Microseconds()
	if d > time.Duration(whole)*time.Microsecond {
		whole++
	}
	return whole
}

func (m *watermark) joined(producer *process.Ref) {
	m.producers[producer] = &progress{reached: unknown, active: true}
}

func (m *watermark) gone(producer *process.Ref) { delete(m.producers, producer) }

// of is the progress of the producer of a list. The windows that a
// [Departition] has left at the end come from none.
func (m *watermark) of(producer *process.Ref) *progress {
	p := m.producers[producer]
	if p == nil {
		p = &progress{reached: unknown}
	}
	p.active, p.ignored = true, false
	m.silence = 0
	return p
}

// reach notes that a producer has delivered an event of a time.
func (m *watermark) reach(p *progress, at int64) {
	p.reached = max(p.reached, at)
	m.greatest = max(m.greatest, at)
}

// low is the watermark; it is not known before all producers have delivered.
// While all of them are idle it goes on with the machine's clock, from the
// greatest time that one of them has reached.
func (m *watermark) low() (at int64, known bool) {
	if m.asleep() {
		return m.greatest + m.silence.Microseconds() - m.disorder, m.greatest != unknown
	}
	at = never
	for _, p := range m.producers {
		switch {
		case p.ignored:
		case p.reached == unknown:
			return 0, false
		default:
			at = min(at, p.reached)
		}
	}
	return at - m.disorder, at != never
}

// asleep tells whether all producers are idle.
func (m *watermark) asleep() bool { return m.silence > 0 }

// watch looks for idle producers, and calls advanced when that may have moved
// the watermark. It looks behind the lists that have come: a producer whose list
// waits in the stage is held back, not idle.
func (m *watermark) watch(advanced func()) {
	if m.idle <= 0 {
		return
	}
	m.worker.afterLists(m.idle, func() {
		if m.look() {
			advanced()
		}
		m.watch(advanced)
	})
}

// look notes who has delivered nothing since the last look, and tells whether
// that is somebody new, or all.
func (m *watermark) look() (changed bool) {
	asleep := len(m.producers) > 0
	for _, p := range m.producers {
		changed = changed || !p.active && !p.ignored
		p.ignored = !p.active
		p.active = false
		asleep = asleep && p.ignored
	}
	if asleep {
		m.silence += m.idle
	}
	return changed || asleep
}

// tell says to what is behind the layer that no window which begins before a
// time is open or will be. A stage that was idle takes back when it delivers
// again what it said because of that.
func (m *watermark) tell(before int64) {
	if before > m.announced || m.dozing && !m.asleep() && before != m.announced {
		m.announced = before
		m.worker.passed(before)
	}
	m.dozing = m.asleep()
}
