package supervisor

import (
	"time"

	"github.com/stagecraft-go/stagecraft/internal/enum"
	"github.com/stagecraft-go/stagecraft/process"
)

// State is where a child is in its life, for its supervisor.
type State uint8

// The states of a child.
const (
	// Undefined: there is no process.
	Undefined State = iota
	// Running: there is one, though it may just have ended.
	Running
	// Restarting: a restart has failed or is delayed, and will be tried.
	Restarting
)

func (s State) String() string { return enum.Name(s, "undefined", "running", "restarting") }

// slot is a child spec and what became of it.
type slot struct {
	spec  *Spec
	state State

	child Child     // the last one
	body  body      // what of it lives and dies
	since time.Time // it was started; with a Backoff only
	told  bool      // to shut down
	until time.Time // when it is killed, once told

	restarts int
	reason   error          // of the last end or failed start
	attempts int            // delayed restarts in a row
	delay    *process.Timer // of the restart that is waited for

	number uint64       // in a pool: order of start
	index  int          // in a pool: place in its children
	ref    *process.Ref // in a ConsumerSupervisor: the subscription of its event
}

// runs is entered when a start function has returned a child.
func (sl *slot) runs(child Child, b body) {
	sl.become(Running)
	sl.child, sl.body, sl.told = child, b, false
	if sl.spec.Backoff.Initial > 0 {
		sl.since = time.Now()
	}
}

// become changes the state. A restart that was waited for is called off.
func (sl *slot) become(state State) {
	sl.state = state
	if sl.delay != nil {
		sl.delay.Stop()
		sl.delay = nil
	}
}

// alive tells whether the process is there and has not ended, noticed or not.
func (sl *slot) alive() bool { return sl.state == Running && sl.body.Err() == nil }

// visible is the child, as long as it counts as one.
func (sl *slot) visible() Child {
	if sl.state == Running {
		return sl.child
	}
	return nil
}
