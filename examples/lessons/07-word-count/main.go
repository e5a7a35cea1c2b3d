// Lesson 7: the same words counted in three ways. The text is
// docs/lessons/07-word-count.md.
//
//	go run ./examples/lessons/07-word-count
package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"slices"

	"github.com/stagecraft-go/stagecraft/examples/internal/book"
	"github.com/stagecraft-go/stagecraft/examples/internal/tally"
	"github.com/stagecraft-go/stagecraft/examples/lessons/internal/lesson"
	"github.com/stagecraft-go/stagecraft/flow"
	"github.com/stagecraft-go/stagecraft/process"
)

// eager does one thing after the other: the whole text, all words, the counts.
func eager(text io.Reader) tally.Counts {
	all := lesson.Must(io.ReadAll(text))
	words := slices.Collect(book.Words(string(all)))
	counts := tally.New()
	for _, word := range words {
		counts.Add(word)
	}
	return counts
}

// lazy takes one line at a time, and one word of it.
func lazy(text io.Reader) tally.Counts {
	counts := tally.New()
	for lines := bufio.NewScanner(text); lines.Scan(); {
		for word := range book.Words(lines.Text()) {
			counts.Add(word)
		}
	}
	return counts
}

// concurrent is lazy too, in several stages at the same time.
func concurrent(text io.Reader) tally.Counts {
	ctx := context.Background()
	system := process.NewSystem()
	defer system.Shutdown(ctx)
	words := flow.FlatMap(flow.Lines(text), book.Words)
	counts := flow.Reduce(words, tally.New, tally.Counts.Add)
	return lesson.Must(flow.Combine(counts, tally.Counts.Merge).One(ctx, flow.In(system)))
}

func main() {
	count := func(name string, way func(text io.Reader) tally.Counts) {
		var counts tally.Counts
		took, peak := lesson.Cost(func() { counts = way(lesson.Copies(book.Opticks, 20)) })
		fmt.Printf("%-10s %5.2f s %6.1f MB  %d words, %d different\n",
			name, took.Seconds(), peak, counts.Total(), len(counts))
	}
	count("eager", eager)
	count("lazy", lazy)
	count("concurrent", concurrent)
}
