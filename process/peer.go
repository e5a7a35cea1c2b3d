package process

// Peer is an actor that a process sends to again and again: its address is
// looked up once. The zero value is nobody.
type Peer struct {
	pid     *PID
	process *Process // nil: not one of ours
}

// Peer looks an address up.
func (s *System) Peer(pid *PID) Peer {
	p, _ := s.Find(pid)
	return Peer{pid, p}
}

// PID is the address, nil of nobody.
func (p Peer) PID() *PID { return p.pid }

// SendLast is [Self.Send] for a message after which the callback has nothing
// more to do. If the receiver has to be woken for it, it may run on this
// goroutine, which saves a switch; so it starts when the callback has returned.
// A callback that goes on to something that may take long calls
// [Self.Release] first.
func (s *Self) SendLast(to Peer, msg any) {
	switch {
	case to.process == nil:
		s.Send(to.pid, msg)
	case !s.process.gone():
		to.process.mailbox.post(msg, s.process.mailbox.worker)
	}
}

// Release lets start now who was woken by SendLast.
func (s *Self) Release() { s.process.mailbox.release() }
