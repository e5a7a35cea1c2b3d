package main

import (
	"bufio"
	"context"
	"io"
	"iter"

	"github.com/stagecraft-go/stagecraft/examples/internal/book"
	"github.com/stagecraft-go/stagecraft/examples/internal/tally"
)

// lazy takes one line at a time, and one word of it at a time: nothing is read
// before it is wanted.
func lazy(ctx context.Context, text io.Reader) (tally.Counts, error) {
	counts := tally.New()
	for line, err := range lines(text) {
		if err == nil {
			err = context.Cause(ctx)
		}
		if err != nil {
			return nil, err
		}
		for word := range book.Words(line) {
			counts.Add(word)
		}
	}
	return counts, nil
}

// lines are the lines of a text. An error comes last, with no line.
func lines(text io.Reader) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		r := bufio.NewReaderSize(text, 64<<10)
		for {
			line, err := r.ReadString('\n')
			if line != "" && !yield(line, nil) || err == io.EOF {
				return
			}
			if err != nil {
				yield("", err)
				return
			}
		}
	}
}
