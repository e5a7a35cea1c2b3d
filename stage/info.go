package stage

import "github.com/stagecraft-go/stagecraft/process"

// orderedInfo is an info that waits for the events before it.
type orderedInfo[Out any] struct {
	info  delivery[Out]
	reply *process.Reply[None] // nil: nobody waits
}

func (m *orderedInfo[Out]) deliver(s *producing[Out]) error {
	deliver := func() { s.self.Process().Send(m.info) }
	s.queueInfo(deliver)
	if m.reply != nil {
		s.reply(func() { m.reply.Send(None{}) })
	}
	return nil
}

func (m *orderedInfo[Out]) reject(err error) {
	if m.reply != nil {
		m.reply.Answer(None{}, err)
	}
}

// orderInfo puts an info behind what the stage holds.
func (s *stage[Out]) orderInfo(deliver func()) {
	switch {
	case s.role == RoleConsumer:
		deliver()
	case s.queue.count > 0:
		s.queue.push(queued{info: deliver})
	default:
		s.bufferInfo(deliver)
	}
}

// bufferInfo puts an info behind the events that are held back or buffered, or
// hands it to the dispatcher if there are none. In GenStage it overtakes those
// that are held back.
func (s *producing[Out]) bufferInfo(deliver func()) {
	if !s.exact && s.held.hasEvents() {
		s.held.info(deliver)
		return
	}
	if !s.buffer.storeInfo(deliver) {
		s.dispatcher.Info(deliver)
	}
}
