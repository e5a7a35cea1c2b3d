package supervisorkit

import (
	"context"
	"log/slog"
	"testing/synctest"
	"time"

	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/supervisor"
)

// replay is one scenario in progress.
type replay struct {
	ctx     context.Context
	system  *process.System
	journal *journal
	family  *family
	reports reports
	root    *member
	parent  *parent
	starter *process.Process // the parent
	dead    map[string]bool  // supervisors, as far as the journal was read

	exited, bereft bool // the end of the root, and of the parent, is in a record
}

func newReplay(s *Scenario) *replay {
	r := &replay{
		ctx:    context.Background(),
		system: process.NewSystem(process.WithLogger(slog.New(slog.DiscardHandler))),
		family: newFamily(),
		parent: &parent{trap: s.Parent != "plain"},
		dead:   make(map[string]bool),
	}
	r.journal = newJournal(r.system)
	r.reports.family = r.family
	r.root = r.family.root(&s.Root)
	r.starter = start(r.system, r.parent)
	return r
}

// end ends everything that runs, supervisors first so that they restart nobody.
func (r *replay) end() error {
	r.starter.Kill()
	for _, supervisors := range []bool{true, false} {
		for _, m := range r.family.members() {
			if (m.spec.Supervisor != nil) == supervisors {
				m.process().Kill()
			}
		}
	}
	return r.system.Shutdown(r.ctx)
}

// start lets the parent start the root.
func (r *replay) start() Record {
	booted := make(chan error)
	r.starter.Send(errand(func(self *process.Self) {
		r.journal.note(Event{Kind: "start", Child: r.root.label})
		_, err := r.startSupervisor(r.ctx, r.root, r.root.spec.Supervisor, supervisor.LinkTo(self))
		booted <- err
	}))
	result := entry{"ok": true}
	if err := <-booted; err != nil {
		result = entry{"error": reasonOf(err)}
	}
	r.settle(nil)
	return r.record(Record{Result: result})
}

// step does one step, until all is at rest.
func (r *replay) step(s *Step) Record {
	var record Record
	if s.Op == "batch" {
		record.Results = r.batch(s)
	} else {
		record.Result = r.do(s)
		r.settle(nil)
	}
	return r.record(record)
}

// do does a step. Its result is nil if the recordings note none.
func (r *replay) do(s *Step) any {
	switch s.Op {
	case "sleep":
		time.Sleep(time.Duration(s.MS) * time.Millisecond)
	case "parent_exit":
		r.starter.Send(leave{words().Err(s.Reason)})
	case "message":
		r.send(s.Sup, func(p *process.Process) { p.Send("hello") })
	case "exit":
		r.send(s.Child, func(p *process.Process) { p.Send(leave{words().Err(s.Reason)}) })
	case "raise":
		r.send(s.Child, func(p *process.Process) { p.Send(raise{}) })
	case "signal":
		r.send(s.Child, func(p *process.Process) { p.Exit(words().Err(s.Reason)) })
	case "kill":
		r.send(s.Child, (*process.Process).Kill)
	default:
		return r.request(s)
	}
	return nil
}

func (r *replay) send(name string, do func(*process.Process)) {
	if m := r.family.find(name); m != nil && m.child != nil {
		do(m.process())
	}
}

// batch does steps while a supervisor takes nothing from its queue.
func (r *replay) batch(s *Step) []any {
	release := make(chan struct{})
	busy := r.family.find(s.Sup)
	if busy != nil && busy.alive() {
		go busy.process().Inspect(r.ctx, func() { <-release }) // its error would be that it was killed
		synctest.Wait()
	}
	results := make([]any, len(s.Steps))
	answered := make([]chan struct{}, len(s.Steps))
	for i := range s.Steps {
		step := &s.Steps[i]
		answered[i] = make(chan struct{})
		go func() {
			results[i] = r.do(step)
			close(answered[i])
		}()
		if m := r.family.find(step.Sup); step.Sup == "" || m != busy {
			<-answered[i]
		}
		r.settle(busy)
	}
	close(release)
	for _, done := range answered {
		<-done
	}
	r.settle(nil)
	return results
}

// patience is how long, by the clock of the bubble, the replay waits for what
// should happen.
const patience = 10 * time.Minute

// settle waits until all is at rest: requests are answered, supervisors have
// nothing to do, and no worker is busy with its own end, unless that never
// comes. A supervisor that is kept busy, and those that may wait for it, are left
// alone.
func (r *replay) settle(busy *member) {
	ctx, cancel := context.WithTimeout(r.ctx, patience)
	defer cancel()
	for before := -1; before != r.journal.length(); {
		before = r.journal.length()
		synctest.Wait()
		for _, m := range r.family.members() {
			switch {
			case m.spec.Supervisor == nil:
				r.awaitEnd(m)
			case !m.isOrAbove(busy):
				_ = m.process().Inspect(ctx, func() {}) // its error would be that it has ended
			}
		}
		synctest.Wait()
	}
}

// awaitEnd waits for a worker that was told to end and takes its time.
func (r *replay) awaitEnd(m *member) {
	if m.told.Load() && m.spec.OnShutdown.Word != "stubborn" {
		<-m.process().Done()
	}
}

// isOrAbove tells whether other is the member, or a descendant of it.
func (m *member) isOrAbove(other *member) bool {
	for ; other != nil; other = other.parent {
		if other == m {
			return true
		}
	}
	return false
}
