package broadway

import (
	"context"
	"sync/atomic"

	"github.com/stagecraft-go/stagecraft/dispatcher"
	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/stage"
	"github.com/stagecraft-go/stagecraft/telemetry"
)

// producerSlot is one producer of a pipeline, whichever process that is.
type producerSlot[In any] struct {
	name        string
	index       int // of all producers of the pipeline
	ledger      *ledger[In]
	limiter     *limiter                 // nil: no limit
	partitionBy func(m *Message[In]) int // nil: none
	processors  int                      // partitions
	finite      bool                     // the source may end
	exhausted   func()                   // called once it has
	ended       atomic.Bool              // it has
	paused      *atomic.Bool             // the pipeline is
	handle      atomic.Pointer[stage.Producer[delivery[In]]]
}

func newProducerWorker[In any](c *core, slot *producerSlot[In]) *worker {
	return newWorker(c, telemetry.Producer, slot.name, "", slot.index)
}

// tell sends a message to the producer, if there is one.
func (s *producerSlot[In]) tell(m producerMessage) {
	if h := s.handle.Load(); h != nil {
		stage.Info(h, m)
	}
}

// producerMessage is what a producer is told by the pipeline.
type producerMessage uint8

const (
	emitAgain      producerMessage = iota + 1 // there is something in the ledger to emit again
	limitReset                                // an interval has begun
	pauseChanged                              // look at paused
	prepareToDrain                            // bring no more in
	drained                                   // what was emitted before has been dispatched
	lookAtSource                              // maybe it is not busy any more
	nextDemand                                // give a demand that was held back to the source
)

// dispatch is the dispatcher of producers.
func (s *producerSlot[In]) dispatch() dispatcher.Factory[delivery[In]] {
	if s.partitionBy == nil {
		return dispatcher.Demand[delivery[In]](dispatcher.ShuffleFirst())
	}
	return dispatcher.Partition(s.processors, func(d delivery[In]) int { return int(d.entry.partition) })
}

// startProducer starts a producer process of a source.
func (e *engine[In, Out]) startProducer(ctx context.Context, source, index int, slot *producerSlot[In]) (*process.Process, error) {
	p := &producer[In]{worker: newProducerWorker(&e.core, slot), slot: slot}
	start := e.sources[source].start
	if slot.ended.Load() { // all that is left to do is to emit again
		start = exhaustedSource[In]
	}
	inner, err := start(index, p.accept)
	if err != nil {
		return nil, err
	}
	p.inner, p.Adapter = inner, inner.Adapter
	opts := []stage.Option{stage.Dispatch[delivery[In]](p.dispatch), stage.OnSend(p.sees)}
	config := &e.config.Producers[source]
	if config.BufferSize != nil {
		opts = append(opts, stage.BufferSize(*config.BufferSize))
	}
	if config.BufferKeep != 0 {
		opts = append(opts, stage.BufferKeep(config.BufferKeep))
	}
	h, err := stage.StartProducer[delivery[In]](ctx, p, p.stageOptions(opts...)...)
	if err != nil {
		return nil, err
	}
	slot.handle.Store(h)
	slot.tell(emitAgain) // what came back while nobody was there
	slot.tell(pauseChanged)
	if e.draining.Load() { // the one before may have been told
		slot.tell(prepareToDrain)
	}
	return h.Process(), nil
}
