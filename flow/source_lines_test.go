package flow_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/flow"
)

func texts() map[string][]string {
	long := strings.Repeat("0123456789", 30_000) // several blocks
	block := strings.Repeat("x", 64<<10)
	return map[string][]string{
		"":                               nil,
		"\n":                             {""},
		"one":                            {"one"},
		"one\n":                          {"one"},
		"one\r\n":                        {"one"},
		"one\n\n":                        {"one", ""},
		"\n\none\r\n\r\ntwo\n\nlast":     {"", "", "one", "", "two", "", "last"},
		"a\rb\n\rc\r\r\n":                {"a\rb", "\rc\r"},
		"äöü\n日本\n":                      {"äöü", "日本"},
		long + "\n" + long:               {long, long},
		"short\n" + long + "\r\nshort":   {"short", long, "short"},
		block:                            {block},
		block + "\n" + block + "\nlast":  {block, block, "last"},
		block[1:] + "\n" + "next":        {block[1:], "next"},
		block[2:] + "\r\n" + "next\n":    {block[2:], "next"},
		strings.Repeat("many\n", 50_000): strings.Split(strings.Repeat("many ", 49_999)+"many", " "),
	}
}

// readers are ways in which a reader may give out a text.
func readers(text string) map[string]io.Reader {
	all := map[string]io.Reader{
		"whole":         strings.NewReader(text),
		"half":          iotest.HalfReader(strings.NewReader(text)),
		"end with data": iotest.DataErrReader(strings.NewReader(text)),
	}
	if len(text) < 1000 {
		all["bytes"] = iotest.OneByteReader(strings.NewReader(text))
	}
	return all
}

func TestLinesOfAText(t *testing.T) {
	sizes := asks()
	if raceDetector {
		sizes = sizes[:3]
	}
	for _, opts := range sizes {
		inWorld(t, func(w *world) {
			for text, want := range texts() {
				for how, r := range readers(text) {
					got := collect(w, flow.Lines(r, stagesOf(1, opts)...).Tap(func(string) {}))
					require.Equal(w, len(want), len(got), how)
					for i := range want {
						require.True(w, want[i] == got[i], "%s, line %d: %.20q", how, i, got[i])
					}
				}
			}
		})
	}
}

func TestLinesAloneAndInParallel(t *testing.T) {
	inWorld(t, func(w *world) {
		text := strings.Repeat("a b\n", 3000)
		assert.Len(w, collect(w, flow.Lines(strings.NewReader(text))), 3000)
		words := flow.FlatMap(flow.Lines(strings.NewReader(text), flow.Stages(3)), strings.FieldsSeq)
		assert.Len(w, collect(w, words), 6000)
	})
}

func TestAReadErrorEndsTheFlow(t *testing.T) {
	inWorld(t, func(w *world) {
		text := io.MultiReader(strings.NewReader("one\ntwo\nthr"), iotest.ErrReader(errBoom))
		var got []string
		var failure error
		for line, err := range flow.Lines(text, flow.MaxDemand(1)).Shuffle(flow.Stages(1), flow.MaxDemand(1)).All(background, w.in) {
			if err != nil {
				failure = err
				continue
			}
			got = append(got, line)
		}
		requireBlamed(w, failure, "Lines", 1)
		assert.ErrorIs(w, failure, errBoom)
		assert.Subset(w, []string{"one", "two"}, got, "half a line is none")
	})
}

// A reader that never gives anything is broken: see io.Reader.
func TestAReaderWithoutProgress(t *testing.T) {
	inWorld(t, func(w *world) {
		reads := 0
		err := flow.Lines(readFunc(func([]byte) (int, error) {
			if reads++; reads > 1_000_000 {
				return 0, errors.New("read a million times")
			}
			return 0, nil
		})).Run(background, w.in)
		requireBlamed(w, err, "Lines", 1)
		assert.ErrorIs(w, err, io.ErrNoProgress)
	})
}

func TestTextIsReadAsFarAsIsAskedFor(t *testing.T) {
	inWorld(t, func(w *world) {
		read, g := 0, newGate()
		text := readFunc(func(p []byte) (int, error) {
			if read == 100_000 {
				return 0, io.EOF
			}
			read++
			return copy(p, "line\n"), nil
		})
		job := start(w, flow.Lines(text, flow.Stages(1), flow.MaxDemand(10)).Tap(func(string) { g.Await() }))
		w.settle()
		assert.LessOrEqual(w, read, 10)
		g.Open()
		require.NoError(w, job.Wait(background))
		assert.Equal(w, 100_000, read)
	})
}

// TestLinesDoNotWaitForTheNextBlock: whoever follows a slow text sees each line
// when it is there.
func TestLinesDoNotWaitForTheNextBlock(t *testing.T) {
	inWorld(t, func(w *world) {
		r, text := io.Pipe()
		var got []string
		job := start(w, flow.Lines(r, flow.Stages(1)).Tap(func(line string) { got = append(got, line) }))
		for _, line := range []string{"one\n", "two\nthr", "ee\n"} {
			_, err := io.WriteString(text, line)
			require.NoError(w, err)
		}
		w.settle()
		assert.Equal(w, []string{"one", "two", "three"}, got)
		require.NoError(w, text.Close())
		require.NoError(w, job.Wait(background))
	})
}

// An error that wraps io.EOF is one: the connection was lost, for instance.
func TestAnErrorThatWrapsTheEnd(t *testing.T) {
	inWorld(t, func(w *world) {
		lost := fmt.Errorf("connection lost: %w", io.EOF)
		err := flow.Lines(io.MultiReader(strings.NewReader("a\n"), iotest.ErrReader(lost))).Run(background, w.in)
		requireBlamed(w, err, "Lines", 1)
		assert.ErrorIs(w, err, lost)
	})
}

// A reader is read once: twice at the same time would give each half of it, and
// twice in a row nothing.
func TestAReaderIsReadOnce(t *testing.T) {
	inWorld(t, func(w *world) {
		lines := func() flow.Flow[string] { return flow.Lines(strings.NewReader("a\nb\n")) }
		always := func(string) bool { return true }
		f := lines()
		assert.Len(w, collect(w, f), 2)
		requireUsed(w, f.Run(background, w.in), 1)
		f = lines()
		requireUsed(w, flow.Union(f.Filter(always), f.Filter(always)).Run(background, w.in), 3)
		f = lines()
		lengths := flow.Map(f, func(line string) int { return len(line) })
		requireUsed(w, flow.Join(flow.Inner, lengths, lengths, same, same).Run(background, w.in), 3)
		// A run that has not come to it has not read it.
		f = lines()
		ctx, cancel := context.WithCancel(background)
		cancel()
		assert.ErrorIs(w, f.Run(ctx, w.in), context.Canceled)
		assert.Len(w, collect(w, f), 2)
	})
}

func requireUsed(w *world, err error, at int) {
	w.Helper()
	requireBlamed(w, err, "Lines", at)
	assert.ErrorIs(w, err, flow.ErrReaderUsed)
	assert.Zero(w, w.sys.Count())
}

// With a search from the beginning at each read this took 8 GB of looking.
func TestALongLineIsSearchedOnce(t *testing.T) {
	inWorld(t, func(w *world) {
		const size = 8 << 20
		left := strings.Repeat("x", size)
		text := readFunc(func(p []byte) (int, error) { // in small pieces
			if left == "" {
				return 0, io.EOF
			}
			n := copy(p, left[:min(4096, len(left))])
			left = left[n:]
			return n, nil
		})
		got := collect(w, flow.Lines(io.MultiReader(text, strings.NewReader("\nshort\n"))))
		require.Len(w, got, 2)
		assert.Len(w, got[0], size)
	})
}
