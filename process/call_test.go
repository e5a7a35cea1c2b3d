package process_test

import (
	"context"
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/process"
)

// doubler answers with twice the request.
func doubler(_ *process.Self, msg any) error {
	if call, ok := msg.(*process.Call[int, int]); ok {
		call.Send(2 * call.Request)
	}
	return nil
}

func TestAsk(t *testing.T) {
	sys := newSystem(t)
	p := start(t, sys, &script{handle: doubler})
	answer, err := process.Ask[int](context.Background(), p, 21)
	require.NoError(t, err)
	require.Equal(t, 42, answer)
}

func TestAskTheDead(t *testing.T) {
	sys := newSystem(t)
	p := start(t, sys, &script{handle: doubler}, process.WithName("x"))
	p.Exit(process.Shutdown)
	receive(t, p.Done())
	_, err := process.Ask[int](context.Background(), p, 1)
	var exited *process.ExitError
	require.ErrorAs(t, err, &exited)
	require.Equal(t, process.NoProc, exited.Reason)
	require.Equal(t, "x", exited.Name)
}

func TestAnAnswerThatIsAnError(t *testing.T) {
	sys := newSystem(t)
	p := start(t, sys, &script{handle: func(_ *process.Self, msg any) error {
		msg.(*process.Reply[int]).Answer(1, io.EOF)
		return nil
	}})
	ask := func(p *process.Process) (int, error) {
		return process.Request(context.Background(), p, func(r *process.Reply[int]) any { return r })
	}
	answer, err := ask(p)
	require.Equal(t, 1, answer)
	require.Equal(t, io.EOF, err)
	_, err = ask(nil)
	require.ErrorIs(t, err, process.NoProc)
}

func TestTheCalleeDiesInTheCall(t *testing.T) {
	sys := newSystem(t)
	p := start(t, sys, &script{handle: func(*process.Self, any) error { return io.EOF }})
	_, err := process.Ask[int](context.Background(), p, 1)
	require.ErrorIs(t, err, io.EOF)
	var exited *process.ExitError
	require.ErrorAs(t, err, &exited)
}

func TestAnAnswerBeforeDeathCounts(t *testing.T) {
	sys := newSystem(t)
	for range 500 {
		p := start(t, sys, &script{handle: func(self *process.Self, msg any) error {
			require.NoError(t, doubler(self, msg))
			return process.Normal
		}})
		answer, err := process.Ask[int](context.Background(), p, 1)
		require.NoError(t, err)
		require.Equal(t, 2, answer)
	}
}

func TestOnlyTheFirstAnswerCounts(t *testing.T) {
	reply := process.NewReply[int]()
	require.True(t, reply.Send(1))
	require.False(t, reply.Send(2))
	answer, err := reply.Wait(context.Background(), nil)
	require.NoError(t, err)
	require.Equal(t, 1, answer)
	require.False(t, reply.Send(3))
}

func TestALateAnswerIsDropped(t *testing.T) {
	sys := newSystem(t)
	calls := make(chan *process.Call[int, int], 1)
	p := start(t, sys, &script{handle: func(_ *process.Self, msg any) error {
		calls <- msg.(*process.Call[int, int])
		return nil
	}})
	ctx, cancel := context.WithCancelCause(context.Background())
	cancel(io.EOF)
	_, err := process.Ask[int](ctx, p, 1)
	require.ErrorIs(t, err, io.EOF)
	require.False(t, receive(t, calls).Send(1))
}

func TestInspect(t *testing.T) {
	sys := newSystem(t)
	p := newProbe(t, sys)
	state := 0
	p.Send(do(func(*process.Self) { state = 1 }))
	seen := 0
	require.NoError(t, p.Inspect(context.Background(), func() { seen = state }))
	require.Equal(t, 1, seen)

	release := p.block()
	ctx, cancel := context.WithCancelCause(context.Background())
	cancel(io.EOF)
	require.ErrorIs(t, p.Inspect(ctx, func() { panic("never") }), io.EOF)
	release()
	p.silent(t)

	err := p.Inspect(context.Background(), func() { panic(io.EOF) })
	require.ErrorIs(t, err, io.EOF)
	require.ErrorIs(t, p.Inspect(context.Background(), func() {}), process.NoProc)
}
