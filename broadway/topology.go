package broadway

import (
	"context"
	"fmt"

	"github.com/stagecraft-go/stagecraft/stage"
)

// Topology is what a pipeline consists of. Names are those of components; the
// index of a process follows them: "Producer_0".
type Topology struct {
	Producers  []TopologyLayer
	Processors []TopologyLayer
	Batchers   []TopologyBatcher
}

// TopologyLayer is processes of one kind.
type TopologyLayer struct {
	Name        string
	Key         string // "default" for processors
	Concurrency int
}

// TopologyBatcher is a batcher with its batch processors, which Name and
// Concurrency are about.
type TopologyBatcher struct {
	TopologyLayer
	BatcherName string
}

func (e *engine[In, Out]) topology() (t Topology) {
	t.Producers = []TopologyLayer{{Name: "Producer", Concurrency: len(e.producers)}}
	t.Processors = []TopologyLayer{{"Processor_default", DefaultBatcher, len(e.workers)}}
	for _, b := range e.batchers {
		t.Batchers = append(t.Batchers, TopologyBatcher{
			TopologyLayer{batcherName("BatchProcessor", b.config.Name), b.config.Name, len(b.workers)},
			batcherName("Batcher", b.config.Name),
		})
	}
	return t
}

// setPaused implements control.
func (e *engine[In, Out]) setPaused(paused bool) {
	e.paused.Store(paused)
	e.tellProducers(pauseChanged)
}

// awaitPause implements control: a producer that works on demand hears of the
// pause behind it.
func (e *engine[In, Out]) awaitPause(ctx context.Context) {
	for _, slot := range e.producers {
		if h := slot.handle.Load(); h != nil {
			_, _ = stage.Call[error](ctx, h, push[In]{}) // one that is down emits nothing
		}
	}
}

// hurry implements control: until calm messages do not wait for others, and a
// pause holds none back.
func (e *engine[In, Out]) hurry() {
	e.hurried.Add(1)
	e.tellBatchers(hurryUp)
	e.tellProducers(pauseChanged)
}

// calm implements control.
func (e *engine[In, Out]) calm() {
	e.hurried.Add(-1)
	e.tellBatchers(hurryUp)
}

// limiter implements control.
func (e *engine[In, Out]) limiter(producer int) (*limiter, error) {
	if producer < 0 || producer >= len(e.limiters) {
		return nil, fmt.Errorf("%w: there is no producer %d", ErrNoRateLimit, producer)
	}
	if e.limiters[producer] == nil {
		return nil, ErrNoRateLimit
	}
	return e.limiters[producer], nil
}
