package trace

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/stagecraft-go/stagecraft/stage"
)

// WriteText writes one line for each entry, in columns. The last three are the
// levels behind it: what was asked of the producer and not sent, what waits in
// its buffer, and what the consumer has asked for and not handled.
func (t Timeline) WriteText(w io.Writer) error {
	out := bufio.NewWriter(w)
	if t.Dropped > 0 {
		fmt.Fprintf(out, "(%s dropped)\n", count(t.Dropped, "older entry", "older entries"))
	}
	rows := [][]string{{"time", "who", "what", "demand", "buffer", "in flight"}}
	for _, e := range t.Entries {
		rows = append(rows, []string{
			timeText(e.At), e.who(), e.what(), level(e.Demand), level(e.Buffered), level(e.InFlight),
		})
	}
	if t.Untimed {
		for i := range rows {
			rows[i] = rows[i][1:]
		}
	}
	writeColumns(out, rows)
	return out.Flush()
}

// writeColumns aligns texts, those that begin with a digit and their titles to
// the right.
func writeColumns(out *bufio.Writer, rows [][]string) {
	width := make([]int, len(rows[0]))
	right := make([]bool, len(rows[0]))
	for i, title := range rows[0] {
		right[i] = title != "who" && title != "what"
		for _, row := range rows {
			width[i] = max(width[i], utf8.RuneCountInString(row[i]))
		}
	}
	for _, row := range rows {
		var line strings.Builder
		for i, text := range row {
			space := strings.Repeat(" ", width[i]-utf8.RuneCountInString(text))
			switch {
			case right[i]:
				line.WriteString(space + text + "  ")
			default:
				line.WriteString(text + space + "  ")
			}
		}
		out.WriteString(strings.TrimRight(line.String(), " ") + "\n")
	}
}

func (e Entry) who() string {
	switch {
	case e.Kind == 0:
		return "--"
	case e.To == "":
		return oneLine(e.From)
	}
	return oneLine(e.From) + " → " + oneLine(e.To)
}

// what is the entry in words.
func (e Entry) what() string {
	switch e.Kind {
	case 0:
		return oneLine(e.Values)
	case stage.ObservedSubscribe:
		return e.subscribes() + e.receiptText()
	case stage.ObservedAsk:
		return fmt.Sprint("ask ", e.N) + e.receiptText()
	case stage.ObservedEvents:
		return count(e.N, "event", "events") + e.valuesText() + e.receiptText()
	case stage.ObservedCancel, stage.ObservedCanceled, stage.ObservedDown:
		return e.Kind.String() + ": " + oneLine(e.Reason) + e.receiptText()
	case stage.ObservedSetDemand:
		return "demand mode: " + e.Mode.String()
	case stage.ObservedHandleDemand:
		return fmt.Sprintf("HandleDemand(%d)", e.N)
	case stage.ObservedHandleEvents:
		return fmt.Sprintf("HandleEvents(%d)", e.N) + e.valuesText()
	case stage.ObservedHoldDemand:
		return fmt.Sprint("holds back demand for ", e.N)
	case stage.ObservedHoldEvents:
		return "holds back " + count(e.N, "event", "events")
	case stage.ObservedBuffer:
		return "buffers " + count(e.N, "event", "events")
	case stage.ObservedDiscard:
		return "discards " + count(e.N, "event", "events")
	case stage.ObservedAskAgain:
		return fmt.Sprint("asks again for ", e.N)
	case stage.ObservedStop:
		return "stops: " + oneLine(e.Reason)
	}
	return e.Kind.String()
}

func (e Entry) subscribes() string {
	text := "subscribe"
	if e.MaxDemand > 0 {
		text = fmt.Sprintf("subscribe, max %d, min %d", e.MaxDemand, e.MinDemand)
	}
	if e.Cancel > stage.Permanent {
		text += ", " + e.Cancel.String()
	}
	return text
}

func (e Entry) valuesText() string {
	if e.Values == "" {
		return ""
	}
	return ": " + oneLine(e.Values)
}

// longReceipt is what a message may take without that this is worth a word.
const longReceipt = time.Millisecond

func (e Entry) receiptText() string {
	switch {
	case e.Receipt == Lost:
		return " (lost)"
	case e.Receipt == Waiting:
		return " (not taken yet)"
	case e.Receipt == Taken && e.Taken-e.At >= longReceipt:
		return " (taken after " + timeText(e.Taken-e.At) + ")"
	}
	return ""
}

func timeText(d time.Duration) string { return d.Round(time.Microsecond).String() }

func level(n int) string {
	if n < 0 {
		return ""
	}
	return strconv.Itoa(n)
}

func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprint(n, " ", many)
}

// longest is the length of a name, a reason or a text of values in one line.
const longest = 80

// oneLine makes a text fit into one line.
func oneLine(text string) string {
	text = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, text)
	runes := []rune(text)
	if len(runes) > longest {
		return string(runes[:longest]) + "..."
	}
	return text
}
