package main

import (
	"bytes"
	"context"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/examples/internal/book"
	"github.com/stagecraft-go/stagecraft/examples/internal/book/booktest"
	"github.com/stagecraft-go/stagecraft/examples/internal/tally"
	"github.com/stagecraft-go/stagecraft/internal/leak"
)

// with is a counter with given dimensions.
func with(o options) book.Counter {
	return func(ctx context.Context, text io.Reader) (tally.Counts, error) { return count(ctx, text, o) }
}

func TestCount(t *testing.T) { booktest.Test(t, with(options{})) }

func TestDimensions(t *testing.T) {
	leak.Check(t)
	booktest.RequireRight(t, book.Opticks, with(options{splitters: 1, talliers: 1}))
	booktest.RequireRight(t, book.Opticks, with(options{splitters: 5, talliers: 7, maxLines: 3, maxWords: 10}))
	r := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		booktest.RequireRight(t, booktest.RandomText(r), with(options{
			splitters: 1 + r.IntN(4),
			talliers:  1 + r.IntN(4),
			maxLines:  1 + r.IntN(10),
			maxWords:  1 + r.IntN(10),
		}))
	}
}

func TestRun(t *testing.T) {
	leak.Check(t)
	var out bytes.Buffer
	require.NoError(t, run(context.Background(), nil, &out))
	require.True(t, strings.HasPrefix(out.String(), "the      9819\nof       5239\n"))
	require.Regexp(t, `\n101246 words, 4643 distinct, in \S+\n$`, out.String())
}

func TestRunSaysWhatFailed(t *testing.T) {
	leak.Check(t)
	err := run(context.Background(), []string{t.TempDir()}, io.Discard)
	require.ErrorContains(t, err, "reading the text: read ")
}
