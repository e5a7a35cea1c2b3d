package trace_test

import (
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

func TestMermaid(t *testing.T) {
	inWorld(t, func(w *world) {
		walk(w, &printer{each: time.Second, batches: 2, reason: process.Normal}, stage.MaxDemand(2))
		w.rec.Note("that is; all #1")
		text := written(w, w.rec.WriteMermaid)
		requireDiagram(w, text)
		assert.Equal(w, page(`
			sequenceDiagram
			    participant s1 as counter
			    participant s2 as printer
			    s2->>s1: 0s subscribe, max 2, min 1
			    s2->>s1: 0s ask 2
			    Note over s1: 0s HandleDemand(2)<br/>demand 2, buffer 0
			    s1->>s2: 0s 2 events: 0, 1
			    Note over s2: 0s HandleEvents(1): 0<br/>in flight 1
			    s2->>s1: 1s ask 1
			    Note over s2: 1s HandleEvents(1): 1<br/>in flight 1
			    Note over s1: 1s HandleDemand(1)<br/>demand 1, buffer 0
			    s1-xs2: 1s 1 event: 2 (lost)
			    Note over s2: 2s stops: normal
			    s2--xs1: 2s down: normal
			    Note over s1: 2s stops: normal
			    Note over s1,s2: 2s that is#59; all #35;1
			`), text)
	})
}

func TestMermaidOfNothing(t *testing.T) {
	assert.Equal(t, "sequenceDiagram\n", written(t, trace.New().WriteMermaid))
}

func TestMermaidOfEverything(t *testing.T) {
	text := written(t, everything().WriteMermaid)
	requireDiagram(t, text)
	assert.Contains(t, text, "    Note over s1: 3 older entries dropped\n")
	assert.Equal(t, 2+1+2*(1+int(stage.ObservedStop)), strings.Count(text, "\n    "), "each entry once")
}

// The part of Mermaid's language that is used. Texts have none of the characters
// that mean something there, but for those of #number;.
var diagramLine = regexp.MustCompile(`^    (` +
	`participant s\d+ as ` + diagramText +
	`|Note over s\d+(,s\d+)?: ` + diagramText + `(<br/>((demand|buffer|in flight) \d+(, )?)+)?` +
	`|s\d+(->>|-x|--x)s\d+: ` + diagramText +
	`)$`)

const diagramText = `([\pL\p{Nd} .,:()…→/'+=!?]|#\d+;)*`

var participantID = regexp.MustCompile(`\bs\d+`)

// requireDiagram checks that a text is a diagram, with participants before they
// take part.
func requireDiagram(t testing.TB, text string) {
	t.Helper()
	first, rest, _ := strings.Cut(text, "\n")
	require.Equal(t, "sequenceDiagram", first)
	known := make(map[string]bool)
	for line := range strings.Lines(rest) {
		line = strings.TrimSuffix(line, "\n")
		require.Regexp(t, diagramLine, line)
		head, _, _ := strings.Cut(line, ": ")
		head, _, declared := strings.Cut(head, " as ")
		for _, id := range participantID.FindAllString(head, -1) {
			require.True(t, declared != known[id], line)
			known[id] = true
		}
	}
}
