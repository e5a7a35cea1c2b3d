package stagekit

import (
	"context"
	"slices"
	"testing/synctest"

	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/stage"
)

// probe is a process around the stage under test. It writes down what it gets.
type probe struct {
	name    string
	process *process.Process
	journal *journal
	names   *names
}

// die makes a probe exit.
type die struct{ reason error }

// Init implements process.Behaviour.
func (p *probe) Init(*process.Self) error { return nil }

// Terminate implements process.Behaviour.
func (p *probe) Terminate(*process.Self, error) {}

// Handle implements process.Behaviour.
func (p *probe) Handle(_ *process.Self, msg any) error {
	switch m := msg.(type) {
	case *die:
		return m.reason
	case *stage.Events[int]:
		p.got("events", m.Ref, entry{"events": append([]int{}, m.Events...)})
	case *stage.Canceled:
		p.got("cancel", m.Ref, entry{"reason": reasonOf(m.Reason)})
	case *stage.Cancel:
		p.got("cancel", m.Ref, entry{"reason": reasonOf(m.Reason)})
	case *stage.Ask:
		p.got("ask", m.Ref, entry{"n": m.N})
	case *stage.Subscribe:
		p.got("subscribe", m.Ref, p.subscribeEntry(m))
	case *stage.SetDemand:
		p.journal.received(p.name, "set_demand", entry{"mode": m.Mode.String()})
	}
	return nil
}

func (p *probe) got(msg string, ref *process.Ref, e entry) {
	e["ref"] = p.names.name(ref)
	p.journal.received(p.name, msg, e)
}

func (p *probe) subscribeEntry(m *stage.Subscribe) entry {
	e := entry{"opts": recordOptions(m.Options)}
	if m.Replaces != nil {
		e["current"] = entry{"ref": p.names.name(m.Replaces.Ref), "reason": reasonOf(m.Replaces.Reason)}
	}
	return e
}

// probes are the probes of a scenario, made at their first mention.
type probes struct {
	system  *process.System
	journal *journal
	names   *names
	all     []*probe
}

func (ps *probes) named(name string) *probe {
	i := slices.IndexFunc(ps.all, func(p *probe) bool { return p.name == name })
	if i >= 0 {
		return ps.all[i]
	}
	p := &probe{name: name, journal: ps.journal, names: ps.names}
	p.process = start(ps.system, p)
	ps.all = append(ps.all, p)
	return p
}

// at is the probe with an address, nil if there is none.
func (ps *probes) at(pid *process.PID) *probe {
	i := slices.IndexFunc(ps.all, func(p *probe) bool { return p.process.PID().Equal(pid) })
	if i < 0 {
		return nil
	}
	return ps.all[i]
}

// nameAt is the name of the probe with an address; nil where there is none.
func (ps *probes) nameAt(pid *process.PID) any {
	if p := ps.at(pid); p != nil {
		return p.name
	}
	return nil
}

func (p *probe) die(reason error) {
	p.process.Send(&die{reason})
	synctest.Wait()
}

func (p *probe) alive() bool { return p.process.Err() == nil }

// start starts a process that cannot fail to start.
func start(system *process.System, b process.Behaviour) *process.Process {
	p, err := system.Start(context.Background(), b)
	if err != nil {
		panic(err)
	}
	return p
}
