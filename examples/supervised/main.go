// Supervised runs a small tree of supervisors, crashes two of its children on
// purpose, and prints the tree before and after.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"time"

	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/supervisor"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// run tells the whole story, in a system of processes of its own.
func run(ctx context.Context, out io.Writer) error {
	// The crashes are the point here: nobody needs to read of them twice.
	sys := process.NewSystem(process.WithLogger(slog.New(slog.DiscardHandler)))
	err := tell(ctx, sys, out)
	return errors.Join(err, sys.Shutdown(context.WithoutCancel(ctx)))
}

func tell(ctx context.Context, sys *process.System, out io.Writer) error {
	app, err := startApp(ctx, sys)
	if err != nil {
		return err
	}
	return app.story(ctx, out)
}

// app is the tree, and what the program knows of it.
type app struct {
	*supervisor.Supervisor
	system  *process.System
	started chan string   // children, by ID, as they start
	crash   chan struct{} // makes the heartbeat panic
}

// startApp starts the tree.
//
//	app                    one_for_one: its children have nothing to do with each other
//	├─ heartbeat           a function
//	└─ pipeline            rest_for_one: who reads from a stage is restarted with it
//	   ├─ numbers          a producer
//	   └─ sum              a consumer
func startApp(ctx context.Context, sys *process.System) (*app, error) {
	a := &app{system: sys, started: make(chan string, 100), crash: make(chan struct{})}
	watch := supervisor.OnEvent(func(e supervisor.Event) {
		if e.Kind == supervisor.ChildStarted {
			a.started <- e.ID
		}
	})
	heartbeat := supervisor.Func("heartbeat", a.heartbeat)
	heartbeat.Backoff = supervisor.Backoff{Initial: 10 * time.Millisecond, Max: time.Second, Jitter: 0.1}

	var err error
	a.Supervisor, err = supervisor.Start(ctx, []supervisor.Spec{
		heartbeat,
		supervisor.Tree("pipeline", []supervisor.Option{supervisor.Strategy(supervisor.RestForOne), watch}, pipeline(sys)...),
	}, supervisor.Name("app"), supervisor.In(sys), watch)
	return a, err
}

// heartbeat is a function under supervision: it runs until it is told to stop,
// or until something goes wrong.
func (a *app) heartbeat(ctx context.Context) error {
	for {
		select {
		case <-a.crash:
			panic("the heart stood still")
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (a *app) story(ctx context.Context, out io.Writer) error {
	if err := a.await(ctx, "heartbeat", "numbers", "sum"); err != nil {
		return err
	}
	if err := a.print(ctx, out, "At first:"); err != nil {
		return err
	}

	fmt.Fprintln(out, "\nThe producer is killed, and the heartbeat panics ...")
	numbers, _ := a.system.Whereis("numbers")
	numbers.Kill()
	a.crash <- struct{}{}

	if err := a.await(ctx, "heartbeat", "numbers", "sum"); err != nil {
		return err
	}
	if err := a.print(ctx, out, "\nAfterwards:"); err != nil {
		return err
	}
	return a.Stop(ctx, process.Shutdown)
}

// await waits until each of these children has been started once more.
func (a *app) await(ctx context.Context, ids ...string) error {
	missing := make(map[string]bool)
	for _, id := range ids {
		missing[id] = true
	}
	for len(missing) > 0 {
		select {
		case id := <-a.started:
			delete(missing, id)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

func (a *app) print(ctx context.Context, out io.Writer, title string) error {
	tree, err := a.Tree(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%s\n\n%s", title, tree)
	return nil
}
