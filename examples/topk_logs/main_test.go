package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestRun(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	var out bytes.Buffer
	require.NoError(t, run(context.Background(), []string{"-size", "1"}, &out))
	lines := strings.Split(out.String(), "\n")
	require.Len(t, lines, 60+3)
	for _, line := range lines[:60] {
		require.Regexp(t, `^10:\d\d(  +\d+ /\S+ *){5}$`, line)
	}
	require.Regexp(t, `^\d+ lines \(\d+ malformed, \d+ late\) in \S+: \d+ lines/s$`, lines[61])
	left, err := os.ReadDir(os.TempDir())
	require.NoError(t, err)
	require.Empty(t, left)
}

func TestRunKeepsTheLogThatIsNamed(t *testing.T) {
	name := filepath.Join(t.TempDir(), "access.log")
	args := []string{"-size", "1", "-log", name}
	var first, second bytes.Buffer
	require.NoError(t, run(context.Background(), args, &first))
	info, err := os.Stat(name)
	require.NoError(t, err)
	require.GreaterOrEqual(t, info.Size(), int64(1<<20))

	require.NoError(t, os.WriteFile(name, []byte(madeUp(t, 1<<20)), 0o600))
	require.NoError(t, run(context.Background(), args, &second))
	timing := regexp.MustCompile(` in .*`)
	require.Equal(t, timing.ReplaceAllString(first.String(), ""), timing.ReplaceAllString(second.String(), ""))
}

func TestRunFailures(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "access.log")
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	require.ErrorIs(t, run(ctx, []string{"-log", name}, io.Discard), context.Canceled)
	require.NoFileExists(t, name, "half a log")
	require.ErrorContains(t, run(context.Background(), []string{"-log", dir}, io.Discard), "flow: Lines (operation 1): read ")
	require.ErrorIs(t, run(context.Background(), []string{"-log", dir + "/no/file"}, io.Discard), os.ErrNotExist)
}
