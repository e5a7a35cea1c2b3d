package lessons_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/examples/lessons/internal/lessontest"
)

const docs = "../../docs/lessons"

// names are those of all lessons, in order.
func names(t *testing.T) []string {
	t.Helper()
	dirs, err := filepath.Glob("[0-9][0-9]-*")
	require.NoError(t, err)
	require.Len(t, dirs, 8)
	return dirs
}

func program(t *testing.T, name string) string {
	t.Helper()
	return string(lessontest.Read(t, filepath.Join(name, "main.go")))
}

func text(t *testing.T, name string) lessontest.Text {
	t.Helper()
	return lessontest.Read(t, filepath.Join(docs, name+".md"))
}

// lines are those of a piece of code that are neither empty nor a comment.
func lines(code string) (lines []string) {
	for line := range strings.Lines(code) {
		line = strings.TrimSpace(line)
		if line != "" && !strings.HasPrefix(line, "//") {
			lines = append(lines, line)
		}
	}
	return lines
}

func TestLessonsAreShort(t *testing.T) {
	for _, name := range names(t) {
		require.LessOrEqual(t, len(lines(program(t, name))), 60, name)
	}
}

// A text says how to run its program, and leads to the next one.
func TestTextsLeadOn(t *testing.T) {
	all := names(t)
	index := string(lessontest.Read(t, filepath.Join(docs, "README.md")))
	for i, name := range all {
		text := string(text(t, name))
		require.Contains(t, index, "("+name+".md)")
		require.Contains(t, text, "go run ./examples/lessons/"+name+"\n")
		require.Contains(t, text, "](../../examples/lessons/"+name+"/main.go)")
		require.Contains(t, program(t, name), "docs/lessons/"+name+".md")
		next := "README.md"
		if i+1 < len(all) {
			next = all[i+1] + ".md"
		}
		last := text[strings.LastIndex(strings.TrimSpace(text), "\n"):]
		require.Contains(t, last, "]("+next+")", name)
	}
}

// What a text shows of its program stands there, in that order.
func TestTextsQuoteTheirPrograms(t *testing.T) {
	for _, name := range names(t) {
		program := lines(program(t, name))
		for _, block := range text(t, name).Blocks("go") {
			rest := program
			for _, line := range lines(block) {
				at := slices.Index(rest, line)
				require.GreaterOrEqual(t, at, 0, "%s: %s", name, line)
				rest = rest[at+1:]
			}
		}
	}
}
