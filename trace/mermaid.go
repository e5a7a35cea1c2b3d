package trace

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"unicode"

	"github.com/stagecraft-go/stagecraft/stage"
)

// WriteMermaid writes a sequence diagram in the language of Mermaid. Messages
// are arrows, with a cross at the end if they were lost; the rest are notes, with
// the levels behind it.
func (t Timeline) WriteMermaid(w io.Writer) error {
	out := bufio.NewWriter(w)
	fmt.Fprintln(out, "sequenceDiagram")
	ids := make(map[string]string)
	id := func(name string) string {
		if ids[name] == "" {
			ids[name] = fmt.Sprint("s", len(ids)+1)
			fmt.Fprintf(out, "    participant %s as %s\n", ids[name], escape(oneLine(name)))
		}
		return ids[name]
	}
	for _, name := range t.Stages {
		id(name)
	}
	if t.Dropped > 0 && len(t.Stages) > 0 {
		fmt.Fprintf(out, "    Note over %s: %s dropped\n", id(t.Stages[0]), count(t.Dropped, "older entry", "older entries"))
	}
	for _, e := range t.Entries {
		text := escape(e.what())
		if !t.Untimed {
			text = timeText(e.At) + " " + text
		}
		switch {
		case e.Kind == 0 && len(t.Stages) == 0: // over nobody
		case e.Kind == 0:
			fmt.Fprintf(out, "    Note over %s,%s: %s\n", id(t.Stages[0]), id(t.Stages[len(t.Stages)-1]), text)
		case e.To == "":
			fmt.Fprintf(out, "    Note over %s: %s\n", id(e.From), text+e.levelsText())
		default:
			fmt.Fprintf(out, "    %s%s%s: %s\n", id(e.From), e.arrow(), id(e.To), text)
		}
	}
	return out.Flush()
}

func (e Entry) arrow() string {
	switch {
	case e.Receipt == Lost:
		return "-x"
	case e.Kind == stage.ObservedDown:
		return "--x"
	}
	return "->>"
}

// levelsText is a second line of a note.
func (e Entry) levelsText() string {
	var parts []string
	for _, l := range []struct {
		name string
		n    int
	}{{"demand", e.Demand}, {"buffer", e.Buffered}, {"in flight", e.InFlight}} {
		if l.n >= 0 {
			parts = append(parts, fmt.Sprint(l.name, " ", l.n))
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return "<br/>" + strings.Join(parts, ", ")
}

// escape writes what could mean something to Mermaid, or to the page that shows
// the diagram, as the number of the character.
func escape(text string) string {
	var b strings.Builder
	for _, r := range text {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune(" .,:()…→/'+=!?", r) {
			b.WriteRune(r)
			continue
		}
		fmt.Fprintf(&b, "#%d;", r)
	}
	return b.String()
}
