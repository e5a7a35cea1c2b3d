// Package program is the frame around the examples: what a program does besides
// its work.
package program

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"time"

	"github.com/stagecraft-go/stagecraft/process"
)

// Main runs a program until it has ended or is interrupted. If it fails, the
// process exits with 1.
func Main(name string, run func(ctx context.Context, args []string, out io.Writer) error) {
	// The reason of a failure is printed below. That every stage logs it too
	// would be noise.
	slog.SetDefault(slog.New(slog.DiscardHandler))
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	context.AfterFunc(ctx, stop) // a second interrupt does not wait for the stages
	err := run(ctx, os.Args[1:], os.Stdout)
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintf(os.Stderr, "%s: %v\n", name, err)
		os.Exit(1)
	}
}

// NewSystem returns a system of processes that logs nothing, and how to shut it
// down. A process that is stuck in a callback is given up after a second.
func NewSystem() (system *process.System, shutdown func()) {
	system = process.NewSystem(process.WithLogger(slog.New(slog.DiscardHandler)))
	return system, func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		_ = system.Shutdown(ctx)
	}
}

// Parse parses the arguments of a program. It prints the usage if that is what
// is asked for; what else goes wrong is for Main to print, once.
func Parse(flags *flag.FlagSet, args []string) error {
	out := flags.Output()
	flags.SetOutput(io.Discard)
	err := flags.Parse(args)
	flags.SetOutput(out)
	if errors.Is(err, flag.ErrHelp) {
		flags.Usage()
	}
	return err
}
