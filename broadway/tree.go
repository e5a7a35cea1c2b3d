package broadway

import (
	"context"
	"strconv"
	"time"

	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/supervisor"
)

func itoa(n int) string { return strconv.Itoa(n) }

func producerName(index int) string { return "Producer_" + itoa(index) }

// children are the processes of the pipeline, in the order of their start:
//
//	Supervisor                  rest_for_one
//	├ children of PrepareForStart
//	├ RateLimiter               if there is a limit
//	├ ProducerSupervisor        one_for_one
//	│ └ Producer_i
//	├ ProcessorSupervisor       one_for_all, no restarts
//	│ └ Processor_default_i
//	├ BatchersSupervisor        one_for_one; if there are batchers
//	│ └ BatcherSupervisor_b     rest_for_one
//	│   ├ Batcher_b
//	│   └ BatchProcessorSupervisor_b   one_for_all, no restarts
//	│     └ BatchProcessor_b_i
//	└ Terminator
func (e *engine[In, Out]) children(extra []supervisor.Spec) []supervisor.Spec {
	children := append([]supervisor.Spec(nil), extra...)
	children = append(children, e.rateLimiters()...)
	children = append(children, e.producerTree(), e.processorTree())
	if len(e.batchers) > 0 {
		children = append(children, e.batcherTree())
	}
	terminator := supervisor.Process("Terminator", func(ctx context.Context) (*process.Process, error) {
		return startTerminator(ctx, &terminator{core: &e.core, layers: e}, e.named("Terminator")...)
	})
	terminator.Shutdown = supervisor.Infinity() // the pipeline has the deadline
	return append(children, terminator)
}

// top are the options of the supervisor of all.
func (e *engine[In, Out]) top(self *process.Self) []supervisor.Option {
	return append(e.supervisor("Supervisor", supervisor.RestForOne, *e.config.Restarts.Max, e.config.Restarts.Within),
		supervisor.LinkTo(self), supervisor.In(e.system))
}

// supervisor are the options of a supervisor.
func (e *engine[In, Out]) supervisor(name string, strategy supervisor.StrategyKind, restarts int, within time.Duration) []supervisor.Option {
	opts := []supervisor.Option{supervisor.Strategy(strategy), supervisor.Intensity(restarts, within)}
	if e.name != "" {
		opts = append(opts, supervisor.Name(e.processName(name)))
	}
	return opts
}

// named registers a process that is no stage.
func (e *engine[In, Out]) named(component string) []process.StartOption {
	if e.name == "" {
		return nil
	}
	return []process.StartOption{process.WithName(e.processName(component))}
}

// worker is the spec of a worker, whose process goes into a slot.
func (e *engine[In, Out]) worker(name string, start func(ctx context.Context, parent *process.Process) (*process.Process, error)) supervisor.Spec {
	spec := supervisor.Process(name, func(ctx context.Context) (*process.Process, error) {
		return start(ctx, supervisor.Parent(ctx))
	})
	spec.Shutdown = supervisor.After(e.config.Shutdown)
	return spec
}

// rateLimiters are the processes of the limits there are.
func (e *engine[In, Out]) rateLimiters() (specs []supervisor.Spec) {
	for i, l := range e.limiters {
		if l == nil {
			continue
		}
		name := "RateLimiter"
		if len(specs) > 0 {
			name += "_" + itoa(i)
		}
		specs = append(specs, supervisor.Process(name, func(ctx context.Context) (*process.Process, error) {
			r := &rateLimiter{limiter: l, opened: func() {
				for _, slot := range e.producers {
					if slot.limiter == l {
						slot.tell(limitReset)
					}
				}
			}}
			return r.start(ctx, e.system, e.named(name)...)
		}))
	}
	return specs
}

func (e *engine[In, Out]) producerTree() supervisor.Spec {
	n := len(e.producers)
	var specs []supervisor.Spec
	for i := range e.config.Producers {
		for index := range e.config.Producers[i].Concurrency {
			slot := e.producers[len(specs)]
			specs = append(specs, e.worker(slot.name, func(ctx context.Context, _ *process.Process) (*process.Process, error) {
				return e.startProducer(ctx, i, index, slot)
			}))
		}
	}
	return supervisor.Tree("ProducerSupervisor",
		e.supervisor("ProducerSupervisor", supervisor.OneForOne, 2*n, time.Duration(n)*time.Second), specs...)
}

func (e *engine[In, Out]) processorTree() supervisor.Spec {
	var specs []supervisor.Spec
	for i := range e.workers {
		specs = append(specs, e.worker("Processor_default_"+itoa(i), func(ctx context.Context, parent *process.Process) (*process.Process, error) {
			p, err := e.startProcessor(ctx, i, parent)
			e.workers[i].Store(p)
			return p, err
		}))
	}
	return supervisor.Tree("ProcessorSupervisor", e.supervisor("ProcessorSupervisor", supervisor.OneForAll, 0, time.Second), specs...)
}

func (e *engine[In, Out]) batcherTree() supervisor.Spec {
	n := len(e.batchers)
	var specs []supervisor.Spec
	for _, slot := range e.batchers {
		batcher := e.worker(batcherName("Batcher", slot.config.Name), func(ctx context.Context, parent *process.Process) (*process.Process, error) {
			return e.startBatcher(ctx, slot, parent)
		})
		name := batcherName("BatcherSupervisor", slot.config.Name)
		specs = append(specs, supervisor.Tree(name, e.supervisor(name, supervisor.RestForOne, 4, 2*time.Second),
			batcher, e.batchProcessorTree(slot)))
	}
	return supervisor.Tree("BatchersSupervisor",
		e.supervisor("BatchersSupervisor", supervisor.OneForOne, 2*n, time.Duration(n)*time.Second), specs...)
}

func (e *engine[In, Out]) batchProcessorTree(slot *batcherSlot[Out]) supervisor.Spec {
	var specs []supervisor.Spec
	for i := range slot.workers {
		name := batcherName("BatchProcessor", slot.config.Name) + "_" + itoa(i)
		specs = append(specs, e.worker(name, func(ctx context.Context, parent *process.Process) (*process.Process, error) {
			p, err := e.startBatchProcessor(ctx, slot, i, parent)
			slot.workers[i].Store(p)
			return p, err
		}))
	}
	name := batcherName("BatchProcessorSupervisor", slot.config.Name)
	return supervisor.Tree(name, e.supervisor(name, supervisor.OneForAll, 0, time.Second), specs...)
}
