package supervisor

import (
	"context"
	"slices"

	"github.com/stagecraft-go/stagecraft/process"
)

// Supervisor is a running supervisor with children in a fixed order.
type Supervisor struct{ Handle }

// Start starts a supervisor and then its children, one after the other. It
// returns when all have started.
//
// Options and children are checked first: a [*SpecError] names what is wrong.
// When a child fails to start, whatever its restart kind, those before it are
// stopped in reverse order and the error is process.ShutdownWith a [*StartError].
//
// ctx is the life of the supervisor: when it ends, the supervisor stops ahead of
// its mail, and its children in order. Within a [StartFunc], pass on its ctx.
func Start(ctx context.Context, children []Spec, opts ...Option) (*Supervisor, error) {
	config, err := newConfig(ctx, kindStatic, opts)
	if err != nil {
		return nil, err
	}
	if err := checkAll(children, config.auto); err != nil {
		return nil, err
	}
	s := &static{core: newCore(ctx, config)}
	for _, spec := range children {
		s.slots = append(s.slots, newSlot(spec))
	}
	p, err := config.system.Start(ctx, s, config.processOptions()...)
	if err != nil {
		return nil, err
	}
	return &Supervisor{Handle{p}}, nil
}

func newSlot(spec Spec) *slot {
	spec = spec.withDefaults()
	return &slot{spec: &spec}
}

// static is the process of a [Supervisor].
type static struct {
	core
	slots []*slot // in the order of start
}

// Init starts the children.
func (s *static) Init(self *process.Self) error {
	s.begin(self)
	for i, sl := range s.slots {
		if err := s.boot(sl); err != nil {
			for _, earlier := range slices.Backward(s.slots[:i]) {
				if stuck := s.stop(earlier, expectedStatic); stuck != nil {
					return stuck
				}
			}
			return process.ShutdownWith(&StartError{ID: sl.spec.ID, Reason: err})
		}
	}
	s.slots = slices.DeleteFunc(s.slots, func(sl *slot) bool {
		return sl.state == Undefined && sl.spec.Restart == Temporary
	})
	return nil
}

// boot starts a child together with its supervisor.
func (s *static) boot(sl *slot) error {
	err := s.startSlot(sl)
	if err != nil && err != errInterrupted {
		s.emit(StartFailed, sl, err)
	}
	return err
}

// startSlot starts the child of a slot that has none. The slot stays as it is
// when that fails, and becomes undefined if the child declines.
func (s *static) startSlot(sl *slot) error {
	child, b, err := s.start(sl.spec.Start)
	switch {
	case err != nil:
		sl.reason = err
		return err
	case child == nil:
		sl.become(Undefined)
		return nil
	case s.holding(b) != nil:
		return ErrSupervised
	}
	sl.runs(child, b)
	s.emit(ChildStarted, sl, nil)
	if s.interrupted() {
		return errInterrupted
	}
	return nil
}

// Handle implements process.Behaviour.
func (s *static) Handle(_ *process.Self, msg any) error {
	switch m := msg.(type) {
	case *process.Exit:
		if sl := s.byPID(m.From); sl != nil {
			return s.died(sl, sl.reasonOf(m))
		}
		return s.stranger(m)
	case *Task:
		if sl := s.holding(m); sl != nil {
			return s.died(sl, m.Err())
		}
		return nil
	case request[*static]:
		return m.serve(s)
	case retry:
		return s.retry(m)
	}
	s.publish(Event{Kind: UnexpectedMessage, Message: msg})
	return nil
}

// Terminate stops the children in reverse order.
func (s *static) Terminate(_ *process.Self, _ error) {
	s.ending = true
	for _, sl := range slices.Backward(s.slots) {
		if s.stop(sl, expectedStatic) != nil {
			return
		}
	}
}

// byPID is the slot whose process this is. Deaths are told apart by process, so
// that a late one of an earlier child is nobody's.
func (s *static) byPID(pid *process.PID) *slot {
	for _, sl := range s.slots {
		if sl.state == Running && pidOf(sl.body) == pid {
			return sl
		}
	}
	return nil
}

// holding is the slot with this body.
func (s *static) holding(b body) *slot {
	for _, sl := range s.slots {
		if sl.state == Running && sl.body == b {
			return sl
		}
	}
	return nil
}

func (s *static) byID(id string) *slot {
	for _, sl := range s.slots {
		if sl.spec.ID == id {
			return sl
		}
	}
	return nil
}

func (s *static) index(sl *slot) int { return slices.Index(s.slots, sl) }

// remove takes a slot away.
func (s *static) remove(sl *slot) {
	sl.become(Undefined)
	s.slots = slices.DeleteFunc(s.slots, func(other *slot) bool { return other == sl })
}

// clear leaves a slot without a process. Temporary children leave no slot.
func (s *static) clear(sl *slot) {
	if sl.spec.Restart == Temporary {
		s.remove(sl)
	} else {
		sl.become(Undefined)
	}
}
