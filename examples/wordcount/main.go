// Wordcount counts the words of a file, or of Newton's Opticks if none is given,
// with stages.
//
//	go run ./examples/wordcount [file]
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	progress := io.Discard
	if isTerminal(os.Stderr) {
		progress = os.Stderr
	}
	err := run(ctx, os.Args[1:], os.Stdout, progress)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "wordcount:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out, progress io.Writer) error {
	text, size, err := open(args)
	if err != nil {
		return err
	}
	defer text.Close()
	begin := time.Now()
	watched := newProgress(text, size, progress)
	counts, err := count(ctx, watched, options{})
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
