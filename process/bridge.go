package process

import (
	"errors"

	"github.com/asynkron/protoactor-go/actor"
)

var errActorStopped = errors.New("the actor stopped")

// bridge is a small plain actor that watches another on behalf of a process.
// Protoactor's notice would overtake queued mail; the bridge makes an ordinary
// message of it.
type bridge struct {
	owner *Process
	ref   *Ref
	other *PID
}

// Receive forwards the one notice and stops.
func (b *bridge) Receive(ctx actor.Context) {
	switch msg := ctx.Message().(type) {
	case *actor.Terminated:
		b.owner.Send(&Down{Ref: b.ref, PID: b.other, Reason: terminatedReason(msg.Why)})
		ctx.Stop(ctx.Self())
	case *actor.Stopping:
		b.owner.system.sendSystem(b.other, &actor.Unwatch{Watcher: ctx.Self()})
	}
}

func terminatedReason(why actor.TerminatedReason) error {
	switch why {
	case actor.TerminatedReason_NotFound:
		return NoProc
	case actor.TerminatedReason_AddressTerminated:
		return NoConnection
	default:
		return ShutdownWith(errActorStopped)
	}
}

// monitorPlain lets a bridge watch pid. The watch is sent from here, so that the
// monitor stands when Monitor returns.
func (p *Process) monitorPlain(ref *Ref, pid *PID, other actor.Process) {
	props := actor.PropsFromProducer(
		func() actor.Actor { return &bridge{owner: p, ref: ref, other: pid} },
		actor.WithDispatcher(p.system.workers),
	)
	bridge := p.system.actors.Root.Spawn(props)
	if !p.expect(ref, target{bridge: bridge}) {
		p.system.stopActor(bridge) // p was killed meanwhile
		return
	}
	other.SendSystemMessage(pid, &actor.Watch{Watcher: bridge})
}

// addPlainWatcher is the other direction: a plain actor watches p.
func (p *Process) addPlainWatcher(watcher *PID) {
	if !p.bond(func(b *bonds) { b.plain.Set(watcher.String(), watcher) }) {
		p.system.tellPlainWatcher(watcher, p.pid, actor.TerminatedReason_NotFound)
	}
}

func (p *Process) removePlainWatcher(watcher *PID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.bonds != nil {
		p.bonds.plain.Delete(watcher.String())
	}
}

func (s *System) tellPlainWatcher(watcher, who *PID, why actor.TerminatedReason) {
	s.sendSystem(watcher, &actor.Terminated{Who: who, Why: why})
}

// sendSystem sends one of protoactor's own messages; a miss is no dead letter.
func (s *System) sendSystem(to *PID, msg any) {
	if ref, ok := s.actors.ProcessRegistry.Get(to); ok {
		ref.SendSystemMessage(to, msg)
	}
}

// stopActor stops a plain actor, if it is there: protoactor would make a dead
// letter of it if not.
func (s *System) stopActor(pid *PID) {
	if ref, ok := s.actors.ProcessRegistry.Get(pid); ok {
		ref.Stop(pid)
	}
}
