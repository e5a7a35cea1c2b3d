// Topk_logs finds the most requested URLs of each minute of a web server's
// access log. Without one it makes one up.
//
//	go run ./examples/topk_logs [-log file] [-size MiB]
package main

import (
	"context"
	"errors"
	"flag"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/stagecraft-go/stagecraft/examples/internal/program"
)

func main() { program.Main("topk_logs", run) }

func run(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("topk_logs", flag.ContinueOnError)
	name := flags.String("log", "", "the log, a `file`; it is made up if it does not exist (default: one that is removed at the end)")
	mebibytes := flags.Int("size", 50, "size of a log that is made up, in `MiB`, at least")
	if err := program.Parse(flags, args); err != nil {
		return err
	}
	if *name == "" {
		dir, err := os.MkdirTemp("", "topk_logs")
		if err != nil {
			return err
		}
		defer os.RemoveAll(dir)
		*name = filepath.Join(dir, "access.log")
	}
	if _, err := os.Stat(*name); errors.Is(err, fs.ErrNotExist) {
		if err := writeLog(ctx, *name, *mebibytes<<20); err != nil {
			return err
		}
	}
	log, err := os.Open(*name)
	if err != nil {
		return err
	}
	defer log.Close()
	begin := time.Now()
	found, err := analyse(ctx, log)
	if err != nil {
		return err
	}
	return report(out, found, time.Since(begin))
}
