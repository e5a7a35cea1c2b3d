package book

import (
	"bufio"
	"fmt"
	"io"
	"time"
	"unicode/utf8"

	"github.com/stagecraft-go/stagecraft/examples/internal/tally"
)

// shown is the number of words that are printed.
const shown = 20

// report prints the most frequent words and the totals.
func report(out io.Writer, counts tally.Counts, took time.Duration) error {
	top := counts.Top(shown)
	width, digits := 0, 0
	for _, word := range top {
		width = max(width, utf8.RuneCountInString(word.Text))
		digits = max(digits, len(fmt.Sprint(word.N)))
	}
	buffered := bufio.NewWriter(out)
	for _, word := range top {
		fmt.Fprintf(buffered, "%-*s  %*d\n", width, word.Text, digits, word.N)
	}
	fmt.Fprintf(buffered, "\n%d words, %d distinct, in %v\n", counts.Total(), len(counts), took.Round(time.Millisecond))
	return buffered.Flush()
}
