package book

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/examples/internal/tally"
)

// countPlainly counts in one goroutine.
func countPlainly(_ context.Context, text io.Reader) (tally.Counts, error) {
	all, err := io.ReadAll(text)
	if err != nil {
		return nil, err
	}
	counts := tally.New()
	for word := range Words(string(all)) {
		counts.Add(word)
	}
	return counts, nil
}

func textFile(t *testing.T, text string) (name string) {
	t.Helper()
	name = filepath.Join(t.TempDir(), "text")
	require.NoError(t, os.WriteFile(name, []byte(text), 0o600))
	return name
}

func TestRunOpticks(t *testing.T) {
	var out, progress bytes.Buffer
	require.NoError(t, run(context.Background(), nil, &out, &progress, countPlainly))
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
	require.NoError(t, Run(context.Background(), []string{name}, &out, countPlainly))
	require.Regexp(t, `^ærø  2\ntå   1\n\n3 words, 2 distinct, in \S+\n$`, out.String())
}

func TestRunLargeFileShowsProgress(t *testing.T) {
	var out, progress bytes.Buffer
	name := textFile(t, strings.Repeat("again and again\n", progressSize/16+1))
	require.NoError(t, run(context.Background(), []string{name}, &out, &progress, countPlainly))
	require.Regexp(t, `^(\r *\d+ %)+\r +\r$`, progress.String())
}

func TestRunFailures(t *testing.T) {
	broken := errors.New("broken")
	var out bytes.Buffer
	run := func(count Counter, args ...string) error {
		return run(context.Background(), args, &out, io.Discard, count)
	}
	require.ErrorIs(t, run(countPlainly, "a", "b"), errUsage)
	require.ErrorIs(t, run(countPlainly, "no/such/file"), os.ErrNotExist)
	require.ErrorContains(t, run(countPlainly, t.TempDir()), "read")
	require.ErrorIs(t, run(func(context.Context, io.Reader) (tally.Counts, error) { return nil, broken }), broken)
	require.Empty(t, out.String())
}
