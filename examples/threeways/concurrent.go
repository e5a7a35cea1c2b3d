package main

import (
	"context"
	"io"
	"time"

	"github.com/stagecraft-go/stagecraft/examples/internal/book"
	"github.com/stagecraft-go/stagecraft/examples/internal/tally"
	"github.com/stagecraft-go/stagecraft/flow"
)

// concurrent is lazy as well, but several stages take lines at the same time,
// and each has counts of its own. See examples/wordcount.
func concurrent(ctx context.Context, text io.Reader, opts ...flow.RunOption) (tally.Counts, error) {
	words := flow.FlatMap(flow.Lines(text, flow.Shutdown(200*time.Millisecond)), book.Words)
	counts := flow.Reduce(words, tally.New, tally.Counts.Add)
	total := tally.New()
	for part, err := range counts.State().All(ctx, opts...) {
		if err != nil {
			return nil, err
		}
		total.Merge(part)
	}
	return total, nil
}
