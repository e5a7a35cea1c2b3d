package flow

import (
	"time"

	"github.com/stagecraft-go/stagecraft/dispatcher"
)

// JoinMode says what becomes of events of a join that have no partner.
type JoinMode uint8

// The modes of a join.
const (
	Inner      JoinMode = iota + 1 // they are dropped
	LeftOuter                      // those of the left side are emitted
	RightOuter                     // those of the right side are emitted
	FullOuter                      // they are emitted
)

func (m JoinMode) left() bool  { return m == LeftOuter || m == FullOuter }
func (m JoinMode) right() bool { return m == RightOuter || m == FullOuter }

// Row is an event of a join: a pair of partners, or one without a partner.
type Row[L, R any] struct {
	Left              L
	Right             R
	HasLeft, HasRight bool
}

// Join joins the events of two flows that have the same key: bounded_join. Each
// stage of the layer that it begins keeps the events of its keys to the end.
// Each pair is emitted as soon as it is there, events without a partner at the
// end.
func Join[L, R any, K comparable](mode JoinMode, left Flow[L], right Flow[R], leftKey func(L) K, rightKey func(R) K, opts ...Option) Flow[Row[L, R]] {
	return join("Join", mode, left, right, Window[Row[L, R]]{}, leftKey, rightKey, opts)
}

// WindowJoin is [Join] in windows: only events of the same window are partners,
// and they are kept until it is done. The window sees the events of both sides
// as rows with one side. Triggers do not make it forget, unless
// [ForgetOnTrigger] says so. [RowTime] is the time of a row for windows by event
// time.
func WindowJoin[L, R any, K comparable](mode JoinMode, left Flow[L], right Flow[R], window Window[Row[L, R]], leftKey func(L) K, rightKey func(R) K, opts ...Option) Flow[Row[L, R]] {
	return join("WindowJoin", mode, left, right, window, leftKey, rightKey, opts)
}

// RowTime is the time of the events of a [WindowJoin] for its window, which
// [Fixed] and [Session] want to know: that of a row with one side. It is nil,
// which they refuse, if one of the functions is.
func RowTime[L, R any](leftAt func(L) time.Time, rightAt func(R) time.Time) func(Row[L, R]) time.Time {
	if leftAt == nil || rightAt == nil {
		return nil
	}
	return func(row Row[L, R]) time.Time {
		if row.HasLeft {
			return leftAt(row.Left)
		}
		return rightAt(row.Right)
	}
}

func join[L, R any, K comparable](name string, mode JoinMode, left Flow[L], right Flow[R], window Window[Row[L, R]], leftKey func(L) K, rightKey func(R) K, opts []Option) Flow[Row[L, R]] {
	prog := program{}.branch(programOf(left)).branch(programOf(right)).with(name)
	c, prog := newJoinConfig(prog, opts)
	switch {
	case left.plan == nil || right.plan == nil:
		prog = prog.fail("there is no source")
	case mode < Inner || mode > FullOuter:
		prog = prog.fail("mode is %d, allowed is Inner, LeftOuter, RightOuter or FullOuter", mode)
	case leftKey == nil || rightKey == nil:
		prog = prog.fail("the function for a key is nil")
	case window.problem() != "":
		prog = prog.fail("%s", window.problem())
	}
	if prog.err != nil {
		return Flow[Row[L, R]]{&plan[Row[L, R]]{program: prog}}
	}
	key := func(row Row[L, R]) K {
		if row.HasLeft {
			return leftKey(row.Left)
		}
		return rightKey(row.Right)
	}
	both := Union(
		rows(left, func(event L) Row[L, R] { return Row[L, R]{Left: event, HasLeft: true} }),
		rows(right, func(event R) Row[L, R] { return Row[L, R]{Right: event, HasRight: true} }),
	)
	pos := prog.position()
	o := &opening[Row[L, R]]{connect: subscribeTo(both.plan, c, joinRoute(c, prog, key)), window: window, pos: pos, begins: pos, windowed: pos}
	return joined(prog, c, o.layer(), mode, key)
}

// rows makes rows of all that a flow emits, also behind a reduce.
func rows[T, U any](f Flow[T], row func(T) U) Flow[U] {
	p := opened(f, "Join")
	return newLayered(p.program, p.config, &layer[U]{prepare: func(b *build) (chain[U], error) {
		c, err := p.layer.prepare(b)
		if err != nil {
			return nil, err
		}
		return func(w *worker, next func() tail[U]) intake {
			return c(w, func() tail[T] {
				t := next()
				out := collect(w, w.at, t.push)
				return tail[T]{fire: t.fire, push: func(events []T) {
					for i := range events {
						out.add(row(events[i]))
					}
					out.flush()
				}}
			})
		}, nil
	}})
}

func joinRoute[T any, K comparable](c config, prog program, key func(T) K) *route[T] {
	if c.stages == 1 {
		return nil
	}
	return &route[T]{
		factory: dispatcher.Partition(c.stages, dispatcher.HashKey(c.stages, key)),
		routed:  true,
		op:      prog.ops[len(prog.ops)-1],
		pos:     prog.position(),
	}
}

// joined adds the join itself to its layer.
func joined[L, R any, K comparable](prog program, c config, l *layer[Row[L, R]], mode JoinMode, key func(Row[L, R]) K) Flow[Row[L, R]] {
	pos := prog.position()
	return newLayered(prog, c, &layer[Row[L, R]]{prepare: func(b *build) (chain[Row[L, R]], error) {
		chain, err := l.prepare(b)
		if err != nil {
			return nil, err
		}
		return func(w *worker, next func() tail[Row[L, R]]) intake {
			w.long = true // a key may have very many pairs
			return chain(w, func() tail[Row[L, R]] {
				t := next()
				s := &joinState[L, R, K]{mode: mode, worker: w, out: collect(w, pos, t.push)}
				s.forget()
				return tail[Row[L, R]]{
					push: func(rows []Row[L, R]) {
						w.at = pos
						for i := range rows {
							if w.halted() {
								return
							}
							s.add(key(rows[i]), rows[i])
						}
						s.out.flush()
					},
					fire: func(f Firing) { s.fire(f, c.forget, t.fire) },
				}
			})
		}, nil
	}})
}

// joinState is what a join keeps of one window.
type joinState[L, R any, K comparable] struct {
	mode   JoinMode
	worker *worker
	out    *collector[Row[L, R]]
	sides  map[K]*partners[L, R]
	order  []*partners[L, R] // as they came, for the outer rows
}

// partners are the events of one key.
type partners[L, R any] struct {
	left  []L
	right []R
}

func (s *joinState[L, R, K]) forget() {
	s.sides = make(map[K]*partners[L, R])
	s.order = nil
}

// add keeps an event and emits it with each of its partners.
func (s *joinState[L, R, K]) add(key K, row Row[L, R]) {
	p := s.sides[key]
	if p == nil {
		p = new(partners[L, R])
		s.sides[key] = p
		s.order = append(s.order, p)
	}
	if row.HasLeft {
		p.left = append(p.left, row.Left)
		for i := 0; i < len(p.right) && !s.worker.halted(); i++ {
			s.out.add(Row[L, R]{row.Left, p.right[i], true, true})
		}
		return
	}
	p.right = append(p.right, row.Right)
	for i := 0; i < len(p.left) && !s.worker.halted(); i++ {
		s.out.add(Row[L, R]{p.left[i], row.Right, true, true})
	}
}

// fire emits the events without partners when the window is done, or when they
// are to be forgotten.
func (s *joinState[L, R, K]) fire(f Firing, forget bool, next func(Firing)) {
	if f.Trigger == Done || forget {
		s.alone()
		s.out.flush()
		s.forget()
	}
	if next != nil {
		next(f)
	}
}

func (s *joinState[L, R, K]) alone() {
	for _, p := range s.order {
		if s.mode.left() && len(p.right) == 0 {
			for _, left := range p.left {
				s.out.add(Row[L, R]{Left: left, HasLeft: true})
			}
		}
		if s.mode.right() && len(p.left) == 0 {
			for _, right := range p.right {
				s.out.add(Row[L, R]{Right: right, HasRight: true})
			}
		}
	}
}
