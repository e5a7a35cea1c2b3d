package main

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"
	"unicode/utf8"
)

// shown is the number of words that are printed.
const shown = 20

// report prints the most frequent words and the totals.
func report(out io.Writer, counts Counts, took time.Duration) error {
	top := counts.top(shown)
	width, digits := 0, 0
	for _, word := range top {
		width = max(width, utf8.RuneCountInString(word))
		digits = max(digits, len(fmt.Sprint(counts[word])))
	}
	buffered := bufio.NewWriter(out)
	for _, word := range top {
		fmt.Fprintf(buffered, "%-*s  %*d\n", width, word, digits, counts[word])
	}
	fmt.Fprintf(buffered, "\n%d words, %d distinct, in %v\n", counts.total(), len(counts), took.Round(time.Millisecond))
	return buffered.Flush()
}

// top are the n most frequent words; of equally frequent ones, the first in
// alphabetical order.
func (c Counts) top(n int) []string {
	ordered := slices.SortedFunc(maps.Keys(c), func(a, b string) int {
		return cmp.Or(cmp.Compare(c[b], c[a]), cmp.Compare(a, b))
	})
	return ordered[:min(n, len(ordered))]
}

func (c Counts) total() int {
	total := 0
	for _, n := range c {
		total += n
	}
	return total
}
