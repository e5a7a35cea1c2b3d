package docscheck_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/internal/docscheck"
)

func TestWrongArrowsAreFound(t *testing.T) {
	for name, text := range map[string]string{
		"short arrow":         "flowchart LR\nA -> B\n",
		"arrow of functions":  "flowchart LR\nA => B\n",
		"arrow to the left":   "flowchart LR\nA <- B\n",
		"message by function": "sequenceDiagram\nA=>>B: hello\n",
		"message to nobody":   "sequenceDiagram\nA->>: hello\n",
		"message of nothing":  "sequenceDiagram\nA->>B\n",
		"transition":          "stateDiagram-v2\nA -> B\n",
		"state without end":   "stateDiagram-v2\nstate A {\nB --> C\n",
		"end without state":   "stateDiagram-v2\nA --> B\n}\n",
		"note without end":    "stateDiagram-v2\nA --> B\nnote right of A\nhello\n",
	} {
		assert.Error(t, docscheck.CheckDiagram(text), name)
	}
}

func TestRightArrowsAreNotFound(t *testing.T) {
	for name, text := range map[string]string{
		"arrows":        "flowchart LR\nA --> B -.-> C ==> D --- E <--> F\n",
		"texts":         "flowchart LR\nA[\"x -> y\"] -- gets --> B -->|a => b| C[x -> y]\n",
		"messages":      "sequenceDiagram\nparticipant A\nA->>B: x -> y\nB-->>A: back\nA-xB: lost\nNote over A,B: a -> b\n",
		"states":        "stateDiagram-v2\ndirection LR\n[*] --> A\nA --> B: why\nB --> [*]\nstate B {\n[*] --> C\n}\n",
		"note of lines": "stateDiagram-v2\nA --> B\nnote right of A\nany -> text\nend note\n",
		"note":          "stateDiagram-v2\nA --> B\nnote left of A: any -> text\n",
	} {
		assert.NoError(t, docscheck.CheckDiagram(text), name)
	}
}

func TestDiagramsOfAFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "x.md")
	write := func(text string) { require.NoError(t, os.WriteFile(file, []byte(text), 0o600)) }

	write("text\n\n```mermaid\nflowchart LR\n```\n\n* item\n\n  ```mermaid\n  gantt\n  ```\n\n````md\n```mermaid\nno\n```\n````\n")
	diagrams, err := docscheck.Diagrams(file)
	require.NoError(t, err)
	assert.Equal(t, []string{"flowchart LR\n", "  gantt\n"}, diagrams)

	write("```mermaid\nflowchart LR\n\ntext\n")
	_, err = docscheck.Diagrams(file)
	assert.EqualError(t, err, file+":1: code without an end")
}
