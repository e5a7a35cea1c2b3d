package process_test

import (
	"testing"

	"github.com/asynkron/protoactor-go/actor"
	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/process"
)

func TestEnvelopesAreOpened(t *testing.T) {
	sys := newSystem(t)
	p := newProbe(t, sys)
	sys.ActorSystem().Root.RequestWithCustomSender(p.PID(), "question", p.PID())
	p.Send(&actor.MessageEnvelope{Message: "wrapped"})
	require.Equal(t, "question", receive(t, p.got))
	require.Equal(t, "wrapped", receive(t, p.got))
}

func TestStoppedThroughProtoactor(t *testing.T) {
	sys := newSystem(t)
	root := sys.ActorSystem().Root
	for name, stop := range map[string]func(*process.PID){"stop": root.Stop, "poison": root.Poison} {
		t.Run(name, func(t *testing.T) {
			p, watcher := newProbe(t, sys), newProbe(t, sys)
			watcher.monitor(p.Process)
			stop(p.PID())
			require.Equal(t, process.Shutdown, watcher.down(t).Reason)
			require.Equal(t, process.Shutdown, receive(t, p.terminated))
		})
	}
}

func TestAPlainActorWatchesAProcess(t *testing.T) {
	sys := newSystem(t)
	p := newProbe(t, sys)
	notices := make(chan *actor.Terminated, 2)
	watching := make(chan struct{})
	pid := plainActor(sys, func(ctx actor.Context) {
		switch msg := ctx.Message().(type) {
		case *process.PID:
			ctx.Watch(msg)
			close(watching)
		case *actor.Terminated:
			notices <- msg
		}
	})
	root := sys.ActorSystem().Root
	root.Send(pid, p.PID())
	receive(t, watching)
	release := p.block()
	p.Kill()
	notice := receive(t, notices)
	require.Equal(t, p.PID().GetId(), notice.Who.GetId())
	require.Equal(t, actor.TerminatedReason_Stopped, notice.Why)
	release()
	require.NoError(t, root.StopFuture(pid).Wait())
}

func TestWatchAndUnwatchAtOnce(t *testing.T) {
	sys := newSystem(t)
	p := newProbe(t, sys)
	root := sys.ActorSystem().Root
	notices := make(chan any, 1)
	pid := plainActor(sys, func(ctx actor.Context) {
		switch msg := ctx.Message().(type) {
		case *process.PID:
			ctx.Watch(msg)
			ctx.Unwatch(msg)
			p.Kill()
		case *actor.Terminated:
			notices <- msg
		}
	})
	root.Send(pid, p.PID())
	receive(t, p.Done())
	require.NoError(t, root.PoisonFuture(pid).Wait())
	require.Empty(t, notices)
}

func TestTouchIsAnswered(t *testing.T) {
	sys := newSystem(t)
	p := newProbe(t, sys)
	answer := make(chan *actor.Touched, 1)
	pid := plainActor(sys, func(ctx actor.Context) {
		switch msg := ctx.Message().(type) {
		case *actor.Started:
			ctx.Request(p.PID(), &actor.Touch{})
		case *actor.Touched:
			answer <- msg
		}
	})
	require.Equal(t, p.PID().GetId(), receive(t, answer).Who.GetId())
	p.silent(t)
	require.NoError(t, sys.ActorSystem().Root.StopFuture(pid).Wait())
}

func TestSendReachesPlainActors(t *testing.T) {
	sys := newSystem(t)
	p := newProbe(t, sys)
	got := make(chan any, 1)
	pid := plainActor(sys, func(ctx actor.Context) {
		if text, ok := ctx.Message().(string); ok {
			got <- text
		}
	})
	p.do(func(self *process.Self) { self.Send(pid, "hello") })
	require.Equal(t, "hello", receive(t, got))
	require.NoError(t, sys.ActorSystem().Root.StopFuture(pid).Wait())
}

func TestProtoactorLogsOnlyWhatMatters(t *testing.T) {
	sys, book := newLoggedSystem(t)
	root := sys.ActorSystem().Root
	p := newProbe(t, sys)
	p.Kill()
	receive(t, p.Done())
	root.Send(p.PID(), "dead letter")
	require.Empty(t, book.messages())

	restarted := make(chan struct{})
	pid := plainActor(sys, func(ctx actor.Context) {
		switch ctx.Message().(type) {
		case string:
			panic("boom")
		case *actor.Restarting:
			close(restarted)
		}
	})
	root.Send(pid, "crash")
	receive(t, restarted)
	require.NoError(t, root.StopFuture(pid).Wait())
	require.NotEmpty(t, book.messages())
}

func TestAlive(t *testing.T) {
	sys := newSystem(t)
	p := newProbe(t, sys)
	actor := plainActor(sys, func(actor.Context) {})
	require.True(t, sys.Alive(p.PID()))
	require.True(t, sys.Alive(actor))
	require.False(t, sys.Alive(nil))
	require.False(t, newSystem(t).Alive(p.PID()), "of another system")
	p.Kill()
	<-p.Done()
	require.False(t, sys.Alive(p.PID()))
}
