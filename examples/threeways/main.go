// Threeways counts the words of the same long text in three ways, and prints
// what each of them takes: eager, lazy, and concurrent.
//
//	go run ./examples/threeways [-size MB]
package main

import (
	"context"
	"flag"
	"fmt"
	"io"

	"github.com/stagecraft-go/stagecraft/examples/internal/book"
	"github.com/stagecraft-go/stagecraft/examples/internal/program"
	"github.com/stagecraft-go/stagecraft/examples/internal/tally"
)

func main() { program.Main("threeways", run) }

// ways are the contestants.
var ways = []struct {
	name  string
	count book.Counter
}{
	{"eager", eager},
	{"lazy", lazy},
	{"concurrent", func(ctx context.Context, text io.Reader) (tally.Counts, error) { return concurrent(ctx, text) }},
}

func run(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("threeways", flag.ContinueOnError)
	megabytes := flags.Int("size", 50, "size of the text in `MB`, at least")
	if err := program.Parse(flags, args); err != nil {
		return err
	}
	text := repeated{book.Opticks, copies(*megabytes * 1e6)}
	var results []tally.Counts
	fmt.Fprintf(out, "%-10s  %8s  %11s  %11s\n", "", "time", "peak memory", "allocated")
	for _, way := range ways {
		counts, cost, err := measure(func() (tally.Counts, error) { return way.count(ctx, text.open()) })
		if err != nil {
			return fmt.Errorf("%s: %w", way.name, err)
		}
		fmt.Fprintf(out, "%-10s  %s\n", way.name, cost)
		results = append(results, counts)
	}
	return agree(out, text, results)
}

// agree makes sure that all ways have counted the same, and tells what.
func agree(out io.Writer, text repeated, results []tally.Counts) error {
	counts := results[0]
	for i, other := range results {
		if !counts.Equal(other) {
			return fmt.Errorf("%s and %s have counted differently", ways[0].name, ways[i].name)
		}
	}
	_, err := fmt.Fprintf(out, "\n%.1f MB, %d words, %d distinct: all three agree\n",
		float64(text.size())/1e6, counts.Total(), len(counts))
	return err
}
