package supervisor

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/stagecraft-go/stagecraft/process"
)

// pool is what supervisors of children without an order have in common. A child
// is known by its process, one that is restarting by its last one.
type pool struct {
	core
	children []*slot                // in no order
	byPID    map[*process.PID]*slot // those that are processes
	number   uint64
	ended    func(*slot) // a child is no more
}

// retryPooled is a retry in a pool.
type retryPooled struct {
	slot    *slot
	counted bool
}

// add starts a child. It is nil if that declined; then nothing is kept, as after
// an error.
func (p *pool) add(sl *slot, start StartFunc) (Child, error) {
	child, err := p.startSlot(sl, start)
	if child == nil {
		return nil, err
	}
	p.number++
	sl.number = p.number
	return child, err
}

// startSlot starts the child of a slot, as one under a new process.
func (p *pool) startSlot(sl *slot, start StartFunc) (Child, error) {
	child, b, err := p.start(start)
	switch {
	case err != nil:
		sl.reason = err
		return nil, err
	case child == nil:
		return nil, nil
	case p.slotOf(b) != nil:
		return nil, ErrSupervised
	}
	p.drop(sl)
	sl.runs(child, b)
	p.keep(sl)
	p.emit(ChildStarted, sl, nil)
	if p.interrupted() {
		return child, errInterrupted
	}
	return child, nil
}

// handle takes the messages that all pools get. It is false for others.
func (p *pool) handle(msg any) (handled bool, err error) {
	switch m := msg.(type) {
	case *process.Exit:
		if sl := p.byPID[m.From]; sl == nil {
			return true, p.stranger(m)
		} else if sl.state == Running {
			return true, p.died(sl, sl.reasonOf(m))
		}
		return true, nil
	case *Task:
		if sl := m.slot; sl != nil && sl.state == Running {
			return true, p.died(sl, m.Err())
		}
		return true, nil
	case retryPooled:
		return true, p.retry(m)
	}
	return false, nil
}

// died decides what the end of a child means.
func (p *pool) died(sl *slot, reason error) error {
	sl.reason = reason
	if !sl.spec.Restart.after(reason) {
		p.emit(exitKind(reason), sl, reason)
		p.forget(sl)
		return nil
	}
	p.emit(ChildTerminated, sl, reason)
	return p.restart(sl, sl.delayAfterEnd())
}

// restart counts a restart and starts a child again, now or later.
func (p *pool) restart(sl *slot, delay time.Duration) error {
	if err := p.countRestart(sl); err != nil {
		p.forget(sl)
		return err
	}
	if delay > 0 {
		p.restartLater(sl, delay, true)
		return nil
	}
	return p.startAgain(sl)
}

func (p *pool) restartLater(sl *slot, delay time.Duration, counted bool) {
	sl.become(Restarting)
	p.later(sl, delay, retryPooled{sl, counted})
}

// retry goes on with a restart, unless it has become void.
func (p *pool) retry(m retryPooled) error {
	switch sl := m.slot; {
	case sl.state != Restarting:
		return nil
	case m.counted:
		return p.startAgain(sl)
	default:
		return p.restart(sl, 0)
	}
}

func (p *pool) startAgain(sl *slot) error {
	child, err := p.startSlot(sl, sl.spec.Start)
	if err == errInterrupted {
		return err
	}
	sl.restarts++
	switch {
	case err != nil:
		p.emit(StartFailed, sl, err)
		p.restartLater(sl, sl.nextDelay(), false)
	case child == nil:
		p.forget(sl)
	}
	return nil
}

// forget ends the story of a child.
func (p *pool) forget(sl *slot) {
	sl.become(Undefined)
	p.drop(sl)
	if p.ended != nil {
		p.ended(sl)
	}
}

// terminate asks a supervisor to stop a child. What the child is, is found out
// here: its methods are not the supervisor's, and may fail.
func terminate[S any](ctx context.Context, supervisor *process.Process, child Child, poolOf func(S) *pool) error {
	b := bodyOf(child)
	_, err := ask(ctx, supervisor, func(s S) (done, error) { return done{}, poolOf(s).terminate(b) })
	return err
}

func (p *pool) terminate(b body) error {
	sl := p.slotOf(b)
	if sl == nil {
		return ErrNotFound
	}
	if err := p.stop(sl, expectedPooled); err != nil {
		return err
	}
	p.forget(sl)
	return nil
}

// slotOf is the slot whose body, or last body, this is.
func (p *pool) slotOf(b body) *slot {
	switch b := b.(type) {
	case processBody:
		return p.byPID[b.PID()]
	case *Task:
		if b.owner == p.self.Process() {
			return b.slot
		}
	}
	return nil
}

// keep adds a slot that has a body.
func (p *pool) keep(sl *slot) {
	sl.index = len(p.children)
	p.children = append(p.children, sl)
	switch b := sl.body.(type) {
	case processBody:
		p.byPID[b.PID()] = sl
	case *Task:
		b.slot = sl
	}
}

// drop removes a slot, if it was kept. The last one takes its place.
func (p *pool) drop(sl *slot) {
	last := len(p.children) - 1
	switch b := sl.body.(type) {
	case nil:
		return
	case processBody:
		delete(p.byPID, b.PID())
	case *Task:
		b.slot = nil
	}
	p.children[sl.index] = p.children[last]
	p.children[sl.index].index = sl.index
	p.children[last] = nil
	p.children = p.children[:last]
}

// stopAll stops all children at the same time.
func (p *pool) stopAll() {
	p.ending = true
	running := slices.DeleteFunc(p.slots(), func(sl *slot) bool {
		if sl.state == Running {
			return false
		}
		sl.become(Undefined)
		return true
	})
	if p.stopTogether(running, expectedPooled) == nil {
		p.children, p.byPID = nil, nil
	}
}

// slots are the children in the order of their start.
func (p *pool) slots() []*slot {
	slots := slices.Clone(p.children)
	slices.SortFunc(slots, func(a, b *slot) int { return cmp.Compare(a.number, b.number) })
	return slots
}

func (p *pool) which() []ChildInfo {
	infos := make([]ChildInfo, 0, len(p.children))
	for _, sl := range p.slots() {
		infos = append(infos, sl.info())
	}
	return infos
}

func (p *pool) count() (counts Counts) {
	for _, sl := range p.children {
		counts.add(sl, sl.state == Running)
	}
	return counts
}

// expectedPooled is the rule of Elixir's dynamic supervisor.
func expectedPooled(sl *slot, reason error, early bool) bool {
	quiet := reason == process.Normal && sl.spec.Restart != Permanent
	switch {
	case early:
		return quiet
	case sl.spec.Shutdown.how == shutdownBrutal:
		return reason == process.Killed
	default:
		return quiet || process.Orderly(reason) && reason != process.Normal
	}
}
