package main

import (
	"fmt"
	"io"
	"time"

	"github.com/stagecraft-go/stagecraft/stage"
)

// table counts the events of each kind by the time at which they came.
type table struct {
	began  time.Time
	counts map[string][]int // by column
}

const (
	columns = 10
	column  = 100 * time.Millisecond
)

func newTable() *table {
	t := &table{began: time.Now(), counts: make(map[string][]int)}
	for _, p := range plan {
		t.counts[p.kind] = make([]int, columns)
	}
	return t
}

func (*table) length() time.Duration { return columns * column }

// add is what the limiter does with events.
func (t *table) add(events []event, _ stage.Subscription) error {
	if i := int(time.Since(t.began) / column); i < columns {
		for _, e := range events {
			t.counts[e.kind][i]++
		}
	}
	return nil
}

func (t *table) print(out io.Writer) error {
	fmt.Fprintf(out, "%-18s", "ms")
	for i := range columns {
		fmt.Fprintf(out, "%5d", i*int(column.Milliseconds()))
	}
	for _, p := range plan {
		fmt.Fprintf(out, "\n%-7s%d in %v", p.kind, p.n, p.every)
		fmt.Fprintf(out, "%*s", 6-len(p.every.String()), "")
		for _, n := range t.counts[p.kind] {
			fmt.Fprintf(out, "%5d", n)
		}
	}
	_, err := fmt.Fprintln(out)
	return err
}
