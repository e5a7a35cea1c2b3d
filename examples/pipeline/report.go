package main

import (
	"fmt"
	"io"
	"os"

	"github.com/stagecraft-go/stagecraft/broadway"
)

// printReport prints what became of the numbers.
func printReport(out io.Writer, r broadway.Report, total counts, files *files) error {
	objects, err := os.ReadDir(files.objects)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "\n%d numbers: %d succeeded, %d dead letters, %d failed, %d unfinished\n",
		r.Received, r.Succeeded, r.DeadLettered, r.Failed, r.Unfinished)
	fmt.Fprintf(out, "%d retries\n", r.Retried)
	for _, name := range []string{sqs, s3} {
		b := total.batchers[name]
		fmt.Fprintf(out, "%-4s %6d numbers, batches: %s\n", name, b.done, b.sizes(batcherCounts{}))
	}
	_, err = fmt.Fprintf(out, "%d objects\n", len(objects))
	return err
}
