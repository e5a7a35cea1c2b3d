package supervisor

import (
	"slices"
	"time"

	"github.com/stagecraft-go/stagecraft/internal/enum"
	"github.com/stagecraft-go/stagecraft/process"
)

// Shutdown says how a child is stopped. The zero value is the default of its
// type: [After] 5 seconds for workers, [Infinity] for supervisors.
type Shutdown struct {
	how  shutdownKind
	wait time.Duration
}

type shutdownKind uint8

const (
	shutdownDefault shutdownKind = iota
	shutdownAfter
	shutdownInfinity
	shutdownBrutal
)

const defaultShutdown = 5 * time.Second

// After tells the child to shut down, and kills it when it has not ended after d:
// 0 or more, for a child of a [Dynamic] more than 0, as in OTP.
func After(d time.Duration) Shutdown { return Shutdown{shutdownAfter, d} }

// Infinity tells the child to shut down and waits for as long as it takes.
func Infinity() Shutdown { return Shutdown{how: shutdownInfinity} }

// BrutalKill kills the child at once.
func BrutalKill() Shutdown { return Shutdown{how: shutdownBrutal} }

func (s Shutdown) String() string {
	if s.how == shutdownAfter {
		return "after " + s.wait.String()
	}
	return enum.Name(s.how, "default", "", "infinity", "brutal_kill")
}

func (s Shutdown) valid() bool { return s.wait >= 0 }

func (s Shutdown) withDefault(t Type) Shutdown {
	switch {
	case s.how != shutdownDefault:
		return s
	case t == TypeSupervisor:
		return Infinity()
	default:
		return After(defaultShutdown)
	}
}

// stop stops one child, if it runs, and waits for its end.
func (c *core) stop(sl *slot, expected expectation) error {
	if sl.state != Running {
		sl.become(Undefined)
		return nil
	}
	early := c.tell(sl)
	return c.bury(sl, early, expected)
}

// tell tells a child to end. It is true if that came too late: then the notice
// of its death is queued, and will be that of a stranger.
func (c *core) tell(sl *slot) (early bool) {
	switch {
	case sl.told: // by a callback that was interrupted
		return false
	case sl.body.Err() != nil:
		return true
	}
	sl.told = true
	switch shutdown := sl.spec.Shutdown; shutdown.how {
	case shutdownBrutal:
		sl.body.Kill()
	case shutdownAfter:
		sl.until = time.Now().Add(shutdown.wait)
		sl.body.exit(c.self, process.Shutdown)
	default:
		sl.body.exit(c.self, process.Shutdown)
	}
	return false
}

// bury waits for the end of a child that was told, and reports it.
func (c *core) bury(sl *slot, early bool, expected expectation) error {
	if err := c.await(sl); err != nil {
		return err
	}
	sl.become(Undefined)
	sl.reason = sl.body.Err()
	if expected(sl, sl.reason, early) {
		c.emit(ChildStopped, sl, sl.reason)
	} else {
		c.emit(ShutdownFailed, sl, sl.reason)
	}
	return nil
}

// await waits for the end of a child and kills it when its time is over. A
// supervisor that was killed, or must stop ahead of its mail, waits no longer.
func (c *core) await(sl *slot) error {
	var timeout <-chan time.Time
	if sl.told && sl.spec.Shutdown.how == shutdownAfter && sl.body.Err() == nil {
		timer := time.NewTimer(time.Until(sl.until))
		defer timer.Stop()
		timeout = timer.C
	}
	var urgent <-chan struct{}
	if !c.ending {
		urgent = c.self.Context().Done()
	}
	for {
		select {
		case <-sl.body.Done():
			return nil
		case <-timeout:
			sl.body.Kill()
			timeout = nil
		case <-urgent:
			return errInterrupted
		case <-c.self.Process().Done():
			return errInterrupted
		}
	}
}

// stopTogether stops children at the same time. It waits for them in the order
// in which their time is over, so no child waits for another's.
func (c *core) stopTogether(slots []*slot, expected expectation) error {
	early := make(map[*slot]bool)
	for _, sl := range slots {
		if c.tell(sl) {
			early[sl] = true
		}
	}
	slices.SortStableFunc(slots, func(a, b *slot) int { return a.end().Compare(b.end()) })
	for _, sl := range slots {
		if err := c.bury(sl, early[sl], expected); err != nil {
			return err
		}
	}
	return nil
}

// never is later than the end of any child's time.
var never = time.Unix(1<<40, 0)

// end is when a child that was told is killed.
func (sl *slot) end() time.Time {
	if sl.spec.Shutdown.how == shutdownInfinity {
		return never
	}
	return sl.until
}

// expectation tells whether a child that was stopped ended as it should. early
// means that it had ended before.
type expectation func(sl *slot, reason error, early bool) bool

// expectedStatic is the rule of OTP's supervisor.
func expectedStatic(sl *slot, reason error, _ bool) bool {
	ordered := process.Shutdown
	if sl.spec.Shutdown.how == shutdownBrutal {
		ordered = process.Killed
	}
	return reason == ordered || sl.spec.Restart != Permanent && process.Orderly(reason)
}
