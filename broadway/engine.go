package broadway

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/stage"
)

// engine is a pipeline with its types: the slots that processes come and go in.
type engine[In, Out any] struct {
	core
	config       Config[In, Out]
	sources      []opened[In] // by producer of the config
	limiters     []*limiter   // likewise; nil without a limit
	producers    []*producerSlot[In]
	processors   []atomic.Pointer[stage.ProducerConsumer[delivery[In], *Message[Out]]]
	workers      []atomic.Pointer[process.Process] // the processors' processes
	batchers     []*batcherSlot[Out]
	batcherIndex map[string]int32
	outs         sync.Pool // of *loan[Out]
	paused       atomic.Bool
	running      atomic.Int32 // producers whose source has not ended
}

// batcherSlot is one batcher of a pipeline with its batch processors.
type batcherSlot[T any] struct {
	config  *Batcher[T]
	index   int
	handle  atomic.Pointer[stage.ProducerConsumer[*Message[T], *Batch[T]]]
	workers []atomic.Pointer[process.Process]
}

// newEngine lays a pipeline out. Nothing runs yet.
func newEngine[In, Out any](ctx context.Context, config Config[In, Out]) *engine[In, Out] {
	e := &engine[In, Out]{config: config, batcherIndex: make(map[string]int32)}
	e.name, e.system, e.hub, e.watch = config.Name, config.System, config.Telemetry, config.Watch
	e.alive = make(map[uint32]*process.Process)
	e.through = make(map[uint32]bool)
	e.retries = retries{policy: config.Retry, timers: make(map[*record]pending)}
	e.handle = &Handle{core: &e.core, control: e}
	e.dead = config.DeadLetter != nil
	for i := range config.Producers {
		e.addProducers(ctx, &config.Producers[i])
	}
	e.processors = make([]atomic.Pointer[stage.ProducerConsumer[delivery[In], *Message[Out]]], config.Processors.Concurrency)
	e.workers = make([]atomic.Pointer[process.Process], config.Processors.Concurrency)
	for i := range config.Batchers {
		b := &config.Batchers[i]
		e.batchers = append(e.batchers, &batcherSlot[Out]{
			config: b, index: i, workers: make([]atomic.Pointer[process.Process], b.Concurrency),
		})
		e.batcherIndex[b.Name] = int32(i)
	}
	return e
}

// addProducers makes the slots of a source.
func (e *engine[In, Out]) addProducers(ctx context.Context, p *Producer[In]) {
	var l *limiter
	if p.RateLimit != (RateLimit{}) {
		l = newLimiter(p.RateLimit)
	}
	e.sources = append(e.sources, p.Source.open(e.pipelineOf(ctx, len(e.producers))))
	e.limiters = append(e.limiters, l)
	for range p.Concurrency {
		slot := &producerSlot[In]{
			name:        producerName(len(e.producers)),
			index:       len(e.producers),
			limiter:     l,
			partitionBy: e.config.Processors.PartitionBy,
			processors:  e.config.Processors.Concurrency,
			finite:      p.Source.finite,
			exhausted:   e.sourceEnded,
			paused:      &e.paused,
		}
		slot.ledger = &ledger[In]{core: &e.core, deadLetter: e.config.DeadLetter, wake: func() { slot.tell(emitAgain) }}
		e.producers = append(e.producers, slot)
		e.ledgers = append(e.ledgers, slot.ledger)
		e.running.Add(1)
	}
}

// pipelineOf is the pipeline as the source sees it whose first slot this is.
func (e *engine[In, Out]) pipelineOf(ctx context.Context, slot int) pipelineOf[In] {
	ctx = context.WithValue(context.WithoutCancel(ctx), workerKey{}, e.asWorker())
	return pipelineOf[In]{
		ctx:    ctx,
		paused: e.paused.Load,
		late:   func(messages []Message[In]) { e.producers[slot].ledger.refuse(ctx, messages, stopping) },
	}
}

// slots implements producerSlots.
func (e *engine[In, Out]) slots() []*producerSlot[In] { return e.producers }

// resubscribeInterval implements producerSlots.
func (e *engine[In, Out]) resubscribeInterval() time.Duration { return *e.config.ResubscribeInterval }

// options implements producerSlots: those of a processor's subscription to a
// producer.
func (e *engine[In, Out]) options(processor, producer int) []stage.SubscribeOption {
	p := &e.config.Processors
	opts := []stage.SubscribeOption{
		stage.MaxDemand(p.MaxDemand), stage.MinDemand(*p.MinDemand), stage.OnCancel(stage.Temporary),
		stage.Extra(slotOption, itoa(producer)),
	}
	if p.PartitionBy != nil {
		opts = append(opts, stage.Partition(processor))
	}
	return opts
}

// tellProcessors implements layers.
func (e *engine[In, Out]) tellProcessors(m workerMessage) {
	for i := range e.workers {
		if p := e.workers[i].Load(); p != nil {
			p.Send(m)
		}
	}
}

// tellProducers implements layers.
func (e *engine[In, Out]) tellProducers(m producerMessage) {
	for _, slot := range e.producers {
		slot.tell(m)
	}
}

// tellBatchers sends a message to all batchers.
func (e *engine[In, Out]) tellBatchers(m workerMessage) {
	for _, b := range e.batchers {
		if h := b.handle.Load(); h != nil {
			h.Process().Send(m)
		}
	}
}

// lastLayer implements layers.
func (e *engine[In, Out]) lastLayer() (last []*process.Process) {
	add := func(workers []atomic.Pointer[process.Process]) {
		for i := range workers {
			if p := workers[i].Load(); p != nil {
				last = append(last, p)
			}
		}
	}
	if len(e.batchers) == 0 {
		add(e.workers)
	}
	for _, b := range e.batchers {
		add(b.workers)
	}
	return last
}

// sourceEnded is called for each producer whose source has come to its end.
// After the last one, messages do not wait for others any more, and the
// pipeline ends when nothing is left.
func (e *engine[In, Out]) sourceEnded() {
	if e.running.Add(-1) > 0 {
		return
	}
	e.hurried.Add(1)
	e.tellBatchers(hurryUp)
	empty := e.lots.empty()
	go func() {
		select {
		case <-empty:
			e.handle.process.Send(finished{})
		case <-e.handle.process.Done():
		}
	}()
}
