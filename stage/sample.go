package stage

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
)

// mostRunes of an event are shown.
const mostRunes = 24

// sample is a short text of events in one line: the first and the last.
func sample[T any](events []T) string {
	switch n := len(events); n {
	case 0:
		return ""
	case 1:
		return show(events[0])
	case 2:
		return show(events[0]) + ", " + show(events[1])
	default:
		return show(events[0]) + " … " + show(events[n-1])
	}
}

// show is one event. Long texts are not copied to be cut off.
func show(event any) string {
	var text string
	switch e := event.(type) {
	case string:
		text = e
	case []byte:
		text = string(e[:min(len(e), 4*(mostRunes+1))])
	default:
		text = fmt.Sprint(e)
	}
	runes := 0
	for i := range text {
		if runes++; runes > mostRunes {
			text = text[:i] + "..."
			break
		}
	}
	if strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return strconv.Quote(text)
	}
	return text
}
