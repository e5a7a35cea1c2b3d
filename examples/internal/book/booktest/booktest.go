// Package booktest tests functions that count words.
package booktest

import (
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/examples/internal/book"
	"github.com/stagecraft-go/stagecraft/examples/internal/tally"
	"github.com/stagecraft-go/stagecraft/internal/leak"
	"github.com/stagecraft-go/stagecraft/process"
)

// Test tests a counter that uses stages. It has to leave nothing behind.
func Test(t *testing.T, count book.Counter) {
	t.Run("texts", func(t *testing.T) { Texts(t, count) })
	t.Run("failing reader", func(t *testing.T) { failingReader(t, count) })
	t.Run("panicking reader", func(t *testing.T) { panickingReader(t, count) })
	t.Run("cancelled", func(t *testing.T) { cancelled(t, count) })
	t.Run("cancelled before", func(t *testing.T) { cancelledBefore(t, count) })
	t.Run("stuck reader", func(t *testing.T) { stuckReader(t, count) })
}

// Texts tests only that the counts are right.
func Texts(t *testing.T, count book.Counter) {
	leak.Check(t)
	long := strings.Repeat("to be or not to be ", 100_000) // 1.9 MB
	for name, text := range map[string]string{
		"Opticks":           book.Opticks,
		"empty":             "",
		"no word":           "\n\n . \n",
		"no newline at end": "one\ntwo",
		"one word":          "word",
		"long lines":        long + "\n" + long,
		"long word":         strings.Repeat("x", 1<<20+1) + " y",
		"no UTF-8":          "a\xffb\n\xc3\n\xa6 Æ\xe6\x97\n\x00",
		"CRLF":              "a b\r\nc\r\n",
	} {
		t.Run(name, func(t *testing.T) { RequireRight(t, text, count) })
	}
	r := rand.New(rand.NewPCG(1, 2))
	for range 100 {
		RequireRight(t, RandomText(r), count)
	}
}

// RequireRight compares with a count of the whole text by one goroutine.
func RequireRight(t *testing.T, text string, count book.Counter) {
	t.Helper()
	want := tally.New()
	for word := range book.Words(text) {
		want.Add(word)
	}
	got, err := count(context.Background(), strings.NewReader(text))
	require.NoError(t, err)
	require.Equal(t, want, got)
}

// RandomText has few different words, so that they repeat, and lines of all
// lengths, so that some stages starve while others have too much.
func RandomText(r *rand.Rand) string {
	pieces := []string{"the ", "The", " light\n", "it's ", "\n", "\n\n", "é", "\xff", "x", ", "}
	var text strings.Builder
	for range r.IntN(300) {
		text.WriteString(pieces[r.IntN(len(pieces))])
	}
	return text.String()
}

func failingReader(t *testing.T, count book.Counter) {
	leak.Check(t)
	broken := errors.New("disk on fire")
	text := io.MultiReader(strings.NewReader(book.Opticks), iotest.ErrReader(broken))
	counts, err := count(context.Background(), text)
	require.ErrorIs(t, err, broken)
	require.Nil(t, counts)
}

// readerFunc makes a text of a function.
type readerFunc func(into []byte) (int, error)

// Read implements io.Reader.
func (f readerFunc) Read(into []byte) (int, error) { return f(into) }

func panickingReader(t *testing.T, count book.Counter) {
	leak.Check(t)
	_, err := count(context.Background(), readerFunc(func([]byte) (int, error) { panic("boom") }))
	var crash *process.Crash
	require.ErrorAs(t, err, &crash)
	require.Equal(t, "boom", crash.Value)
}

func cancelled(t *testing.T, count book.Counter) {
	leak.Check(t)
	ctx, cancel := context.WithCancel(context.Background())
	read := 0
	endless := readerFunc(func(into []byte) (int, error) {
		if read += len(into); read > 1<<20 {
			cancel()
		}
		return copy(into, "again and again\n"), nil
	})
	_, err := count(ctx, endless)
	require.ErrorIs(t, err, context.Canceled)
}

func cancelledBefore(t *testing.T, count book.Counter) {
	leak.Check(t)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := count(ctx, strings.NewReader(book.Opticks))
	require.ErrorIs(t, err, context.Canceled)
}

func stuckReader(t *testing.T, count book.Counter) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(context.Background())
		text, end := io.Pipe() // nothing is ever written
		bored := errors.New("bored")
		go func() {
			synctest.Wait()
			cancel(bored)
		}()
		_, err := count(ctx, text)
		require.ErrorIs(t, err, bored)
		end.Close() // lets the read return that was given up
	})
}
