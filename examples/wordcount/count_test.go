package main

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

	"github.com/stagecraft-go/stagecraft/internal/leak"
	"github.com/stagecraft-go/stagecraft/process"
)

// countPlainly is the same work done by one goroutine.
func countPlainly(text string) Counts {
	counts := make(Counts)
	for word := range words(text) {
		counts[word]++
	}
	return counts
}

// requireSame counts a text with stages and compares.
func requireSame(t *testing.T, text string, o options) {
	t.Helper()
	got, err := count(context.Background(), strings.NewReader(text), o)
	require.NoError(t, err)
	require.Equal(t, countPlainly(text), got)
}

func TestOpticks(t *testing.T) {
	leak.Check(t)
	requireSame(t, opticks, options{})
	requireSame(t, opticks, options{splitters: 1, talliers: 1})
	requireSame(t, opticks, options{splitters: 5, talliers: 7, maxLines: 3, maxWords: 10})
}

func TestCorners(t *testing.T) {
	long := strings.Repeat("to be or not to be ", 100_000) // 1.9 MB
	for name, text := range map[string]string{
		"empty":             "",
		"no word":           "\n\n . \n",
		"no newline at end": "one\ntwo",
		"one word":          "word",
		"long lines":        long + "\n" + long,
		"long word":         strings.Repeat("x", 1<<20+1) + " y",
		"no UTF-8":          "a\xffb\n\xc3\n\xa6 Æ\xe6\x97\n\x00",
		"CRLF":              "a b\r\nc\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			leak.Check(t)
			requireSame(t, text, options{})
		})
	}
}

func TestRandomTexts(t *testing.T) {
	leak.Check(t)
	r := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		o := options{
			splitters: 1 + r.IntN(4),
			talliers:  1 + r.IntN(4),
			maxLines:  1 + r.IntN(10),
			maxWords:  1 + r.IntN(10),
		}
		requireSame(t, randomText(r), o)
	}
}

// randomText has few different words, so that they repeat, and lines of all
// lengths, so that some talliers starve while others have too much.
func randomText(r *rand.Rand) string {
	pieces := []string{"the ", "The", " light\n", "it's ", "\n", "\n\n", "é", "\xff", "x", ", "}
	var text strings.Builder
	for range r.IntN(300) {
		text.WriteString(pieces[r.IntN(len(pieces))])
	}
	return text.String()
}

func TestFailingSource(t *testing.T) {
	leak.Check(t)
	broken := errors.New("disk on fire")
	text := io.MultiReader(strings.NewReader(opticks), iotest.ErrReader(broken))
	counts, err := count(context.Background(), text, options{})
	require.ErrorIs(t, err, broken)
	require.EqualError(t, err, "reading the text: disk on fire")
	require.Nil(t, counts)
}

// readerFunc makes a text of a function.
type readerFunc func(into []byte) (int, error)

func (f readerFunc) Read(into []byte) (int, error) { return f(into) }

func TestPanickingSource(t *testing.T) {
	leak.Check(t)
	_, err := count(context.Background(), readerFunc(func([]byte) (int, error) { panic("boom") }), options{})
	var crash *process.Crash
	require.ErrorAs(t, err, &crash)
	require.Equal(t, "boom", crash.Value)
}

func TestCancelled(t *testing.T) {
	leak.Check(t)
	ctx, cancel := context.WithCancel(context.Background())
	read := 0
	endless := readerFunc(func(into []byte) (int, error) {
		if read += len(into); read > 1<<20 {
			cancel()
		}
		return copy(into, "again and again\n"), nil
	})
	_, err := count(ctx, endless, options{})
	require.ErrorIs(t, err, context.Canceled)

	_, err = count(ctx, strings.NewReader(opticks), options{})
	require.ErrorIs(t, err, context.Canceled, "before the start")
}

func TestCancelledWhileTheSourceIsStuck(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(context.Background())
		text, end := io.Pipe() // nothing is ever written
		bored := errors.New("bored")
		go func() {
			synctest.Wait()
			cancel(bored)
		}()
		_, err := count(ctx, text, options{})
		require.ErrorIs(t, err, bored)
		end.Close() // lets the read return that was given up
	})
}
