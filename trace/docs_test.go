package trace_test

import (
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/stage"
	"github.com/stagecraft-go/stagecraft/trace"
)

// block is a piece of code in a page.
var block = regexp.MustCompile("(?s)```([a-z]+)\n(.*?)```")

// The page shows what the code prints.
func TestThePageIsRight(t *testing.T) {
	text, err := os.ReadFile("../docs/trace.md")
	require.NoError(t, err)
	blocks := make(map[string][]string)
	for _, found := range block.FindAllStringSubmatch(string(text), -1) {
		blocks[found[1]] = append(blocks[found[1]], found[2])
	}

	code, err := os.ReadFile("example_test.go")
	require.NoError(t, err)
	require.Len(t, blocks["go"], 1)
	assert.Contains(t, strings.ReplaceAll(string(code), "\n\t", "\n"), blocks["go"][0], "it is not indented here")

	require.Len(t, blocks["text"], 2)
	inWorld(t, func(w *world) {
		assert.Equal(w, blocks["text"][0], walk(w, &printer{batches: 3, reason: process.Normal}, stage.MaxDemand(10)))
		assert.Equal(w, blocks["mermaid"], []string{written(w, w.rec.WriteMermaid)})
		assert.Equal(w, blocks["json"], []string{written(w, w.rec.WriteJSON)})
	}, trace.Untimed())
	inWorld(t, func(w *world) {
		slow := &printer{each: time.Second, batches: 3, reason: process.Normal}
		assert.Equal(w, blocks["text"][1], walk(w, slow, stage.MaxDemand(10)))
	})
}

// The page names each kind, as JSON has it.
func TestThePageNamesEachKind(t *testing.T) {
	text, err := os.ReadFile("../docs/trace.md")
	require.NoError(t, err)
	for kind := stage.ObservedSubscribe; kind <= stage.ObservedStop; kind++ {
		assert.Contains(t, string(text), "`"+kind.String()+"`")
	}
}
