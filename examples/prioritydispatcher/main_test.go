package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/internal/leak"
)

func TestRunPrintsWhatTheReadmeSays(t *testing.T) {
	leak.Check(t)
	var out bytes.Buffer
	require.NoError(t, run(t.Context(), &out))
	require.Contains(t, read(t, "README.md"), "```\n"+out.String()+"```\n")
}

func TestInterrupted(t *testing.T) {
	leak.Check(t)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	require.ErrorIs(t, run(ctx, io.Discard), context.Canceled)
}

// TestGuide checks that the Go code of the guide is the code of this example.
func TestGuide(t *testing.T) {
	code := flat(read(t, "priority.go") + read(t, "priority_test.go") + read(t, "main.go"))
	blocks := regexp.MustCompile("(?s)```go\n(.*?)```\n").FindAllStringSubmatch(read(t, "../../docs/custom-dispatcher.md"), -1)
	require.NotEmpty(t, blocks)
	for _, block := range blocks {
		for part := range strings.SplitSeq(block[1], "// ...\n") {
			require.Contains(t, code, flat(part))
		}
	}
}

// flat is code without its indentation.
func flat(code string) string { return strings.ReplaceAll(code, "\t", "") }

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	return string(text)
}
