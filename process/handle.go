package process

import "github.com/asynkron/protoactor-go/actor"

// handle takes one message: those of this package first, the rest is for the
// behaviour.
func (p *Process) handle(msg any) {
	switch m := msg.(type) {
	case *Down:
		if m == nil {
			return // of nobody
		}
		if _, expected := p.claim(m.Ref); !expected {
			return // demonitored
		}
	case *Timer:
		if m == nil || !m.over.CompareAndSwap(false, true) {
			return // stopped
		}
		msg = m.msg
	case *stopRequest:
		p.fail(m.reason)
		return
	case *inspection:
		p.guard(m.run)
		return
	case *actor.Touch:
		return // protoactor answers it
	}
	p.deliver(msg)
}

// deliver is guard for Handle, without a closure.
func (p *Process) deliver(msg any) {
	returned := false
	defer func() {
		if !returned {
			p.crashed(recover())
		}
	}()
	err := p.behaviour.Handle(&p.self, msg)
	returned = true
	if err != nil {
		p.fail(err)
	}
}
