package supervisor

import (
	"slices"
	"time"

	"github.com/stagecraft-go/stagecraft/process"
)

// retry is a message of a supervisor to itself: try the restart of a child
// again. counted means that this restart was only delayed.
type retry struct {
	id      string
	counted bool
}

// died decides what the end of a child means.
func (s *static) died(sl *slot, reason error) error {
	sl.reason = reason
	if sl.spec.Restart.after(reason) {
		s.emit(ChildTerminated, sl, reason)
		return s.restart(sl, sl.delayAfterEnd())
	}
	s.emit(exitKind(reason), sl, reason)
	s.clear(sl)
	if s.shutsDown(sl) {
		return process.Shutdown
	}
	return nil
}

// exitKind tells how to report the end of a child that is not restarted.
func exitKind(reason error) EventKind {
	if process.Orderly(reason) {
		return ChildExited
	}
	return ChildTerminated
}

// restart counts a restart, and restarts the group of a child.
func (s *static) restart(sl *slot, delay time.Duration) error {
	if err := s.countRestart(sl); err != nil {
		s.clear(sl)
		return err
	}
	sl.become(Undefined)
	if delay > 0 {
		return s.delayGroup(sl, delay)
	}
	return s.restartGroup(sl)
}

// delayGroup stops the group of a child, to be started later.
func (s *static) delayGroup(sl *slot, delay time.Duration) error {
	if err := s.stopGroup(sl); err != nil {
		return err
	}
	s.restartLater(sl, delay, true)
	return nil
}

func (s *static) restartLater(sl *slot, delay time.Duration, counted bool) {
	sl.become(Restarting)
	s.later(sl, delay, retry{sl.spec.ID, counted})
}

// retry goes on with a restart, unless it has become void.
func (s *static) retry(m retry) error {
	sl := s.byID(m.id)
	switch {
	case sl == nil || sl.state != Restarting:
		return nil
	case m.counted:
		return s.restartGroup(sl)
	default:
		return s.restart(sl, 0)
	}
}

// restartGroup stops all members of the group that run, and starts all.
func (s *static) restartGroup(sl *slot) error {
	if err := s.stopGroup(sl); err != nil {
		return err
	}
	for _, member := range s.group(sl) {
		err := s.startSlot(member)
		if err == errInterrupted {
			return err
		}
		member.restarts++
		if err != nil {
			s.emit(StartFailed, member, err)
			s.restartLater(member, member.nextDelay(), false)
			return nil // the members behind it wait for that
		}
	}
	return nil
}

// stopGroup stops the group in reverse order. Temporary members are gone then.
func (s *static) stopGroup(sl *slot) error {
	for _, member := range slices.Backward(s.group(sl)) {
		if err := s.stop(member, expectedStatic); err != nil {
			return err
		}
		s.clear(member)
	}
	return nil
}
