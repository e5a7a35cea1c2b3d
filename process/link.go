package process

// Link ties this process and another together: when one exits, the other gets
// an exit signal with its reason. If there is no such process, the signal comes
// at once, with [NoProc]. Plain actors can't be linked to.
func (s *Self) Link(pid *PID) {
	other, ok := s.process.system.Find(pid)
	if !ok {
		s.process.signal(pid, NoProc)
		return
	}
	s.process.link(other)
}

// Unlink removes a link. No exit signal comes from it afterwards, but an
// [*Exit] message may be queued already.
func (s *Self) Unlink(pid *PID) {
	if other, ok := s.process.system.Find(pid); ok && s.process.dropLink(other) {
		other.dropLink(s.process)
	}
}

func (p *Process) link(other *Process) {
	if other == p || !p.addLink(other) {
		return
	}
	if other.addLink(p) {
		if p.gone() { // killed meanwhile; its signals were sent before other knew it
			other.dropLink(p)
		}
		return
	}
	if p.dropLink(other) {
		p.signal(other.pid, NoProc)
	}
}

func (p *Process) addLink(other *Process) bool {
	return p.bond(func(b *bonds) { b.links.Set(other, struct{}{}) })
}

func (p *Process) dropLink(other *Process) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.bonds == nil {
		return false
	}
	_, linked := p.bonds.links.Get(other)
	p.bonds.links.Delete(other)
	return linked
}

// linkBroken tells p that a process it is linked to has exited. A link that p
// has removed meanwhile carries nothing.
func (p *Process) linkBroken(other *Process, reason error) {
	if p.dropLink(other) {
		p.signal(other.pid, reason)
	}
}

// forgetLink removes a link from both ends, so that it carries no signal.
func (b *bonds) forgetLink(p, other *Process) {
	if b != nil {
		b.links.Delete(other)
	}
	other.dropLink(p)
}
