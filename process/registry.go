package process

import (
	"slices"
	"sync"
)

// names maps registered names to living processes.
type names struct {
	mu      sync.Mutex
	owner   map[string]*Process
	aliases map[*Process][]string // names given by Register
}

// Whereis returns the process that is registered under a name.
func (s *System) Whereis(name string) (*Process, bool) {
	s.names.mu.Lock()
	defer s.names.mu.Unlock()
	p, ok := s.names.owner[name]
	if !ok || !p.known.Load() { // its name is reserved, but it is not there yet
		return nil, false
	}
	return p, true
}

// Register gives a living process a further name. It returns a
// [*NameTakenError] if another process has it and an [*ExitError] if p is dead.
// The name is freed when p exits.
func (s *System) Register(name string, p *Process) error {
	s.names.mu.Lock()
	defer s.names.mu.Unlock()
	if p.gone() { // p frees its names after it is gone
		return p.exitError(NoProc)
	}
	if err := s.names.claim(name, p); err != nil {
		return err
	}
	if s.names.aliases == nil {
		s.names.aliases = make(map[*Process][]string)
	}
	s.names.aliases[p] = append(s.names.aliases[p], name)
	return nil
}

// Unregister frees a name. It is no error if nobody has it.
func (s *System) Unregister(name string) {
	s.names.mu.Lock()
	defer s.names.mu.Unlock()
	p, ok := s.names.owner[name]
	if !ok {
		return
	}
	delete(s.names.owner, name)
	if rest := slices.DeleteFunc(s.names.aliases[p], func(n string) bool { return n == name }); len(rest) > 0 {
		s.names.aliases[p] = rest
	} else {
		delete(s.names.aliases, p)
	}
}

// reserve takes the name that p is started with, before p exists for others.
func (n *names) reserve(p *Process) error {
	if p.name == "" {
		return nil
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.claim(p.name, p)
}

// release frees all names of p, and only of p: a zombie that comes back late
// must not unname its successor.
func (n *names) release(p *Process) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.owner[p.name] == p {
		delete(n.owner, p.name)
	}
	for _, name := range n.aliases[p] {
		if n.owner[name] == p {
			delete(n.owner, name)
		}
	}
	delete(n.aliases, p)
}

// claim needs the lock.
func (n *names) claim(name string, p *Process) error {
	if owner, taken := n.owner[name]; taken {
		if !owner.known.Load() {
			owner = nil
		}
		return &NameTakenError{Name: name, Owner: owner}
	}
	if n.owner == nil {
		n.owner = make(map[string]*Process)
	}
	n.owner[name] = p
	return nil
}
