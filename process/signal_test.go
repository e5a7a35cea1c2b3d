package process_test

import (
	"context"
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/process"
)

func TestNormalIsIgnored(t *testing.T) {
	sys := newSystem(t)
	p := newProbe(t, sys)
	p.Exit(process.Normal)
	p.Exit(nil)
	p.silent(t)
}

func TestASignalKillsWithItsReasonAndWithoutTerminate(t *testing.T) {
	sys, book := newLoggedSystem(t)
	p, watcher := newProbe(t, sys), newProbe(t, sys)
	watcher.monitor(p.Process)
	p.Exit(io.EOF)
	require.Equal(t, io.EOF, watcher.down(t).Reason)
	require.Equal(t, io.EOF, reasonOf(t, p.Process))
	require.Empty(t, p.terminated)
	require.Empty(t, book.messages(), "whoever sent it knows why")
}

func TestASignalJumpsTheQueue(t *testing.T) {
	sys := newSystem(t)
	p := newProbe(t, sys)
	release := p.block()
	p.Send("dropped")
	p.Exit(process.Shutdown)
	require.Equal(t, process.Shutdown, context.Cause(p.Context()), "a callback may hurry")
	require.NoError(t, p.Err())
	release()
	require.Equal(t, process.Shutdown, reasonOf(t, p.Process))
	require.Empty(t, p.got)
}

func TestATrappedSignalIsAMessageInOrder(t *testing.T) {
	sys := newSystem(t)
	p := newProbe(t, sys)
	p.trap()
	p.Send(1)
	p.Exit(io.EOF)
	p.Exit(process.Normal)
	p.Send(2)
	require.Equal(t, 1, receive(t, p.got))
	require.Equal(t, &process.Exit{Reason: io.EOF}, receive(t, p.got))
	require.Equal(t, &process.Exit{Reason: process.Normal}, receive(t, p.got))
	require.Equal(t, 2, receive(t, p.got))

	p.do(func(self *process.Self) { self.TrapExit(false) })
	p.Exit(io.EOF)
	require.Equal(t, io.EOF, reasonOf(t, p.Process))
}

func TestLinksPassTheReasonOn(t *testing.T) {
	sys := newSystem(t)
	a, b, c, trapping := newProbe(t, sys), newProbe(t, sys), newProbe(t, sys), newProbe(t, sys)
	trapping.trap()
	a.link(b.Process)
	b.link(c.Process)
	trapping.link(c.Process)
	a.exit(io.EOF)
	require.Equal(t, io.EOF, reasonOf(t, c.Process))
	require.Equal(t, &process.Exit{From: c.PID(), Reason: io.EOF}, trapping.exitMessage(t))
}

func TestANormalExitBreaksNoLinkedProcess(t *testing.T) {
	sys := newSystem(t)
	a, b, trapping := newProbe(t, sys), newProbe(t, sys), newProbe(t, sys)
	trapping.trap()
	a.link(b.Process)
	trapping.link(a.Process)
	a.exit(process.Normal)
	require.Equal(t, process.Normal, trapping.exitMessage(t).Reason)
	b.silent(t)
}

func TestAKilledProcessSendsATrappableKilled(t *testing.T) {
	sys := newSystem(t)
	a, b, trapping := newProbe(t, sys), newProbe(t, sys), newProbe(t, sys)
	trapping.trap()
	b.link(a.Process)
	trapping.link(a.Process)
	a.Kill()
	require.Equal(t, process.Killed, reasonOf(t, b.Process))
	require.Equal(t, process.Killed, trapping.exitMessage(t).Reason)
}

func TestALinkToTheDead(t *testing.T) {
	sys := newSystem(t)
	gone := newProbe(t, sys)
	gone.Kill()
	receive(t, gone.Done())
	trapping, other := newProbe(t, sys), newProbe(t, sys)
	trapping.trap()
	trapping.link(gone.Process)
	require.Equal(t, &process.Exit{From: gone.PID(), Reason: process.NoProc}, trapping.exitMessage(t))
	other.link(gone.Process)
	require.Equal(t, process.NoProc, reasonOf(t, other.Process))
}

func TestUnlink(t *testing.T) {
	sys := newSystem(t)
	a, b := newProbe(t, sys), newProbe(t, sys)
	a.link(b.Process)
	b.do(func(self *process.Self) { self.Unlink(a.PID()) })
	a.exit(io.EOF)
	receive(t, a.Done())
	b.silent(t)
	b.do(func(self *process.Self) { self.Link(b.PID()); self.Unlink(a.PID()) })
	b.silent(t)
}

func TestALongChainOfLinks(t *testing.T) {
	sys := newSystem(t)
	first := newProbe(t, sys)
	last := first
	for range 2000 {
		next := newProbe(t, sys)
		next.link(last.Process)
		last = next
	}
	first.Exit(io.EOF)
	require.Equal(t, io.EOF, reasonOf(t, last.Process))
}
