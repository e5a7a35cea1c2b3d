package process_test

import (
	"context"
	"io"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/process"
)

func TestAReturnedErrorIsTheReason(t *testing.T) {
	sys, book := newLoggedSystem(t)
	p, watcher := newProbe(t, sys, process.WithName("x")), newProbe(t, sys)
	ref := watcher.monitor(p.Process)
	require.NoError(t, p.Err())
	p.exit(io.EOF)

	require.Equal(t, &process.Down{Ref: ref, PID: p.PID(), Reason: io.EOF}, watcher.down(t))
	require.Equal(t, io.EOF, reasonOf(t, p.Process))
	require.Equal(t, io.EOF, receive(t, p.terminated))
	require.Equal(t, io.EOF, context.Cause(p.Context()))
	require.Equal(t, []string{"process terminated"}, book.messages())
	require.Equal(t, map[string]any{"name": "x", "pid": p.PID().GetId(), "reason": io.EOF}, book.attrs(0))
}

func TestAnOrderlyExitIsNotReported(t *testing.T) {
	sys, book := newLoggedSystem(t)
	for _, reason := range []error{process.Normal, process.Shutdown, process.ShutdownWith(io.EOF)} {
		p := newProbe(t, sys)
		p.exit(reason)
		require.Equal(t, reason, reasonOf(t, p.Process))
		require.Equal(t, reason, receive(t, p.terminated))
	}
	require.Empty(t, book.messages())
}

func TestACrashInHandle(t *testing.T) {
	sys, book := newLoggedSystem(t)
	for name, crash := range map[string]func(*process.Self){
		"panic":  func(*process.Self) { panic(io.EOF) },
		"goexit": func(*process.Self) { runtime.Goexit() },
	} {
		t.Run(name, func(t *testing.T) {
			before := len(book.messages())
			p, watcher := newProbe(t, sys), newProbe(t, sys)
			watcher.monitor(p.Process)
			p.Send(do(crash))
			p.Send("dropped")

			var reason *process.Crash
			require.ErrorAs(t, watcher.down(t).Reason, &reason)
			require.Contains(t, string(reason.Stack), "exit_test.go")
			require.Equal(t, error(reason), receive(t, p.terminated))
			require.Empty(t, p.got)
			require.Len(t, book.messages(), before+1)
			require.Contains(t, book.attrs(before), "stack")
		})
	}
}

func TestACrashInTerminateChangesNothing(t *testing.T) {
	sys, book := newLoggedSystem(t)
	for name, crash := range map[string]func(){
		"panic":  func() { panic("late") },
		"goexit": runtime.Goexit,
	} {
		t.Run(name, func(t *testing.T) {
			before := len(book.messages())
			calls := 0
			p := start(t, sys, &script{
				handle:    func(*process.Self, any) error { return process.Normal },
				terminate: func(*process.Self, error) { calls++; crash() },
			})
			watcher := newProbe(t, sys)
			watcher.monitor(p)
			p.Send(1)
			require.Equal(t, process.Normal, watcher.down(t).Reason)
			receive(t, p.Done())
			require.Equal(t, 1, calls)
			require.Len(t, book.messages(), before+1)
		})
	}
	require.Zero(t, sys.Abandoned())
}

func TestStopIsInOrderOfTheMail(t *testing.T) {
	sys := newSystem(t)
	p := newProbe(t, sys)
	release := p.block()
	p.Send(1)
	go release()
	require.NoError(t, p.Stop(context.Background(), nil))
	require.Equal(t, 1, receive(t, p.got))
	require.Equal(t, process.Normal, receive(t, p.terminated))
	require.ErrorIs(t, p.Stop(context.Background(), nil), process.NoProc)
}

func TestStopGivesUpWithItsContext(t *testing.T) {
	sys := newSystem(t)
	p := newProbe(t, sys)
	release := p.block()
	ctx, cancel := context.WithCancelCause(context.Background())
	cancel(io.EOF)
	require.ErrorIs(t, p.Stop(ctx, process.Shutdown), io.EOF)
	release()
	require.Equal(t, process.Shutdown, reasonOf(t, p.Process), "it goes on stopping")
}

func TestStopTellsOfAnotherReason(t *testing.T) {
	sys := newSystem(t)
	p := newProbe(t, sys)
	release := p.block()
	p.exit(io.EOF)
	go release()
	err := p.Stop(context.Background(), nil)
	var exited *process.ExitError
	require.ErrorAs(t, err, &exited)
	require.Equal(t, io.EOF, reasonOf(t, p.Process))
}

func TestSendToTheDeadIsSilent(t *testing.T) {
	sys, book := newLoggedSystem(t)
	p := newProbe(t, sys)
	p.Kill()
	receive(t, p.Done())
	p.Send(1)
	sys.Send(p.PID(), 1)
	sys.Send(nil, 1)
	require.Zero(t, p.QueueLen())
	require.Empty(t, book.messages())
	_, found := sys.Find(p.PID())
	require.False(t, found)
}

func TestContextIsCancelledForThoseWhoAskLate(t *testing.T) {
	sys := newSystem(t)
	p := newProbe(t, sys)
	p.exit(process.Normal)
	receive(t, p.Done())
	require.Equal(t, process.Normal, context.Cause(p.Context()))
}
