package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/examples/internal/book"
	"github.com/stagecraft-go/stagecraft/examples/internal/book/booktest"
	"github.com/stagecraft-go/stagecraft/examples/internal/program"
	"github.com/stagecraft-go/stagecraft/examples/internal/tally"
	"github.com/stagecraft-go/stagecraft/flow"
	"github.com/stagecraft-go/stagecraft/internal/leak"
)

func TestEager(t *testing.T) { booktest.Texts(t, eager) }

func TestLazy(t *testing.T) { booktest.Texts(t, lazy) }

func TestConcurrent(t *testing.T) {
	booktest.Test(t, func(ctx context.Context, text io.Reader) (tally.Counts, error) {
		system, shutdown := program.NewSystem()
		defer shutdown()
		return concurrent(ctx, text, flow.In(system))
	})
}

func TestFailingReader(t *testing.T) {
	broken := errors.New("disk on fire")
	for _, way := range ways {
		counts, err := way.count(context.Background(), io.MultiReader(strings.NewReader("a b\nc"), iotest.ErrReader(broken)))
		require.ErrorIs(t, err, broken, way.name)
		require.Nil(t, counts, way.name)
	}
}

func TestLinesCanBeLeftEarly(t *testing.T) {
	for line, err := range lines(strings.NewReader("one\ntwo")) {
		require.NoError(t, err)
		require.Equal(t, "one\n", line)
		break
	}
}

// Each way leaves off when it is interrupted, wherever it is.
func TestInterrupted(t *testing.T) {
	for _, way := range ways {
		ctx, cancel := context.WithCancelCause(context.Background())
		read := 0
		text := readFunc(func(into []byte) (int, error) {
			if read += len(into); read > 1<<20 {
				cancel(errors.New("enough"))
			}
			for i := range into {
				into[i] = "word\n"[i%5]
			}
			return len(into), nil
		})
		_, err := way.count(ctx, text)
		require.ErrorContains(t, err, "enough", way.name)
	}
}

type readFunc func(into []byte) (int, error)

func (f readFunc) Read(into []byte) (int, error) { return f(into) }

func TestRepeated(t *testing.T) {
	text, err := io.ReadAll(repeated{"ab\n", 3}.open())
	require.NoError(t, err)
	require.Equal(t, "ab\nab\nab\n", string(text))
	require.Equal(t, 9, repeated{"ab\n", 3}.size())

	book := len(book.Opticks)
	for size, want := range map[int]int{0: 1, 1: 1, book: 1, book + 1: 2, 10 * book: 10} {
		require.Equal(t, want, copies(size), size)
	}
}

func TestMeasure(t *testing.T) {
	leak.Check(t)
	const size = 50 << 20
	var large []byte
	_, cost, err := measure(func() (tally.Counts, error) {
		large = make([]byte, size)
		return nil, nil
	})
	require.NoError(t, err)
	require.GreaterOrEqual(t, cost.allocated, uint64(size))
	require.Less(t, cost.peak, uint64(2*size))
	require.Len(t, large, size)
}

func TestRun(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, run(context.Background(), []string{"-size", "1"}, &out))
	require.Regexp(t, `eager .*MB\nlazy .*MB\nconcurrent .*MB\n\n1\.1 MB, 202492 words, 4643 distinct: all three agree\n$`, out.String())
}

func TestRunFailures(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	require.ErrorIs(t, run(ctx, []string{"-size", "1"}, io.Discard), context.Canceled)
	require.ErrorIs(t, run(ctx, []string{"-help"}, io.Discard), flag.ErrHelp)

	one, two := tally.New().Add("a"), tally.New().Add("b")
	require.NoError(t, agree(io.Discard, repeated{}, []tally.Counts{one, one, one}))
	require.EqualError(t, agree(io.Discard, repeated{}, []tally.Counts{one, one, two}), "eager and concurrent have counted differently")
}
