package main

import (
	"bufio"
	"fmt"
	"io"
	"time"
)

// report prints a row for each minute, and the totals.
func report(out io.Writer, f findings, took time.Duration) error {
	buffered := bufio.NewWriter(out)
	for _, minute := range f.minutes {
		fmt.Fprint(buffered, minute[0].minute.UTC().Format("15:04"))
		for _, h := range minute {
			fmt.Fprintf(buffered, "  %5d %-12s", h.n, h.url)
		}
		fmt.Fprintln(buffered)
	}
	fmt.Fprintf(buffered, "\n%d lines (%d malformed, %d late) in %v: %.0f lines/s\n",
		f.lines, f.malformed, f.late, took.Round(time.Millisecond), float64(f.lines)/took.Seconds())
	return buffered.Flush()
}
