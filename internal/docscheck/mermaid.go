package docscheck

import (
	"fmt"
	"regexp"
	"strings"
)

var (
	flowKind = regexp.MustCompile(`^(flowchart|graph) (LR|TD|TB|RL|BT)$`)
	message  = regexp.MustCompile(`^[\w ]+?(--?>>?|--?x|--?\))[+-]?[\w ]+: .+`)
	sequence = regexp.MustCompile(`^(participant|actor|Note (over|left of|right of)|loop|alt|else|opt|par|and|rect|end|autonumber|activate|deactivate|break|critical)\b`)
)

// Diagrams are the Mermaid diagrams of a Markdown file.
func Diagrams(file string) (diagrams []string, err error) {
	p, err := readPage(file)
	if err != nil {
		return nil, err
	}
	for _, b := range p.blocks {
		if !b.closed {
			return nil, fmt.Errorf("%s:%d: code without an end", file, b.line)
		}
		if b.language == "mermaid" {
			diagrams = append(diagrams, strings.Join(b.lines, "\n")+"\n")
		}
	}
	return diagrams, nil
}

// CheckDiagram finds the common mistakes in a diagram. The program mermaid, which
// .ci/run uses if there is a Node.js, finds all.
func CheckDiagram(text string) error {
	var lines []string
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "%%") {
			lines = append(lines, line)
		}
	}
	switch {
	case len(lines) < 2:
		return fmt.Errorf("the diagram is empty")
	case flowKind.MatchString(lines[0]):
		return checkFlowchart(lines[1:])
	case lines[0] == "sequenceDiagram":
		return checkSequence(lines[1:])
	case lines[0] == "stateDiagram-v2":
		return checkStates(lines[1:])
	case lines[0] == "gantt":
		return nil
	}
	return fmt.Errorf("unknown kind of diagram: %s", lines[0])
}

func checkFlowchart(lines []string) error {
	open := 0
	for _, line := range lines {
		switch {
		case strings.HasPrefix(line, "subgraph"):
			open++
		case line == "end":
			open--
		}
		if open < 0 {
			return fmt.Errorf("an end without a subgraph")
		}
		if strings.Count(line, `"`)%2 != 0 {
			return fmt.Errorf("a quote is open: %s", line)
		}
		if !balanced(line) {
			return fmt.Errorf("a bracket is open: %s", line)
		}
		if wrongArrow.MatchString(plain(line)) {
			return fmt.Errorf("no arrow of a flowchart: %s", line)
		}
	}
	if open != 0 {
		return fmt.Errorf("a subgraph without an end")
	}
	return nil
}

var (
	quoted     = regexp.MustCompile(`"[^"]*"|\|[^|]*\||\[[^\]]*\]|\([^)]*\)|\{[^}]*\}`)
	wrongArrow = regexp.MustCompile(`(^|[^-.=<])->|(^|[^=])=>|<-([^-.]|$)`)
)

// plain is a line of a flowchart without its texts.
func plain(line string) string { return quoted.ReplaceAllString(line, "x") }

var state = regexp.MustCompile(`^(\[\*\]|\w+) *(--> *(\[\*\]|\w+) *(:.+)?|:.+)?$|^(state|note|direction|end note)\b|^}$|^--$`)

func checkStates(lines []string) error {
	open, note := 0, false
	for _, line := range lines {
		switch {
		case note:
			note = line != "end note"
			continue
		case strings.HasPrefix(line, "note ") && !strings.Contains(line, ":"):
			note = true
		case strings.HasSuffix(line, "{"):
			open++
		case line == "}":
			open--
		}
		if !state.MatchString(line) || open < 0 {
			return fmt.Errorf("not a line of a state diagram: %s", line)
		}
	}
	if open != 0 || note {
		return fmt.Errorf("a state or a note without an end")
	}
	return nil
}

// balanced ignores what stands in quotes.
func balanced(line string) bool {
	parts := strings.Split(line, `"`)
	depth := map[rune]int{}
	for i := 0; i < len(parts); i += 2 {
		for _, r := range parts[i] {
			switch r {
			case '(', '[', '{':
				depth[r]++
			case ')':
				depth['(']--
			case ']':
				depth['[']--
			case '}':
				depth['{']--
			}
		}
	}
	return depth['('] == 0 && depth['['] == 0 && depth['{'] == 0
}

func checkSequence(lines []string) error {
	open := 0
	for _, line := range lines {
		switch word, _, _ := strings.Cut(line, " "); word {
		case "loop", "alt", "opt", "par", "rect", "break", "critical":
			open++
		case "end":
			open--
		}
		if !message.MatchString(line) && !sequence.MatchString(line) {
			return fmt.Errorf("not a line of a sequence diagram: %s", line)
		}
	}
	if open != 0 {
		return fmt.Errorf("a block without an end")
	}
	return nil
}
