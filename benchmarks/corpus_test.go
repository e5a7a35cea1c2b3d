package benchmarks

import (
	"bufio"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"testing"
)

// corpusSize is that of the text whose words are counted.
const corpusSize = 200 << 20

// corpus is a text of lines of 5 to 15 words out of 50 000, the nth most
// frequent of which occurs 1/n times as often as the first. It is made once,
// and always the same. STAGECRAFT_CORPUS is where it is kept for others to read.
var corpus = sync.OnceValues(func() (path string, err error) {
	if path = os.Getenv("STAGECRAFT_CORPUS"); path != "" {
		if _, err := os.Stat(path); err == nil {
			return path, nil
		}
		if err := writeCorpus(path+".part", corpusSize); err != nil {
			return "", err
		}
		return path, os.Rename(path+".part", path)
	}
	dir, err := os.MkdirTemp("", "stagecraft-corpus-")
	if err != nil {
		return "", err
	}
	corpusDir = dir
	path = filepath.Join(dir, "words.txt")
	return path, writeCorpus(path, corpusSize)
})

var corpusDir string

func TestMain(m *testing.M) {
	code := m.Run()
	if corpusDir != "" {
		os.RemoveAll(corpusDir)
	}
	os.Exit(code)
}

func writeCorpus(path string, size int) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	rng := rand.New(rand.NewPCG(20240607, 0))
	draw := newZipf(rng, vocabulary(rng, 50_000))
	w := bufio.NewWriterSize(f, 1<<20)
	for written := 0; written < size; {
		for left := 5 + rng.IntN(11); left > 0; left-- {
			n, _ := w.WriteString(draw())
			separator := byte(' ')
			if left == 1 {
				separator = '\n'
			}
			w.WriteByte(separator)
			written += n + 1
		}
	}
	return w.Flush()
}

// vocabulary is n different words; frequent ones are short.
func vocabulary(rng *rand.Rand, n int) []string {
	words := make([]string, 0, n)
	seen := make(map[string]bool, n)
	for len(words) < n {
		length := 2 + int(6*math.Log(float64(len(words)+1))/math.Log(float64(n))) + rng.IntN(3)
		word := make([]byte, length)
		for i := range word {
			word[i] = byte('a' + rng.IntN(26))
		}
		if !seen[string(word)] {
			seen[string(word)] = true
			words = append(words, string(word))
		}
	}
	return words
}

// newZipf draws words, the nth with weight 1/n. A table of draws is quicker
// than a search for each.
func newZipf(rng *rand.Rand, words []string) func() string {
	const size = 1 << 20
	sum := 0.0
	for i := range words {
		sum += 1 / float64(i+1)
	}
	table := make([]int32, 0, size)
	at := 0.0
	for i := range words {
		at += 1 / float64(i+1) / sum
		for len(table) < int(at*size) {
			table = append(table, int32(i))
		}
	}
	return func() string { return words[table[rng.IntN(len(table))]] }
}

// openCorpus opens the text.
func openCorpus(b *testing.B) *os.File {
	b.Helper()
	path, err := corpus()
	if err != nil {
		b.Fatal(err)
	}
	f, err := os.Open(path)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { f.Close() })
	return f
}
