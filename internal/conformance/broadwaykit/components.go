package broadwaykit

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/stagecraft-go/stagecraft/broadway"
	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/supervisor"
)

// extraName is the child that a start hook adds.
const extraName = "Extra"

func producerName(index int) string { return "Producer_" + strconv.Itoa(index) }

// extra is the spec of that child.
func (b *bench) extra() supervisor.Spec {
	return supervisor.Process(extraName, func(ctx context.Context) (*process.Process, error) {
		return b.system.Start(ctx, idle{}, process.WithName(pipelineName+".Broadway."+extraName))
	})
}

// idle does nothing.
type idle struct{}

// Init implements process.Behaviour.
func (idle) Init(*process.Self) error { return nil }

// Handle implements process.Behaviour.
func (idle) Handle(*process.Self, any) error { return nil }

// Terminate implements process.Behaviour.
func (idle) Terminate(*process.Self, error) {}

// components are the names that a pipeline can have, in order.
func components(t broadway.Topology) []string {
	names := []string{
		"Supervisor", extraName, "RateLimiter", "ProducerSupervisor", "ProcessorSupervisor", "BatchersSupervisor", "Terminator",
	}
	add := func(l broadway.TopologyLayer) {
		for i := range l.Concurrency {
			names = append(names, fmt.Sprintf("%s_%d", l.Name, i))
		}
	}
	for _, l := range slices.Concat(t.Producers, t.Processors) {
		add(l)
	}
	for _, b := range t.Batchers {
		add(b.TopologyLayer)
		names = append(names, b.BatcherName, "BatcherSupervisor_"+b.Key, "BatchProcessorSupervisor_"+b.Key)
	}
	slices.Sort(names)
	return names
}

// living are the components that there are now.
func (r *replay) living() map[string]*process.Process {
	living := make(map[string]*process.Process)
	for _, name := range components(r.pipeline.Topology()) {
		if p, ok := r.process(name); ok {
			living[name] = p
		}
	}
	return living
}

// restarts tells which of the first components are still the same.
func (r *replay) restarts() any {
	kept, replaced := []string{}, []string{}
	now := r.living()
	for _, name := range slices.Sorted(maps.Keys(r.first)) {
		if now[name] == r.first[name] {
			kept = append(kept, name)
		} else {
			replaced = append(replaced, name)
		}
	}
	return map[string]any{"kept": kept, "replaced": replaced}
}

// watcher notes in which order components end. Monitors are told of an end
// before links, and so before a supervisor goes on.
type watcher struct {
	*bench
	watched map[*process.Ref]string
}

// Init implements process.Behaviour.
func (w *watcher) Init(self *process.Self) error {
	for ref := range w.watched {
		p, _ := w.process(w.watched[ref])
		self.MonitorWith(ref, p.PID())
	}
	return nil
}

// Handle implements process.Behaviour.
func (w *watcher) Handle(_ *process.Self, msg any) error {
	if down, ok := msg.(*process.Down); ok {
		w.journal.note(func(r *record) {
			if r.stopping {
				r.ended = append(r.ended, w.watched[down.Ref])
			}
		})
	}
	return nil
}

// Terminate implements process.Behaviour.
func (w *watcher) Terminate(*process.Self, error) {}

// watch begins to watch the components that there are.
func (r *replay) watch() error {
	w := &watcher{r.bench, make(map[*process.Ref]string)}
	for name := range r.first {
		w.watched[process.NewRef()] = name
	}
	_, err := r.system.Start(context.Background(), w)
	return err
}

// topology is the topology as recordings have it.
func (r *replay) topology() any {
	layers := func(of []broadway.TopologyLayer, keyed bool) []any {
		all := []any{}
		for _, l := range of {
			e := map[string]any{"name": "P.Broadway." + l.Name, "concurrency": l.Concurrency}
			if keyed {
				e["processor_key"] = l.Key
			}
			all = append(all, e)
		}
		return all
	}
	t := r.pipeline.Topology()
	batchers := []any{}
	for _, b := range t.Batchers {
		batchers = append(batchers, map[string]any{
			"name": "P.Broadway." + b.Name, "concurrency": b.Concurrency,
			"batcher_key": b.Key, "batcher_name": "P.Broadway." + b.BatcherName,
		})
	}
	return map[string]any{"producers": layers(t.Producers, false), "processors": layers(t.Processors, true), "batchers": batchers}
}

// producerNames are the names of the producers.
func (r *replay) producerNames() any {
	names := []string{}
	for _, l := range r.pipeline.Topology().Producers {
		for i := range l.Concurrency {
			names = append(names, fmt.Sprintf("P.Broadway.%s_%d", l.Name, i))
		}
	}
	return names
}
