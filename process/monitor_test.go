package process_test

import (
	"testing"

	"github.com/asynkron/protoactor-go/actor"
	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/process"
)

func TestAMonitorOfTheDead(t *testing.T) {
	sys := newSystem(t)
	watcher, gone := newProbe(t, sys), newProbe(t, sys)
	gone.Kill()
	receive(t, gone.Done())
	ref := watcher.monitor(gone.Process)
	require.Equal(t, &process.Down{Ref: ref, PID: gone.PID(), Reason: process.NoProc}, watcher.down(t))
	watcher.do(func(self *process.Self) { ref = self.Monitor(nil) })
	require.Equal(t, &process.Down{Ref: ref, Reason: process.NoProc}, watcher.down(t))
}

// Who hears NoProc of a process, or of its end, finds it no longer alive, though
// it may not have told everyone.
func TestTheGoneAreNotAlive(t *testing.T) {
	sys := newSystem(t)
	for range 2000 {
		p := newProbe(t, sys)
		require.True(t, p.Alive())
		alive := make(chan bool)
		watch := func(self *process.Self) error {
			self.Monitor(p.PID())
			return nil
		}
		hear := func(*process.Self, any) error {
			alive <- p.Alive()
			return nil
		}
		first := start(t, sys, &script{init: watch, handle: hear})
		p.exit(process.Normal)
		second := start(t, sys, &script{init: watch, handle: hear})
		require.False(t, receive(t, alive))
		require.False(t, receive(t, alive))
		first.Kill()
		second.Kill()
	}
}

func TestEachMonitorGetsItsOwnDown(t *testing.T) {
	sys := newSystem(t)
	watcher, p := newProbe(t, sys), newProbe(t, sys)
	refs := map[*process.Ref]bool{watcher.monitor(p.Process): true, watcher.monitor(p.Process): true}
	p.exit(process.Normal)
	delete(refs, watcher.down(t).Ref)
	delete(refs, watcher.down(t).Ref)
	require.Empty(t, refs)
}

func TestDemonitorFlushes(t *testing.T) {
	sys := newSystem(t)
	watcher, p := newProbe(t, sys), newProbe(t, sys)
	watcher.do(func(self *process.Self) {
		ref := self.Monitor(p.PID())
		p.Kill()
		<-p.Done() // Down is queued
		self.Demonitor(ref)
		self.Demonitor(ref)
	})
	watcher.silent(t)

	other := newProbe(t, sys)
	ref := watcher.monitor(other.Process)
	watcher.do(func(self *process.Self) { self.Demonitor(ref) })
	other.Kill()
	receive(t, other.Done())
	watcher.silent(t)
}

// plainActor spawns an actor that knows nothing of processes.
func plainActor(sys *process.System, receive actor.ReceiveFunc) *process.PID {
	return sys.ActorSystem().Root.Spawn(actor.PropsFromFunc(receive))
}

func TestAMonitorOfAPlainActor(t *testing.T) {
	sys, book := newLoggedSystem(t)
	root := sys.ActorSystem().Root
	watcher := newProbe(t, sys)
	pid := plainActor(sys, func(ctx actor.Context) {
		if to, ok := ctx.Message().(*process.PID); ok {
			ctx.Send(to, "last words")
			ctx.Stop(ctx.Self())
		}
	})
	var ref *process.Ref
	watcher.do(func(self *process.Self) { ref = self.Monitor(pid) })
	root.Send(pid, watcher.PID())
	require.Equal(t, "last words", receive(t, watcher.got))
	down := watcher.down(t)
	require.Same(t, ref, down.Ref)
	require.ErrorIs(t, down.Reason, process.Shutdown)

	watcher.do(func(self *process.Self) { self.Monitor(pid) })
	require.Equal(t, process.NoProc, watcher.down(t).Reason)
	require.Empty(t, book.messages())
}

func TestDemonitorOfAPlainActor(t *testing.T) {
	sys := newSystem(t)
	root := sys.ActorSystem().Root
	watcher := newProbe(t, sys)
	pid := plainActor(sys, func(actor.Context) {})
	watcher.do(func(self *process.Self) { self.Demonitor(self.Monitor(pid)) })
	require.NoError(t, root.StopFuture(pid).Wait())
	watcher.silent(t)
}

func TestAMonitorOfAPlainActorEndsWithItsOwner(t *testing.T) {
	sys := newSystem(t)
	watcher := newProbe(t, sys)
	watched, unwatched := make(chan *process.PID, 1), make(chan struct{})
	pid := sys.ActorSystem().Root.Spawn(actor.PropsFromFunc(func(actor.Context) {}, actor.WithMailbox(
		func() actor.Mailbox { return &spyMailbox{actor.Unbounded()(), watched, unwatched} })))
	watcher.do(func(self *process.Self) { self.Monitor(pid) })
	bridge := receive(t, watched)
	require.NotNil(t, bridge)
	watcher.Kill()
	receive(t, unwatched)
	require.NoError(t, sys.ActorSystem().Root.StopFuture(pid).Wait())
}

// spyMailbox shows who watches.
type spyMailbox struct {
	actor.Mailbox
	watched   chan *process.PID
	unwatched chan struct{}
}

func (s *spyMailbox) PostSystemMessage(msg any) {
	s.Mailbox.PostSystemMessage(msg)
	switch m := msg.(type) {
	case *actor.Watch:
		s.watched <- m.Watcher
	case *actor.Unwatch:
		close(s.unwatched)
	}
}
