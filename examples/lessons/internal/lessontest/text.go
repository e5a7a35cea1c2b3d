package lessontest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Exercise is set in the environment while the lessons are those that readers
// have at the end of the exercises.
const Exercise = "STAGECRAFT_EXERCISE"

// Said is what a lesson prints, according to its text: that of the folder in
// which the test runs.
func Said(t *testing.T) string {
	t.Helper()
	dir, err := os.Getwd()
	require.NoError(t, err)
	text := Read(t, filepath.Join("..", "..", "..", "docs", "lessons", filepath.Base(dir)+".md"))
	outputs := text.Blocks("text")
	require.Len(t, outputs, 2, "the output, and that of the exercise")
	if os.Getenv(Exercise) != "" {
		return outputs[1]
	}
	return outputs[0]
}

// Text is a file in Markdown.
type Text string

// Read reads one.
func Read(t *testing.T, name string) Text {
	t.Helper()
	text, err := os.ReadFile(name)
	require.NoError(t, err)
	return Text(text)
}

// Blocks are the fenced blocks in a language, in order.
func (text Text) Blocks(language string) (blocks []string) {
	rest := string(text)
	for {
		_, after, found := strings.Cut(rest, "\n```"+language+"\n")
		if !found {
			return blocks
		}
		block, after, _ := strings.Cut(after, "```\n")
		blocks = append(blocks, block)
		rest = "\n" + after
	}
}
