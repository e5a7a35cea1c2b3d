package stage

// queued is what waits in a producer_consumer for demand: one of events, the
// end of a subscription, or an info.
type queued struct {
	events list
	ended  *ended
	info   func()
}

// wants tells whether somebody downstream is ready for events.
func (s *stage[Out]) wants() bool {
	if s.exact {
		return s.demand > 0
	}
	return s.buffer.empty() && s.dispatcher.Capacity() > 0
}

// processQueue works off the queue while there is demand. A list is processed
// whole, also when it yields more than is wanted: the rest is buffered.
func (s *stage[Out]) processQueue() error {
	for s.queue.count > 0 && s.wants() && s.self.Alive() {
		item := s.queue.pop()
		var err error
		switch {
		case item.info != nil:
			s.bufferInfo(item.info)
		case item.ended != nil:
			err = s.endQueued(item.ended)
		default:
			err = s.receiveQueued(item.events)
			s.done(item.events)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *stage[Out]) receiveQueued(m list) error {
	_, ref := m.origin()
	if p, ok := s.producers.Get(ref); ok {
		return s.receive(p, m)
	}
	// Its producer is gone: there is nobody to ask, so one batch will do.
	if s.watch != nil {
		s.watchBatch(m, 0, m.size(), -1)
	}
	return s.receiveBatch(m, 0, m.size(), s.tag(nil, ref))
}

func (s *stage[Out]) endQueued(e *ended) error {
	demand := s.demand
	err := s.endSubscription(e)
	if s.exact {
		s.demand = demand // GenStage does not count what HandleCancel emits here
	}
	return err
}
