// Consumersupervisor starts one worker process for each job, and never more than
// four at a time. It draws when which job was worked on.
//
//	go run ./examples/consumersupervisor [-max workers] [-min workers]
package main

import (
	"context"
	"flag"
	"io"
	"slices"

	"github.com/stagecraft-go/stagecraft/examples/internal/program"
	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/stage"
	"github.com/stagecraft-go/stagecraft/supervisor"
)

func main() { program.Main("consumersupervisor", run) }

func run(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("consumersupervisor", flag.ContinueOnError)
	most := flags.Int("max", 4, "`workers` that may run at the same time")
	least := flags.Int("min", 0, "ask for more jobs when so many `workers` have ended")
	if err := program.Parse(flags, args); err != nil {
		return err
	}
	system, shutdown := program.NewSystem()
	defer shutdown()
	s := newShop()
	if err := s.work(ctx, system, *most, *least); err != nil {
		return err
	}
	return s.draw(out)
}

// work does all jobs, each in a process of its own.
func (s *shop) work(ctx context.Context, system *process.System, most, least int) error {
	source, err := stage.FromSeq(ctx, slices.Values(jobs), stage.In(system))
	if err != nil {
		return err
	}
	worker := supervisor.Each(s.do)
	worker.Restart = supervisor.Transient // one that fails is started again, with its job
	workers, err := supervisor.StartConsumerSupervisor(ctx, worker,
		// When the jobs have come to an end, workers go on.
		stage.From(source, stage.MaxDemand(most), stage.MinDemand(least), stage.OnCancel(stage.Transient)))
	if err != nil {
		return err
	}
	select {
	case <-s.allDone:
		return workers.Stop(ctx, process.Normal)
	case <-workers.Done():
		return workers.Err()
	}
}
