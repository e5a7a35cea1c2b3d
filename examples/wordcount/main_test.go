package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/internal/leak"
)

// asProgram makes the test binary run main instead of the tests.
const asProgram = "WORDCOUNT_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

func program(t *testing.T, args ...string) (cmd *exec.Cmd, stderr *bytes.Buffer) {
	t.Helper()
	cmd = exec.Command(os.Args[0], args...)
	cmd.Env = append(os.Environ(), asProgram+"=1")
	stderr = new(bytes.Buffer)
	cmd.Stderr = stderr
	return cmd, stderr
}

func textFile(t *testing.T, text string) (name string) {
	t.Helper()
	name = filepath.Join(t.TempDir(), "text")
	require.NoError(t, os.WriteFile(name, []byte(text), 0o600))
	return name
}

func TestRunOpticks(t *testing.T) {
	leak.Check(t)
	var out, progress bytes.Buffer
	require.NoError(t, run(context.Background(), nil, &out, &progress))
	lines := strings.Split(out.String(), "\n")
	require.Len(t, lines, shown+3)
	require.Equal(t, "the      9819", lines[0])
	require.Equal(t, "of       5239", lines[1])
	require.Regexp(t, `^101246 words, 4643 distinct, in \S+$`, lines[shown+1])
	require.Empty(t, progress.String(), "too small a text for progress")
}

func TestRunFile(t *testing.T) {
	var out bytes.Buffer
	name := textFile(t, "Ærø, tå & ærø")
	require.NoError(t, run(context.Background(), []string{name}, &out, io.Discard))
	require.Regexp(t, regexp.MustCompile(`^ærø  2\ntå   1\n\n3 words, 2 distinct, in \S+\n$`), out.String())
}

func TestRunLargeFileShowsProgress(t *testing.T) {
	var out, progress bytes.Buffer
	name := textFile(t, strings.Repeat("again and again\n", progressSize/16+1))
	require.NoError(t, run(context.Background(), []string{name}, &out, &progress))
	require.Regexp(t, `^(\r *\d+ %)+\r +\r$`, progress.String())
}

func TestRunFailures(t *testing.T) {
	var out bytes.Buffer
	require.ErrorIs(t, run(context.Background(), []string{"a", "b"}, &out, io.Discard), errUsage)
	require.ErrorIs(t, run(context.Background(), []string{"no/such/file"}, &out, io.Discard), os.ErrNotExist)
	require.ErrorContains(t, run(context.Background(), []string{t.TempDir()}, &out, io.Discard), "reading the text")
	require.Empty(t, out.String())
}

func TestProgramFails(t *testing.T) {
	cmd, stderr := program(t, "no/such/file")
	out, err := cmd.Output()
	require.Error(t, err)
	require.Equal(t, 1, cmd.ProcessState.ExitCode())
	require.Regexp(t, `^wordcount: open no/such/file: .*\n$`, stderr.String())
	require.Empty(t, string(out))
}
