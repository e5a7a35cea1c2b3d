package supervisor

import (
	"fmt"
	"strconv"
)

// check refuses a spec that makes no sense by itself.
func (s *Spec) check() error {
	switch {
	case s.Start == nil:
		return s.fault(NilStart, "Start", "nil", "a function")
	case s.Restart > Temporary:
		return s.fault(InvalidRestart, "Restart", s.Restart.String(), "Permanent, Transient or Temporary")
	case s.Type > TypeSupervisor:
		return s.fault(InvalidType, "Type", s.Type.String(), "TypeWorker or TypeSupervisor")
	case !s.Shutdown.valid():
		return s.fault(InvalidShutdown, "Shutdown", s.Shutdown.String(), "After(0 or more), Infinity() or BrutalKill()")
	case !s.Backoff.valid():
		return s.fault(InvalidBackoff, "Backoff", fmt.Sprintf("%+v", s.Backoff), "0 <= Initial <= Max (or no Max), 0 <= Jitter <= 1")
	}
	return nil
}

// checkStatic also looks at what concerns the children of a [Supervisor] only.
func (s *Spec) checkStatic(auto AutoShutdownMode) error {
	if err := s.check(); err != nil || !s.Significant {
		return err
	}
	switch {
	case s.Restart == 0 || s.Restart == Permanent:
		return s.fault(SignificantPermanent, "Significant", "set on a permanent child", "Transient or Temporary children")
	case auto == Never:
		return s.fault(SignificantWithoutAutoShutdown, "Significant", "set without AutoShutdown", "AnySignificant or AllSignificant")
	}
	return nil
}

// checkDynamic refuses what OTP refuses to dynamic children.
func (s *Spec) checkDynamic() error {
	if s.Shutdown == After(0) {
		return s.fault(InvalidShutdown, "Shutdown", s.Shutdown.String(), "After(more than 0), Infinity() or BrutalKill()")
	}
	return s.check()
}

func (s *Spec) fault(fault Fault, field, value, allowed string) error {
	return &SpecError{Fault: fault, ID: s.ID, Field: field, Value: value, Allowed: allowed}
}

// checkAll checks the children that a supervisor starts with.
func checkAll(children []Spec, auto AutoShutdownMode) error {
	seen := make(map[string]bool, len(children))
	for i := range children {
		s := &children[i]
		if err := s.checkStatic(auto); err != nil {
			return err
		}
		if seen[s.ID] {
			return s.fault(DuplicateID, "ID", strconv.Quote(s.ID), "an ID of its own for each child")
		}
		seen[s.ID] = true
	}
	return nil
}
