package process_test

import (
	"errors"
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/process"
)

func TestShutdownWithIsAShutdownAndItsCause(t *testing.T) {
	err := process.ShutdownWith(io.EOF)
	require.ErrorIs(t, err, process.Shutdown)
	require.ErrorIs(t, err, io.EOF)
	require.NotErrorIs(t, err, process.Normal)
	require.EqualError(t, err, "shutdown: EOF")
	require.EqualError(t, process.ShutdownWith(nil), "shutdown")
}

func TestOrderly(t *testing.T) {
	for _, reason := range []error{nil, process.Normal, process.Shutdown, process.ShutdownWith(io.EOF)} {
		require.True(t, process.Orderly(reason), "%v", reason)
	}
	for _, reason := range []error{io.EOF, process.Killed, process.NoProc, &process.Crash{Value: 1}} {
		require.False(t, process.Orderly(reason), "%v", reason)
	}
}

func TestCrashUnwrapsToAPanickedError(t *testing.T) {
	require.ErrorIs(t, &process.Crash{Value: io.EOF}, io.EOF)
	require.NoError(t, errors.Unwrap(&process.Crash{Value: "text"}))
	require.EqualError(t, &process.Crash{Value: "text"}, "panic: text")
	require.EqualError(t, &process.Crash{Value: []int{1}}, "panic: [1]")

}

func TestErrorsNameTheProcess(t *testing.T) {
	sys := newSystem(t)
	named, unnamed := newProbe(t, sys, process.WithName("x")), newProbe(t, sys)
	_, err := sys.Start(t.Context(), &script{}, process.WithName("x"))
	require.EqualError(t, err, `process: name "x" is taken by `+named.PID().GetId())

	for p, name := range map[*probe]string{
		named:   `"x" (` + named.PID().GetId() + `)`,
		unnamed: unnamed.PID().GetId(),
	} {
		p.Exit(process.Shutdown)
		receive(t, p.Done())
		require.EqualError(t, p.Stop(t.Context(), nil), "process: "+name+" exited: noproc")
	}
}

func TestRefsAreUnlike(t *testing.T) {
	a, b := process.NewRef(), process.NewRef()
	require.NotSame(t, a, b)
	require.Regexp(t, `^ref-\d+$`, a.String())
	require.NotEqual(t, a.String(), b.String())
	require.Equal(t, "ref-none", (*process.Ref)(nil).String())
}
