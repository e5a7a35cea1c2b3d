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
	"time"

	"github.com/stagecraft-go/stagecraft/flow"
)

// wordCounter counts the words of a text.
type wordCounter func(b *testing.B, r io.Reader) tally

// flowCounters are the flows that count words.
var flowCounters = []struct {
	name  string
	count wordCounter
}{
	{"stagecraft-merge", flowMerge},
	{"stagecraft-merge-lines", flowMergeLines},
	{"stagecraft-merge-chunks", flowMergeChunks},
	{"stagecraft-partition", flowPartition(1000)},
	{"stagecraft-partition-max4000", flowPartition(4000)},
}

// BenchmarkWordCount counts the words of 200 MB; an op is a whole text.
func BenchmarkWordCount(b *testing.B) {
	for _, c := range flowCounters {
		wordCount(b, c.name, c.count)
	}
	wordCount(b, "loop", countInALoop)
	wordCount(b, "workers", countByWorkers)
}

// BenchmarkWordCountByTurns counts the same text by a flow, the loop and the
// workers, one after the other, and again: how many times as fast as each of the
// two the flow is depends less on what else the machine does.
func BenchmarkWordCountByTurns(b *testing.B) {
	for _, c := range flowCounters {
		b.Run(c.name, func(b *testing.B) {
			var byFlow, byLoop, byWorkers time.Duration
			for range b.N {
				byFlow += timeOf(b, c.count)
				byLoop += timeOf(b, countInALoop)
				byWorkers += timeOf(b, countByWorkers)
			}
			b.ReportMetric(0, "ns/op") // of all three
			b.ReportMetric(float64(byLoop)/float64(byFlow), "x-loop")
			b.ReportMetric(float64(byWorkers)/float64(byFlow), "x-workers")
		})
	}
}

func timeOf(b *testing.B, count wordCounter) time.Duration {
	text := openCorpus(b)
	runtime.GC()
	began := time.Now()
	words := count(b, text).words()
	took := time.Since(began)
	if want := wordsOfCorpus(b); words != want {
		b.Fatalf("%d words, not %d", words, want)
	}
	return took
}

// tally is counts that cost no allocation for a word that is known.
type tally map[string]*int

func newTally() tally { return make(tally) }

// countWord clones a new word: it is a part of a text that must not be kept.
func countWord(t tally, word string) tally {
	if n := t[word]; n != nil {
		*n++
	} else {
		one := 1
		t[strings.Clone(word)] = &one
	}
	return t
}

var space, newline = []byte(" "), []byte("\n")

func (t tally) countAll(text []byte) {
	for len(text) > 0 {
		line, rest, _ := bytes.Cut(text, newline)
		for text = rest; len(line) > 0; {
			word, more, _ := bytes.Cut(line, space)
			if n := t[string(word)]; n != nil {
				*n++
			} else {
				one := 1
				t[string(word)] = &one
			}
			line = more
		}
	}
}

func merge(all, part tally) tally {
	for word, n := range part {
		if sum := all[word]; sum != nil {
			*sum += *n
		} else {
			all[word] = n
		}
	}
	return all
}

// words is how many have been counted.
func (t tally) words() (all int) {
	for _, n := range t {
		all += *n
	}
	return all
}

func wordCount(b *testing.B, name string, count wordCounter) {
	b.Run(name, func(b *testing.B) {
		words, peak := 0, uint64(0)
		for range b.N {
			b.StopTimer()
			text := openCorpus(b)
			runtime.GC()
			b.StartTimer()
			peak = max(peak, peakHeap(func() {
				words = count(b, text).words()
			}))
		}
		if want := wordsOfCorpus(b); words != want {
			b.Fatalf("%d words, not %d", words, want)
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(words), "ns/word")
		b.ReportMetric(float64(peak)/(1<<20), "peak-MB")
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

// wordsOf yields the words of a line.
func wordsOf(line string, yield func(word string) bool) {
	for len(line) > 0 {
		word, rest, _ := strings.Cut(line, " ")
		if line = rest; !yield(word) {
			return
		}
	}
}

// flowMerge counts in each stage of the first layer, and merges at the end.
func flowMerge(b *testing.B, r io.Reader) tally {
	words := flow.FlatMapYield(flow.Lines(r), wordsOf)
	return mergedTally(b, flow.Reduce(words, newTally, countWord))
}

// flowMergeLines is the same with lines as events, whose words are counted where
// they stand, as in a loop.
func flowMergeLines(b *testing.B, r io.Reader) tally {
	return mergedTally(b, flow.Reduce(flow.Lines(r), newTally, countLine))
}

func countLine(t tally, line string) tally {
	for len(line) > 0 {
		word, rest, _ := strings.Cut(line, " ")
		t, line = countWord(t, word), rest
	}
	return t
}

func mergedTally(b *testing.B, parts flow.Reduced[tally]) tally {
	total, err := flow.Combine(parts, merge).One(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	return total
}

// flowPartition sends each word to the stage that counts it.
func flowPartition(maxDemand int) wordCounter {
	return func(b *testing.B, r io.Reader) tally {
		byWord := flow.Partition(flow.FlatMapYield(flow.Lines(r), wordsOf), flow.MaxDemand(maxDemand))
		return collectTallies(b, flow.Reduce(byWord, newTally, countWord).State())
	}
}

func collectTallies(b *testing.B, f flow.Flow[tally]) tally {
	all := newTally()
	for t, err := range f.All(b.Context()) {
		if err != nil {
			b.Fatal(err)
		}
		all = merge(all, t)
	}
	return all
}

// countInALoop is one goroutine.
func countInALoop(_ *testing.B, r io.Reader) tally {
	t := newTally()
	for lines := bufio.NewScanner(r); lines.Scan(); {
		t.countAll(lines.Bytes())
	}
	return t
}

// flowMergeChunks is the same with chunks of many lines as events, whose memory is
// used again: what countByWorkers does, as a flow.
func flowMergeChunks(b *testing.B, r io.Reader) tally {
	free := make(freeChunks, 8)
	chunks := flow.FromSeq(chunksOf(r, free), flow.MaxDemand(4))
	return mergedTally(b, flow.Reduce(chunks, newTally, func(t tally, chunk []byte) tally {
		t.countAll(chunk)
		free.put(chunk)
		return t
	}))
}

// countByWorkers cuts the text at line ends into chunks for one goroutine per
// processor, each with counts of its own.
func countByWorkers(_ *testing.B, r io.Reader) tally {
	chunks := make(chan []byte, 4)
	free := make(freeChunks, 8)
	parts := make(chan tally)
	workers := runtime.GOMAXPROCS(0)
	for range workers {
		go func() {
			t := newTally()
			for chunk := range chunks {
				t.countAll(chunk)
				free.put(chunk)
			}
			parts <- t
		}()
	}
	for chunk := range chunksOf(r, free) {
		chunks <- chunk
	}
	close(chunks)
	all := newTally()
	for range workers {
		all = merge(all, <-parts)
	}
	return all
}

const chunkSize = 1 << 20

// freeChunks are chunks to be used again.
type freeChunks chan []byte

func (f freeChunks) get() []byte {
	select {
	case chunk := <-f:
		return chunk[:0]
	default:
		return make([]byte, 0, 2*chunkSize)
	}
}

func (f freeChunks) put(chunk []byte) {
	select {
	case f <- chunk:
	default:
	}
}

// chunksOf cuts a text at line ends.
func chunksOf(r io.Reader, free freeChunks) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		for held := []byte(nil); ; {
			chunk := append(free.get(), held...)
			n, err := io.ReadFull(r, chunk[len(chunk):len(chunk)+chunkSize])
			chunk = chunk[:len(chunk)+n]
			if err != nil {
				yield(chunk)
				return
			}
			end := bytes.LastIndexByte(chunk, '\n') + 1
			held = append(held[:0], chunk[end:]...)
			if !yield(chunk[:end]) {
				return
			}
		}
	}
}
