package main

import (
	"bytes"
	"context"
	"flag"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/examples/internal/book/booktest"
	"github.com/stagecraft-go/stagecraft/examples/internal/program"
	"github.com/stagecraft-go/stagecraft/examples/internal/tally"
	"github.com/stagecraft-go/stagecraft/flow"
)

func TestCount(t *testing.T) {
	booktest.Test(t, func(ctx context.Context, text io.Reader) (tally.Counts, error) {
		system, shutdown := program.NewSystem()
		defer shutdown()
		return count(ctx, text, flow.In(system))
	})
}

func TestRun(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, run(context.Background(), nil, &out))
	require.True(t, strings.HasPrefix(out.String(), "the      9819\nof       5239\n"))
	require.Regexp(t, `\n101246 words, 4643 distinct, in \S+\n$`, out.String())
}

func TestHelp(t *testing.T) {
	require.ErrorIs(t, run(context.Background(), []string{"-h"}, io.Discard), flag.ErrHelp)
}

// A text that says nothing does not hold up an interrupted program.
func TestInterruptedOnASilentPipe(t *testing.T) {
	text, _ := io.Pipe()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
	defer cancel()
	system, shutdown := program.NewSystem()
	defer shutdown()
	begin := time.Now()
	_, err := count(ctx, text, flow.In(system))
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.Less(t, time.Since(begin), 3*time.Second)
	require.NoError(t, text.Close())
}

func TestRunSaysWhatFailed(t *testing.T) {
	err := run(context.Background(), []string{t.TempDir()}, io.Discard)
	require.ErrorContains(t, err, "flow: Lines (operation 1): read ")
}
