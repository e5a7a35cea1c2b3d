package benchmarks

import (
	"bufio"
	"bytes"
	"io"
	"iter"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/stagecraft-go/stagecraft/flow"
)

// BenchmarkWordCount counts the words of 200 MB; an op is a whole text.
func BenchmarkWordCount(b *testing.B) {
	wordCount(b, "stagecraft-merge", flowMerge)
	wordCount(b, "stagecraft-partition", flowPartition)
	wordCount(b, "loop", countInALoop)
	wordCount(b, "workers", countByWorkers)
}

type counts = map[string]int

func wordCount(b *testing.B, name string, count func(b *testing.B, r io.Reader) counts) {
	b.Run(name, func(b *testing.B) {
		words := 0
		for range b.N {
			b.StopTimer()
			text := openCorpus(b)
			runtime.GC()
			b.StartTimer()
			words = 0
			for _, n := range count(b, text) {
				words += n
			}
		}
		if want := wordsOfCorpus(b); words != want {
			b.Fatalf("%d words, not %d", words, want)
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(words), "ns/word")
	})
}

// wordsOfCorpus counts separators.
var wordsOfCorpus = func() func(b *testing.B) int {
	var once sync.Once
	words := 0
	return func(b *testing.B) int {
		once.Do(func() {
			text, err := io.ReadAll(openCorpus(b))
			if err != nil {
				b.Fatal(err)
			}
			words = bytes.Count(text, []byte(" ")) + bytes.Count(text, []byte("\n"))
		})
		return words
	}
}()

func newCounts() counts { return make(counts) }

func countWord(c counts, word string) counts {
	c[word]++
	return c
}

func addCounts(all, part counts) counts {
	for word, n := range part {
		all[word] += n
	}
	return all
}

// wordsOf are the words of a line.
func wordsOf(line string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for line := line; len(line) > 0; {
			word, rest, _ := strings.Cut(line, " ")
			line = rest
			if !yield(word) {
				return
			}
		}
	}
}

// flowMerge counts in each stage of the first layer, and merges at the end.
func flowMerge(b *testing.B, r io.Reader) counts {
	local := flow.Reduce(flow.FlatMap(flow.Lines(r), wordsOf), newCounts, countWord)
	total := flow.Departition(local.State(), newCounts, addCounts, func(c counts, _ flow.WindowID) counts { return c })
	for c, err := range total.All(b.Context()) {
		if err != nil {
			b.Fatal(err)
		}
		return c
	}
	return nil
}

// flowPartition sends each word to the stage that counts it.
func flowPartition(b *testing.B, r io.Reader) counts {
	byWord := flow.Partition(flow.FlatMap(flow.Lines(r), wordsOf))
	all := newCounts()
	for c, err := range flow.Reduce(byWord, newCounts, countWord).State().All(b.Context()) {
		if err != nil {
			b.Fatal(err)
		}
		all = addCounts(all, c)
	}
	return all
}

// countInALoop is one goroutine.
func countInALoop(_ *testing.B, r io.Reader) counts {
	t := make(tally)
	for lines := bufio.NewScanner(r); lines.Scan(); {
		t.count(lines.Bytes())
	}
	return t.counts()
}

// tally is counts that cost no allocation for a word that is known.
type tally map[string]*int

func (t tally) count(text []byte) {
	for len(text) > 0 {
		end := bytes.IndexAny(text, " \n")
		if end < 0 {
			end = len(text)
		}
		if n := t[string(text[:end])]; n != nil {
			*n++
		} else if end > 0 {
			one := 1
			t[string(text[:end])] = &one
		}
		text = text[min(end+1, len(text)):]
	}
}

func (t tally) counts() counts {
	c := newCounts()
	for word, n := range t {
		c[word] = *n
	}
	return c
}

// countByWorkers cuts the text at line ends into chunks for one goroutine per
// processor, each with counts of its own.
func countByWorkers(b *testing.B, r io.Reader) counts {
	const size = 1 << 20
	chunks := make(chan []byte, 4)
	free := sync.Pool{New: func() any { return make([]byte, 0, 2*size) }}
	parts := make(chan counts)
	workers := runtime.GOMAXPROCS(0)
	for range workers {
		go func() {
			t := make(tally)
			for chunk := range chunks {
				t.count(chunk)
				free.Put(chunk[:0])
			}
			parts <- t.counts()
		}()
	}
	var held []byte
	for {
		chunk := append(free.Get().([]byte), held...)
		n, err := io.ReadFull(r, chunk[len(chunk):len(chunk)+size])
		chunk = chunk[:len(chunk)+n]
		if err != nil {
			chunks <- chunk
			break
		}
		end := bytes.LastIndexByte(chunk, '\n') + 1
		held = append(held[:0], chunk[end:]...)
		chunks <- chunk[:end]
	}
	close(chunks)
	all := newCounts()
	for range workers {
		all = addCounts(all, <-parts)
	}
	return all
}
