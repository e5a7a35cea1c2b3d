// Wordcount_stages counts the words of a file, or of Newton's Opticks if none is
// given, with stages.
//
//	go run ./examples/wordcount_stages [file]
package main

import (
	"context"
	"io"

	"github.com/stagecraft-go/stagecraft/examples/internal/book"
	"github.com/stagecraft-go/stagecraft/examples/internal/program"
	"github.com/stagecraft-go/stagecraft/examples/internal/tally"
)

func main() { program.Main("wordcount_stages", run) }

func run(ctx context.Context, args []string, out io.Writer) error {
	return book.Run(ctx, args, out, func(ctx context.Context, text io.Reader) (tally.Counts, error) {
		return count(ctx, text, options{})
	})
}
