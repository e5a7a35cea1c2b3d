package process_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/process"
)

// window is how far a sender in a benchmark runs ahead: the queue is to be
// measured, not the growth of a slice.
const window = 1000

// flood measures from Send to handled with one sender.
func flood(b *testing.B, send func(p *process.Process, msg any)) {
	sys := newSystem(b)
	permits := make(chan struct{}, 2)
	handled := 0
	p := start(b, sys, &script{handle: func(*process.Self, any) error {
		if handled++; handled%window == 0 {
			permits <- struct{}{}
		}
		return nil
	}})
	msg := &struct{}{}
	permits <- struct{}{}
	b.ReportAllocs()
	b.ResetTimer()
	for i := range b.N {
		if i%window == 0 {
			<-permits
		}
		send(p, msg)
	}
	require.NoError(b, p.Stop(context.Background(), nil))
}

func BenchmarkSend(b *testing.B) {
	flood(b, func(p *process.Process, msg any) { p.Send(msg) })
}

func BenchmarkSendPID(b *testing.B) {
	flood(b, func(p *process.Process, msg any) { p.System().Send(p.PID(), msg) })
}

// BenchmarkPingPong is one hop between two processes that wait for each other.
func BenchmarkPingPong(b *testing.B) {
	sys := newSystem(b)
	done := make(chan struct{})
	left := b.N
	type ball struct{ to *process.Process }
	player := &script{handle: func(self *process.Self, msg any) error {
		if left--; left == 0 {
			close(done)
			return nil
		}
		ball := msg.(*ball)
		to := ball.to
		ball.to = self.Process()
		to.Send(ball)
		return nil
	}}
	one, two := start(b, sys, player), start(b, sys, player)
	b.ReportAllocs()
	b.ResetTimer()
	one.Send(&ball{to: two})
	<-done
}

// BenchmarkStartStop is the life of a process that does nothing.
func BenchmarkStartStop(b *testing.B) {
	sys := newSystem(b)
	ctx := context.Background()
	b.ReportAllocs()
	for b.Loop() {
		p, err := sys.Start(ctx, &script{})
		if err != nil {
			b.Fatal(err)
		}
		p.Kill()
		<-p.Done()
	}
}

// BenchmarkAsk is a call and its answer.
func BenchmarkAsk(b *testing.B) {
	sys := newSystem(b)
	p := start(b, sys, &script{handle: func(_ *process.Self, msg any) error {
		call := msg.(*process.Call[int, int])
		call.Send(call.Request)
		return nil
	}})
	ctx := context.Background()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := process.Ask[int](ctx, p, 1); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkIdle reports the memory of a process that waits.
func BenchmarkIdle(b *testing.B) {
	for b.Loop() {
		b.ReportMetric(idleBytes(b, 100_000), "B/process")
	}
}
