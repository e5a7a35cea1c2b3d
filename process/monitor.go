package process

// Down is the message that a monitor ends with. It is behind every message
// that the process sent to the monitor's owner before it exited.
type Down struct {
	Ref    *Ref
	PID    *PID
	Reason error
}

// Monitor asks for a [*Down] message when another process exits. If it is dead
// already, or pid is nil, Down comes with [NoProc]. A plain actor can be
// monitored too; its Down says [ShutdownWith] when it has stopped, [NoProc] when
// it was not there and [NoConnection] when its node is lost.
func (s *Self) Monitor(pid *PID) *Ref {
	ref := NewRef()
	s.MonitorWith(ref, pid)
	return ref
}

// MonitorWith is Monitor with a ref of the caller's, which must be fresh.
func (s *Self) MonitorWith(ref *Ref, pid *PID) {
	p := s.process
	if other, ok := p.system.Find(pid); ok {
		p.monitor(ref, other)
		return
	}
	if other, ok := p.system.actors.ProcessRegistry.Get(pid); ok {
		p.monitorPlain(ref, pid, other)
		return
	}
	p.expect(ref, target{})
	p.Send(&Down{Ref: ref, PID: pid, Reason: NoProc})
}

// Demonitor ends a monitor. A Down that is queued already is not delivered.
func (s *Self) Demonitor(ref *Ref) {
	if target, ok := s.process.claim(ref); ok {
		s.process.system.unwatch(ref, target)
	}
}

func (p *Process) monitor(ref *Ref, other *Process) {
	alive := other.bond(func(b *bonds) { b.watchers.Set(ref, p) })
	if !p.expect(ref, target{process: other}) {
		other.dropWatcher(ref) // p was killed meanwhile
		return
	}
	if !alive {
		p.Send(&Down{Ref: ref, PID: other.pid, Reason: NoProc})
	}
}

// expect notes that a Down of ref may come.
func (p *Process) expect(ref *Ref, t target) bool {
	return p.bond(func(b *bonds) { b.watched.Set(ref, t) })
}

// claim ends that; it is false if no such Down is expected.
func (p *Process) claim(ref *Ref) (target, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.bonds == nil {
		return target{}, false
	}
	t, ok := p.bonds.watched.Get(ref)
	p.bonds.watched.Delete(ref)
	return t, ok
}

func (p *Process) dropWatcher(ref *Ref) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.bonds != nil {
		p.bonds.watchers.Delete(ref)
	}
}

// unwatch ends a monitor at its target.
func (s *System) unwatch(ref *Ref, t target) {
	switch {
	case t.process != nil:
		t.process.dropWatcher(ref)
	case t.bridge != nil:
		s.stopActor(t.bridge)
	}
}
