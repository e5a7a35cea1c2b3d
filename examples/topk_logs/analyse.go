package main

import (
	"cmp"
	"context"
	"io"
	"slices"
	"sync/atomic"
	"time"

	"github.com/stagecraft-go/stagecraft/examples/internal/tally"
	"github.com/stagecraft-go/stagecraft/flow"
)

// top is how many URLs of a minute are shown.
const top = 5

// patience is how long an interrupted program waits for a log that is silent. The
// longest time of all layers counts.
var patience = flow.Shutdown(200 * time.Millisecond)

// hits says how often a URL was requested in a minute.
type hits struct {
	minute time.Time
	url    string
	n      int
}

// findings are what a log contains. Each minute is a list of the most requested
// URLs.
type findings struct {
	minutes                [][]hits
	lines, malformed, late int64
}

// counters count lines in several stages at once.
type counters struct{ lines, malformed, late atomic.Int64 }

// analyse reads a log to its end.
func analyse(ctx context.Context, log io.Reader, opts ...flow.RunOption) (findings, error) {
	var c counters
	minutes, err := topPerMinute(log, &c).Collect(ctx, opts...)
	// A minute of which a stage has seen no line may be done behind later ones.
	slices.SortFunc(minutes, func(a, b []hits) int { return a[0].minute.Compare(b[0].minute) })
	return findings{minutes, c.lines.Load(), c.malformed.Load(), c.late.Load()}, err
}

// topPerMinute is the flow of the most requested URLs of each minute.
func topPerMinute(log io.Reader, c *counters) flow.Flow[[]hits] {
	// One stage puts lines in order, several take them apart ...
	lines := flow.EmitAndReduce(flow.Lines(log, flow.Stages(1), patience), c.newSorter, (*sorter).add).OnTrigger((*sorter).rest)
	requests := flow.Map(lines.Shuffle(patience), parse).Filter(c.wellFormed)

	// ... and several count, each its own URLs, minute by minute.
	minutes := flow.Fixed(time.Minute, func(r request) time.Time { return r.at }).CountLate(&c.late)
	byURL := flow.PartitionBy(requests, func(r request) string { return r.url }, patience).Window(minutes)
	counts := flow.OnTrigger(flow.Reduce(byURL, tally.New, countRequest), ofMinute)
	return flow.TakeSort(counts, top, mostFirst, patience)
}

func countRequest(counts tally.Counts, r request) tally.Counts { return counts.Add(r.url) }

// ofMinute are the counts of one stage in one minute.
func ofMinute(counts tally.Counts, f flow.Firing) ([]hits, tally.Counts) {
	var all []hits
	for url, n := range counts {
		all = append(all, hits{f.Window.Start(), url, *n})
	}
	return all, counts
}

func mostFirst(a, b hits) int { return cmp.Or(cmp.Compare(b.n, a.n), cmp.Compare(a.url, b.url)) }

// wellFormed tells whether a line was a request, and counts those that were not.
func (c *counters) wellFormed(r request) bool {
	if r.url == "" {
		c.malformed.Add(1)
		return false
	}
	return true
}
