package main

import (
	"context"
	"io"

	"github.com/stagecraft-go/stagecraft/examples/internal/book"
	"github.com/stagecraft-go/stagecraft/examples/internal/tally"
)

// eager does one thing after the other, each to its end: the whole text, then
// all words, then the counts.
func eager(ctx context.Context, text io.Reader) (tally.Counts, error) {
	all, err := io.ReadAll(interruptible{ctx, text})
	if err != nil {
		return nil, err
	}
	var words []string
	for word := range book.Words(string(all)) {
		words = append(words, word)
		if len(words)%1000 == 0 && ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
	}
	counts := tally.New()
	for i, word := range words {
		counts.Add(word)
		if i%1000 == 0 && ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
	}
	return counts, nil
}

// interruptible is a text that fails when ctx has ended.
type interruptible struct {
	ctx  context.Context
	text io.Reader
}

// Read implements io.Reader.
func (i interruptible) Read(into []byte) (int, error) {
	if i.ctx.Err() != nil {
		return 0, context.Cause(i.ctx)
	}
	return i.text.Read(into)
}
