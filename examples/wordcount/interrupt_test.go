//go:build unix

package main

import (
	"io"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestProgramInterrupted(t *testing.T) {
	cmd, stderr := program(t, "/dev/stdin")
	stdin, err := cmd.StdinPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	// More than a pipe holds: when it is written, the program reads.
	_, err = io.WriteString(stdin, opticks)
	require.NoError(t, err)
	require.NoError(t, cmd.Process.Signal(os.Interrupt))
	require.Error(t, cmd.Wait())
	require.Equal(t, 1, cmd.ProcessState.ExitCode())
	require.Equal(t, "wordcount: interrupt signal received\n", stderr.String())
}
