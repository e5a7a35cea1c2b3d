package main

import (
	"context"
	"io"
	"slices"

	"github.com/stagecraft-go/stagecraft/examples/internal/book"
	"github.com/stagecraft-go/stagecraft/examples/internal/tally"
)

// eager does one thing after the other, each to its end: the whole text, then
// all words, then the counts.
func eager(_ context.Context, text io.Reader) (tally.Counts, error) {
	all, err := io.ReadAll(text)
	if err != nil {
		return nil, err
	}
	words := slices.Collect(book.Words(string(all)))
	counts := tally.New()
	for _, word := range words {
		counts.Add(word)
	}
	return counts, nil
}
