package process_test

import (
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/process"
)

// relay starts a process that runs act with a peer when it gets a message, and
// returns it with a channel of what the peer has received.
func relay(t *testing.T, act func(self *process.Self, to process.Peer)) (*process.Process, <-chan any) {
	sys := newSystem(t)
	received := make(chan any, 10)
	target := start(t, sys, &script{handle: func(_ *process.Self, msg any) error {
		received <- msg
		return nil
	}})
	return start(t, sys, &script{handle: func(self *process.Self, _ any) error {
		act(self, self.System().Peer(target.PID()))
		return nil
	}}), received
}

func TestSendLastArrivesWhenTheCallbackHasReturned(t *testing.T) {
	p, received := relay(t, func(self *process.Self, to process.Peer) { self.SendLast(to, "last") })
	p.Send("go")
	require.Equal(t, "last", <-received)
}

func TestReleaseStartsTheReceiverAtOnce(t *testing.T) {
	hold := make(chan struct{})
	p, received := relay(t, func(self *process.Self, to process.Peer) {
		self.SendLast(to, "last")
		self.Release()
		<-hold
	})
	p.Send("go")
	require.Equal(t, "last", <-received, "while the sender's callback still runs")
	close(hold)
}

func TestSendLastSurvivesTheEndOfItsSender(t *testing.T) {
	for name, end := range map[string]func(){
		"panic":  func() { panic("enough") },
		"Goexit": runtime.Goexit,
	} {
		t.Run(name, func(t *testing.T) {
			p, received := relay(t, func(self *process.Self, to process.Peer) {
				self.SendLast(to, "last")
				end()
			})
			p.Send("go")
			require.Equal(t, "last", <-received)
			<-p.Done()
		})
	}
}

func TestSendLastKeepsTheOrderOfItsSender(t *testing.T) {
	p, received := relay(t, func(self *process.Self, to process.Peer) {
		self.SendLast(to, 1)
		self.Send(to.PID(), 2)
		self.SendLast(to, 3)
	})
	p.Send("go")
	for want := 1; want <= 3; want++ {
		require.Equal(t, want, <-received)
	}
}

func TestSendLastToNobodyIsDropped(t *testing.T) {
	done := make(chan struct{})
	p, _ := relay(t, func(self *process.Self, _ process.Peer) {
		self.SendLast(process.Peer{}, "lost")
		close(done)
	})
	p.Send("go")
	<-done
}
