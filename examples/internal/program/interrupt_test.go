//go:build unix

package program

import (
	"bufio"
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestInterrupted(t *testing.T) {
	cmd, stderr := start("wait")
	stdout, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	lines := bufio.NewScanner(stdout)
	require.True(t, lines.Scan(), "ready")
	require.NoError(t, cmd.Process.Signal(os.Interrupt))
	require.Error(t, cmd.Wait())
	require.Equal(t, 1, cmd.ProcessState.ExitCode())
	require.Equal(t, "wait: interrupt signal received\n", stderr.String())
}

func TestInterruptedTwice(t *testing.T) {
	cmd, _ := start("stuck")
	stdout, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	lines := bufio.NewScanner(stdout)
	require.True(t, lines.Scan(), "ready")
	require.NoError(t, cmd.Process.Signal(os.Interrupt))
	require.True(t, lines.Scan(), "interrupted")
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	tick := time.NewTicker(time.Millisecond) // it may take a moment to give the signal back
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			_ = cmd.Process.Signal(os.Interrupt)
		case err := <-ended:
			require.Error(t, err)
			status, _ := cmd.ProcessState.Sys().(syscall.WaitStatus)
			require.Equal(t, syscall.SIGINT, status.Signal())
			return
		}
	}
}
