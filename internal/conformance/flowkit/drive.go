package flowkit

import (
	"context"
	"errors"
	"fmt"
	"testing/synctest"

	"github.com/stagecraft-go/stagecraft/flow"
	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/supervisor"
)

// run builds the flow of a scenario, consumes it, and returns what it gave.
func (b *bench) run(s *Scenario) (Expect, error) {
	f, err := b.build(s.Flow, s.Drive.drops())
	if err != nil {
		return Expect{}, err
	}
	got, err := b.drive(s.Drive, f)
	synctest.Wait()
	got.Tapped, got.OnInit = b.tapped, b.inits
	if s.Drive.exits() {
		got.Exit = exitOf(err)
		return got, nil
	}
	got.Error, err = errorOf(err)
	return got, err
}

// exits says that the end of the flow is compared, not its error.
func (d Drive) exits() bool { return d.How == "start" || d.How == "supervised" || d.How == "into" }

func exitOf(err error) string {
	if err != nil {
		return "shutdown"
	}
	return "normal"
}

// errorOf is the kind of an error of a flow.
func errorOf(err error) (kind string, unexpected error) {
	var program *flow.ProgramError
	switch {
	case err == nil:
		return "", nil
	case errors.As(err, &program):
		return "config", nil
	case isCrash(err):
		return "crash", nil
	}
	return "", err
}

// isCrash says that an operation has failed, or a stage that is not the flow's.
// That one returns an error; what panics must be known as an operation.
func isCrash(err error) bool {
	var op *flow.OpError
	var panicked *process.Crash
	return errors.As(err, &op) || errors.Is(err, errRaised) && !errors.As(err, &panicked)
}

func (b *bench) drive(d Drive, f flow.Flow[Value]) (got Expect, err error) {
	in := flow.In(b.system)
	switch d.How {
	case "", "to_list", "unlinked":
		got.Events, err = f.Collect(b.ctx, in)
	case "take":
		got.Events, err = b.take(f, d.N)
	case "run":
		err = f.Run(b.ctx, in)
	case "start":
		err = wait(b.ctx)(f.Start(b.ctx, in))
	case "supervised":
		err = b.supervise(func(ctx context.Context) error { return f.Run(ctx, in) })
	case "into":
		got.Sunk, err = b.into(f, d)
	default:
		err = fmt.Errorf("unknown drive %q", d.How)
	}
	return got, err
}

func (b *bench) take(f flow.Flow[Value], n int) (events []Value, err error) {
	for e, err := range f.All(b.ctx, flow.In(b.system)) {
		if err != nil {
			return events, err
		}
		if events = append(events, e); len(events) == n {
			break
		}
	}
	return events, nil
}

// wait is the end of a job that may have started.
func wait(ctx context.Context) func(*flow.Job, error) error {
	return func(job *flow.Job, err error) error {
		if err != nil {
			return err
		}
		return job.Wait(ctx)
	}
}

// supervise runs a function as a child that is not started again.
func (b *bench) supervise(run func(context.Context) error) error {
	ended := make(chan error, 1)
	child := supervisor.Func("flow", func(ctx context.Context) error {
		err := run(ctx)
		ended <- err
		return err
	})
	child.Restart = supervisor.Temporary
	if _, err := supervisor.Start(b.ctx, []supervisor.Spec{child}, supervisor.In(b.system)); err != nil {
		return err
	}
	return <-ended
}
