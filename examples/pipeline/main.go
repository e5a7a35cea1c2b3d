// Pipeline is an ingestion pipeline with two batchers: a counter feeds
// processors, which send even numbers to a queue file and odd ones to a folder
// of objects.
//
//	go run ./examples/pipeline [-n numbers] [-rate per-second] [-dir folder] [-live]
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"

	"github.com/stagecraft-go/stagecraft/broadway"
	"github.com/stagecraft-go/stagecraft/examples/internal/program"
	"github.com/stagecraft-go/stagecraft/telemetry"
)

func main() { program.Main("pipeline", run) }

func run(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("pipeline", flag.ContinueOnError)
	n := flags.Int("n", 10_000, "how many `numbers`; 0: until it is interrupted")
	rate := flags.Int("rate", 4_000, "numbers `per second`")
	dir := flags.String("dir", "", "where the files go, a `folder` (default: one that is removed at the end)")
	live := flags.Bool("live", isTerminal(out), "show every second what is going on (default: on a terminal)")
	if err := program.Parse(flags, args); err != nil {
		return err
	}
	temporary := *dir == ""
	if temporary {
		made, err := os.MkdirTemp("", "pipeline")
		if err != nil {
			return err
		}
		defer os.RemoveAll(made)
		*dir = made
	}
	files, err := openFiles(*dir)
	if err != nil {
		return err
	}
	defer files.close()
	if err := ingest(ctx, *n, *rate, files, *live, out); err != nil {
		return err
	}
	kept := ""
	if temporary {
		kept = " (removed now; -dir keeps them)"
	}
	_, err = fmt.Fprintf(out, "\nfiles in %s%s\n", *dir, kept)
	return err
}

// ingest runs the pipeline until it has ended, or ctx has and what was begun is
// done.
func ingest(ctx context.Context, n, rate int, files *files, live bool, out io.Writer) error {
	system, shutdown := program.NewSystem()
	defer shutdown()
	var hub telemetry.Hub
	seen := newView()
	if _, err := hub.Attach("view", seen); err != nil {
		return err
	}
	config := pipeline(n, rate, files)
	config.System, config.Telemetry = system, &hub
	p, err := broadway.Start(ctx, config) // the end of ctx drains it
	if err != nil {
		return err
	}
	if live {
		seen.show(ctx, out, p.Handle)
	}
	report, err := p.Wait(context.WithoutCancel(ctx))
	if err != nil {
		return err
	}
	if ctx.Err() != nil {
		fmt.Fprintf(out, "\nInterrupted, and drained in %v.\n", report.DrainTook)
	}
	return printReport(out, report, seen.now(), files)
}
