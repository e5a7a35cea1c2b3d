package flow

import (
	"cmp"
	"iter"
	"maps"
	"slices"

	"github.com/stagecraft-go/stagecraft/process"
)

// Departition merges what all stages of a layer emit at triggers in one stage,
// window by window: merge adds an event to the state of its window, which begins
// with init. When all stages have fired Done in a window, or by event time have
// passed it without an event of it, done makes an event of its state. Windows
// that are not complete at the end are done then, the earliest first. Before
// that, windows come out as they are complete, which is in no order.
//
// A window waits for all stages, so a stage that never gets an event holds back
// all windows by event time, to the end of the input. [Window.IdleTimeout] lets
// it be passed over.
//
// With [Window.AllowLateness] a window fires twice, and its state is merged
// twice unless [OnTrigger] empties it.
//
// The layer before must reduce. [Stages] of more than 1 is refused.
// Demand counts lists: of all that a trigger emits, or 512 events of it.
func Departition[T, A, U any](f Flow[T], init func() A, merge func(state A, event T) A, done func(state A, w WindowID) U, opts ...Option) Flow[U] {
	return departition(f, "Departition", opts, init == nil || merge == nil || done == nil,
		func(events []T) []T { return events }, init, merge, done)
}

func departition[T, P, A, U any](f Flow[T], name string, opts []Option, missing bool, transform func([]T) []P,
	init func() A, merge func(A, P) A, done func(A, WindowID) U) Flow[U] {
	c, prog := defaultConfig(1).with(programOf(f).with(name), opts)
	switch {
	case c.stages != 1:
		prog = prog.fail("Stages is %d, allowed is 1: one stage merges all", c.stages)
	case f.plan == nil:
		prog = prog.fail("there is no source")
	case f.plan.layer == nil || !f.plan.layer.reduced:
		prog = prog.fail("behind a layer without a reduce")
	case missing:
		prog = prog.fail("a function is nil")
	}
	if prog.err != nil {
		return Flow[U]{&plan[U]{program: prog}}
	}
	connect := subscribeTo(partials(f, prog, transform), c, nil)
	return Flow[U]{openLayer(prog, c, func(b *build) (connection[U], error) {
		connection, err := connect(b)
		if err != nil {
			return nil, err
		}
		return func(w *worker, handle func([]U, *process.Ref)) port {
			m := merger[P, A, U]{
				worker: w, pos: prog.position(), init: init, merge: merge, done: done,
				open: make(map[WindowID]*mergedWindow[A]),
			}
			pass := func(events []U, from *process.Ref) {
				if len(events) > 0 {
					handle(events, from)
				}
			}
			port := connection(w, func(batch []partial, from *process.Ref) { pass(m.add(batch), from) })
			port.flush = func() { pass(m.rest(), nil) }
			return port
		}, nil
	})}
}

// merger merges the partials of windows.
type merger[P, A, U any] struct {
	worker *worker
	pos    int
	init   func() A
	merge  func(A, P) A
	done   func(A, WindowID) U
	open   map[WindowID]*mergedWindow[A]
	passed passedBy
}

type mergedWindow[A any] struct {
	state A
	done  []bool // by stage
}

// add returns the events of the windows that are complete.
func (m *merger[P, A, U]) add(batch []partial) (complete []U) {
	m.worker.at = m.pos
	for _, p := range batch {
		if m.worker.halted() {
			return nil
		}
		switch p.kind {
		case partEvents:
			w := m.of(p)
			for _, event := range p.events.([]P) {
				if m.worker.halted() { // merge may take long
					return nil
				}
				w.state = m.merge(w.state, event)
			}
		case partDone:
			m.of(p).done[p.index] = true
			complete = m.finish(complete, p.window)
		case partPassed:
			complete = m.pass(complete, p)
		}
	}
	return complete
}

func (m *merger[P, A, U]) of(p partial) *mergedWindow[A] {
	w := m.open[p.window]
	if w == nil {
		w = &mergedWindow[A]{m.init(), make([]bool, p.total)}
		m.open[p.window] = w
		m.passed.opened(p.window)
	}
	return w
}

// pass notes that a stage will not say anything about early windows any more,
// some of which it may never have seen. A stage that was idle may take it back.
func (m *merger[P, A, U]) pass(complete []U, p partial) []U {
	if m.passed == nil {
		m.passed = newPassedBy(p.total)
		m.passed.wait(maps.Keys(m.open))
	}
	by := &m.passed[p.index]
	if p.before < by.before {
		by.before = p.before
		m.passed.wait(maps.Keys(m.open))
	}
	by.before = p.before
	for !by.waiting.empty() && by.waiting.top().at < p.before {
		if id := by.waiting.pop(); m.open[id] != nil {
			complete = m.finish(complete, id)
		}
	}
	return complete
}

// finish adds the event of a window if it is complete.
func (m *merger[P, A, U]) finish(complete []U, id WindowID) []U {
	w := m.open[id]
	for i, done := range w.done {
		if !done && !m.passed.beyond(i, id) {
			return complete
		}
	}
	delete(m.open, id)
	return append(complete, m.done(w.state, id))
}

// passedBy says how far the stages of a layer are, by stage. It is empty as long
// as none has said so.
type passedBy []passedStage

type passedStage struct {
	before  int64              // the stage is done with all windows before it
	waiting earliest[WindowID] // open windows it has not passed, and some that were open
}

func newPassedBy(stages int) passedBy {
	return slices.Repeat(passedBy{{before: unknown}}, stages)
}

// wait lets the open windows wait for the stages anew.
func (s passedBy) wait(open iter.Seq[WindowID]) {
	for i := range s {
		s[i].waiting = earliest[WindowID]{}
	}
	for id := range open {
		s.opened(id)
	}
}

func (s passedBy) opened(id WindowID) {
	for i := range s {
		if id.N >= s[i].before {
			s[i].waiting.push(id.N, id)
		}
	}
}

// beyond tells whether a stage has passed a window.
func (s passedBy) beyond(stage int, id WindowID) bool { return s != nil && s[stage].before > id.N }

// rest returns the events of the windows that will not be complete.
func (m *merger[P, A, U]) rest() (incomplete []U) {
	m.worker.at = m.pos
	for _, id := range slices.SortedFunc(maps.Keys(m.open), WindowID.compare) {
		incomplete = append(incomplete, m.done(m.open[id].state, id))
	}
	clear(m.open)
	return incomplete
}

func (id WindowID) compare(other WindowID) int {
	return cmp.Or(cmp.Compare(id.N, other.N), cmp.Compare(id.Key, other.Key), cmp.Compare(id.hash, other.hash))
}
