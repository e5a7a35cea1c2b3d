package process

import (
	"github.com/asynkron/protoactor-go/actor"

	"github.com/stagecraft-go/stagecraft/internal/small"
)

// bonds are the relations of a process to others. They live behind the
// process's lock, which is never held while another process's is.
type bonds struct {
	watchers small.Map[*Ref, *Process]     // who monitors it
	watched  small.Map[*Ref, target]       // whom it monitors
	links    small.Map[*Process, struct{}] // whom it is linked to
	plain    small.Map[string, *PID]       // plain actors that watch it
}

// target is what a process monitors: another one, or a bridge to a plain actor.
type target struct {
	process *Process
	bridge  *PID
}

// bond runs change under the lock, unless p is gone; then it is false.
func (p *Process) bond(change func(*bonds)) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.reason != nil {
		return false
	}
	if p.bonds == nil {
		p.bonds = &bonds{}
	}
	change(p.bonds)
	return true
}

// tell dissolves the bonds of p, which is gone: monitors get Down, links the
// exit signal, and those whom p watched forget it.
func (b *bonds) tell(p *Process, reason error) {
	if b == nil {
		return
	}
	for ref, watcher := range b.watchers.All() {
		watcher.Send(&Down{Ref: ref, PID: p.pid, Reason: reason})
	}
	for linked := range b.links.All() {
		linked.linkBroken(p, reason)
	}
	for _, watcher := range b.plain.All() {
		p.system.tellPlainWatcher(watcher, p.pid, actor.TerminatedReason_Stopped)
	}
	for ref, target := range b.watched.All() {
		p.system.unwatch(ref, target)
	}
}
