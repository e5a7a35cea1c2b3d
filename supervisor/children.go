package supervisor

import "context"

// ChildInfo is a child as [Supervisor.WhichChildren] lists it.
type ChildInfo struct {
	ID    string
	State State
	Child Child // nil unless it is Running
	Type  Type
}

// Counts are the children of a supervisor by sort.
type Counts struct {
	Specs       int // all, running or not
	Active      int // those with a process
	Supervisors int
	Workers     int
}

// StartChild adds a child behind the others and starts it. The child is nil if
// it declined to start; its spec is kept then, unless it is temporary. Besides
// the error of the start there are [*SpecError], [*AlreadyStartedError] and
// [ErrAlreadyPresent].
func (s *Supervisor) StartChild(ctx context.Context, spec Spec) (Child, error) {
	return ask(ctx, s.process, func(s *static) (Child, error) { return s.startChild(spec) })
}

// TerminateChild stops a child. Its spec is kept, unless it is temporary; nothing
// restarts it but [Supervisor.RestartChild] and the restart of its group. It fails
// with [ErrNotFound].
func (s *Supervisor) TerminateChild(ctx context.Context, id string) error {
	return s.change(ctx, id, (*static).terminateChild)
}

// RestartChild starts a child that does not run. The child is nil if it declined.
// A running child is [ErrRunning]; the supervisor starts one that is
// [Restarting] by itself: [ErrRestarting]. Otherwise it fails with [ErrNotFound] or
// the error of the start.
func (s *Supervisor) RestartChild(ctx context.Context, id string) (Child, error) {
	return ask(ctx, s.process, func(s *static) (Child, error) { return s.restartChild(id) })
}

// DeleteChild forgets a child that does not run. It fails with [ErrNotFound],
// [ErrRunning] or [ErrRestarting].
func (s *Supervisor) DeleteChild(ctx context.Context, id string) error {
	return s.change(ctx, id, (*static).deleteChild)
}

// WhichChildren lists the children, the last one first as OTP does.
func (s *Supervisor) WhichChildren(ctx context.Context) ([]ChildInfo, error) {
	return ask(ctx, s.process, func(s *static) ([]ChildInfo, error) {
		infos := make([]ChildInfo, len(s.slots))
		for i, sl := range s.slots {
			infos[len(infos)-1-i] = sl.info()
		}
		return infos, nil
	})
}

// CountChildren counts the children. Active are those that have not ended, even
// when the supervisor has yet to notice that.
func (s *Supervisor) CountChildren(ctx context.Context) (Counts, error) {
	return ask(ctx, s.process, func(s *static) (Counts, error) {
		var counts Counts
		for _, sl := range s.slots {
			counts.add(sl, sl.alive())
		}
		return counts, nil
	})
}

func (s *Supervisor) change(ctx context.Context, id string, do func(*static, *slot) error) error {
	_, err := ask(ctx, s.process, func(s *static) (done, error) {
		sl := s.byID(id)
		if sl == nil {
			return done{}, ErrNotFound
		}
		return done{}, do(s, sl)
	})
	return err
}

func (s *static) startChild(spec Spec) (Child, error) {
	if err := spec.checkStatic(s.config.auto); err != nil {
		return nil, err
	}
	if sl := s.byID(spec.ID); sl != nil {
		if sl.state == Running {
			return nil, &AlreadyStartedError{ID: spec.ID, Child: sl.child}
		}
		return nil, ErrAlreadyPresent
	}
	sl := newSlot(spec)
	s.slots = append(s.slots, sl)
	err := s.startSlot(sl)
	switch {
	case err == errInterrupted: // it may run already
		return nil, err
	case err != nil:
		s.remove(sl)
		return nil, err
	case sl.state == Undefined:
		s.clear(sl)
	}
	return sl.visible(), nil
}

func (s *static) terminateChild(sl *slot) error {
	if err := s.stop(sl, expectedStatic); err != nil {
		return err
	}
	s.clear(sl)
	return nil
}

func (s *static) restartChild(id string) (Child, error) {
	sl := s.byID(id)
	if sl == nil {
		return nil, ErrNotFound
	}
	if err := sl.atRest(); err != nil {
		return nil, err
	}
	err := s.startSlot(sl)
	return sl.visible(), err
}

func (s *static) deleteChild(sl *slot) error {
	if err := sl.atRest(); err != nil {
		return err
	}
	s.remove(sl)
	return nil
}

// atRest is an error for a child that runs or will.
func (sl *slot) atRest() error {
	switch sl.state {
	case Running:
		return ErrRunning
	case Restarting:
		return ErrRestarting
	}
	return nil
}

func (sl *slot) info() ChildInfo {
	return ChildInfo{ID: sl.spec.ID, State: sl.state, Child: sl.visible(), Type: sl.spec.Type}
}

func (c *Counts) add(sl *slot, active bool) {
	c.Specs++
	if active {
		c.Active++
	}
	if sl.spec.Type == TypeSupervisor {
		c.Supervisors++
	} else {
		c.Workers++
	}
}
