// Broadcast is an event manager: handlers attach and detach while the program
// runs, one crashes, one is slow, and one may miss events.
//
//	go run ./examples/broadcast
package main

import (
	"context"
	"io"

	"github.com/stagecraft-go/stagecraft/examples/internal/program"
)

func main() {
	program.Main("broadcast", func(ctx context.Context, _ []string, out io.Writer) error { return run(ctx, out) })
}

func run(ctx context.Context, out io.Writer) error {
	system, shutdown := program.NewSystem()
	defer shutdown()
	s, err := newStory(ctx, system, out)
	if err != nil {
		return err
	}
	for _, chapter := range []func(context.Context) error{
		s.attachAndSelect, s.attachLater, s.crash, s.detach, s.slow, s.slowButNotInTheWay,
	} {
		if err := chapter(ctx); err != nil {
			return err
		}
	}
	return nil
}
