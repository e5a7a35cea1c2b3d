package book

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/stagecraft-go/stagecraft/examples/internal/program"
	"github.com/stagecraft-go/stagecraft/examples/internal/tally"
)

const usage = "usage: %s [file]\ncounts the words of a file, or of Newton's Opticks if none is given\n"

// Counter counts the words of a text, which it reads to its end.
type Counter func(ctx context.Context, text io.Reader) (tally.Counts, error)

// Run counts the words of the file that the arguments name, or of Opticks, and
// prints the most frequent ones.
func Run(ctx context.Context, args []string, out io.Writer, count Counter) error {
	progress := io.Discard
	if isTerminal(os.Stderr) {
		progress = os.Stderr
	}
	return run(ctx, args, out, progress, count)
}

func run(ctx context.Context, args []string, out, progress io.Writer, count Counter) error {
	flags := flag.NewFlagSet("", flag.ContinueOnError)
	flags.Usage = func() { fmt.Fprintf(flags.Output(), usage, filepath.Base(os.Args[0])) }
	if err := program.Parse(flags, args); err != nil {
		return err
	}
	text, size, err := open(flags.Args())
	if err != nil {
		return err
	}
	defer text.Close()
	begin := time.Now()
	watched := newProgress(text, size, progress)
	counts, err := count(ctx, watched)
	watched.clear()
	if err != nil {
		return err
	}
	return report(out, counts, time.Since(begin))
}

// isTerminal tells whether somebody watches.
func isTerminal(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
