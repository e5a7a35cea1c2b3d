package stage

import "slices"

// accumulator holds demand and events of a producer in the order in which they
// came, while its mode is Accumulate.
type accumulator[Out any] struct {
	items []heldItem[Out]
}

// heldItem is one of events, an info, or demand.
type heldItem[Out any] struct {
	demand int
	events []Out
	info   func()
}

func (a *accumulator[Out]) demand(n int) {
	a.items = append(a.items, heldItem[Out]{demand: n})
}

func (a *accumulator[Out]) events(events []Out) {
	a.items = append(a.items, heldItem[Out]{events: events})
}

// hasEvents tells whether events are held back; it may be asked of nil.
func (a *accumulator[Out]) hasEvents() bool {
	return a != nil && slices.ContainsFunc(a.items, func(i heldItem[Out]) bool { return i.events != nil })
}

func (a *accumulator[Out]) info(deliver func()) {
	a.items = append(a.items, heldItem[Out]{info: deliver})
}

// holdDemand keeps demand for later, if there is any.
func (s *producing[Out]) holdDemand(n int) {
	if n <= 0 {
		return
	}
	s.held.demand(n)
	if s.watch != nil {
		s.watchCount(ObservedHoldDemand, n)
	}
}

// setDemand switches the mode. Going forward replays what was held, each demand
// and each list by itself.
func (s *stage[Out]) setDemand(mode DemandMode) error {
	switch {
	case !validEnum(mode, 2):
		s.log().Error(logInvalidDemandMode, "mode", mode.String())
		return nil
	case s.role == RoleProducerConsumer && mode == Forward:
		return nil // the only mode it has
	case s.role != RoleProducer:
		s.log().Error(logDemandModeNotAProducer, "role", s.role.String())
		return nil
	case mode == Accumulate && s.held == nil:
		s.held = new(accumulator[Out])
		return nil
	case mode == Forward && s.held != nil:
		return s.replay()
	}
	return nil
}

func (s *stage[Out]) replay() error {
	items := s.held.items
	s.held = nil
	served := 0 // of the demand, by the buffer
	if !s.exact {
		served = s.drain() // it is older than all that was held
	}
	for _, item := range items {
		switch {
		case item.events != nil:
			s.emit(item.events)
		case item.info != nil:
			s.bufferInfo(item.info)
		default:
			n := min(served, item.demand)
			served -= n
			if err := s.serve(item.demand - n); err != nil {
				return err
			}
		}
	}
	return nil
}

// demandMode is the current mode.
func (s *stage[Out]) demandMode() (DemandMode, error) {
	switch {
	case s.role == RoleConsumer && s.exact:
		return Forward, nil // so says GenStage
	case s.role != RoleProducer:
		return 0, ErrNotAProducer
	case s.held != nil:
		return Accumulate, nil
	}
	return Forward, nil
}
