package process_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/process"
)

const (
	patience = 10 * time.Second
	tick     = time.Millisecond
)

func TestKillIdle(t *testing.T) {
	sys := newSystem(t)
	p, watcher := newProbe(t, sys), newProbe(t, sys)
	p.trap()
	watcher.monitor(p.Process)
	require.Eventually(t, func() bool { return p.QueueLen() == 0 }, patience, tick)
	p.Exit(process.Kill)
	require.Equal(t, process.Killed, watcher.down(t).Reason)
	require.Equal(t, process.Killed, reasonOf(t, p.Process))
	require.Empty(t, p.terminated)
	require.Eventually(t, func() bool { return sys.Abandoned() == 0 }, patience, tick)
}

func TestKillOfAStuckCallbackAbandonsIt(t *testing.T) {
	sys := newSystem(t)
	p, watcher := newProbe(t, sys), newProbe(t, sys)
	watcher.monitor(p.Process)
	release := p.block()
	p.Send("dropped")
	ctx := p.Context()
	p.Kill()

	require.Equal(t, process.Killed, watcher.down(t).Reason)
	require.Equal(t, process.Killed, context.Cause(ctx))
	require.Equal(t, process.Killed, reasonOf(t, p.Process))
	require.Equal(t, 1, sys.Abandoned())
	require.Equal(t, 1, sys.Count(), "the watcher")

	release()
	require.Eventually(t, func() bool { return sys.Abandoned() == 0 }, patience, tick)
	require.Empty(t, p.got)
	require.Empty(t, p.terminated)
}

func TestAZombieSendsNothing(t *testing.T) {
	sys := newSystem(t)
	p, other := newProbe(t, sys), newProbe(t, sys)
	stuck, free, sent := make(chan struct{}), make(chan struct{}), make(chan struct{})
	p.Send(do(func(self *process.Self) {
		close(stuck)
		<-free
		self.Send(other.PID(), "late")
		self.Monitor(other.PID())
		self.Link(other.PID())
		close(sent)
	}))
	receive(t, stuck)
	p.Kill()
	close(free)
	receive(t, sent)
	other.silent(t)
	other.exit(process.Normal)
	receive(t, other.Done())
}

func TestAZombieKeepsItsHandsOffItsSuccessorsName(t *testing.T) {
	sys := newSystem(t)
	old := newProbe(t, sys, process.WithName("x"))
	release := old.block()
	old.Kill()
	receive(t, old.Done())
	successor := newProbe(t, sys, process.WithName("x"))
	release()
	require.Eventually(t, func() bool { return sys.Abandoned() == 0 }, patience, tick)
	found, ok := sys.Whereis("x")
	require.True(t, ok)
	require.Same(t, successor.Process, found)
	_, ok = sys.Find(successor.PID())
	require.True(t, ok)
}

func TestKillDuringTerminate(t *testing.T) {
	sys := newSystem(t)
	terminating, free := make(chan struct{}), make(chan struct{})
	p := start(t, sys, &script{
		handle:    func(*process.Self, any) error { return process.Normal },
		terminate: func(*process.Self, error) { close(terminating); <-free },
	})
	watcher := newProbe(t, sys)
	watcher.monitor(p)
	p.Send(1)
	receive(t, terminating)
	require.NoError(t, p.Err(), "it lives until it has terminated")
	p.Kill()
	require.Equal(t, process.Killed, watcher.down(t).Reason)
	close(free)
	require.Eventually(t, func() bool { return sys.Abandoned() == 0 }, patience, tick)
	watcher.silent(t)
}

func TestKillDuringInit(t *testing.T) {
	sys := newSystem(t)
	inside, free := make(chan *process.Process), make(chan struct{})
	failed := make(chan error)
	go func() {
		_, err := sys.Start(context.Background(), &script{init: func(self *process.Self) error {
			inside <- self.Process()
			<-free
			return nil
		}})
		failed <- err
	}()
	receive(t, inside).Kill()
	require.ErrorIs(t, receive(t, failed), process.Killed)
	close(free)
	require.Eventually(t, func() bool { return sys.Abandoned() == 0 }, patience, tick)
}

func TestManyKillersOneDeath(t *testing.T) {
	sys := newSystem(t)
	watcher := newProbe(t, sys)
	for range 200 {
		p := newProbe(t, sys)
		watcher.monitor(p.Process)
		for range 4 {
			go p.Kill()
			p.Send(do(func(*process.Self) {}))
		}
		receive(t, p.Done())
		require.Equal(t, p.PID(), watcher.down(t).PID)
	}
	require.Eventually(t, func() bool { return sys.Abandoned() == 0 }, patience, tick)
	watcher.silent(t)
}
