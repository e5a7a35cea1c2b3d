package supervisorkit

import "github.com/stagecraft-go/stagecraft/process"

// parent is the behaviour of the process that starts the root.
type parent struct {
	trap   bool
	signal error // of the root, since the last step
}

// errand is a message to the parent: something to do.
type errand func(self *process.Self)

// Init implements process.Behaviour.
func (p *parent) Init(self *process.Self) error {
	self.TrapExit(p.trap)
	return nil
}

// Handle implements process.Behaviour.
func (p *parent) Handle(self *process.Self, msg any) error {
	switch m := msg.(type) {
	case errand:
		m(self)
	case leave:
		return m.reason
	case *process.Exit:
		p.signal = m.Reason
	}
	return nil
}

// Terminate implements process.Behaviour.
func (p *parent) Terminate(*process.Self, error) {}
