package broadway

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/stagecraft-go/stagecraft/internal/guard"
	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/stage"
	"github.com/stagecraft-go/stagecraft/telemetry"
)

// batchProcessor handles the batches of a batcher, one at a time.
type batchProcessor[T any] struct {
	*worker
	config  *Batcher[T]
	parent  *process.Process
	handler BatchHandler[T]
	settler settler[T]

	// Of the batch at work. The memory is used again.
	messages  []*Message[T]
	before    []Message[T] // as they came
	done, bad []*Message[T]
}

// Init makes the handler.
func (p *batchProcessor[T]) Init(ctx *stage.Context[stage.None]) (err error) {
	ctx.Process().TrapExit(true)
	p.enroll(ctx.Process())
	p.handler = p.config.Handler
	if p.config.NewHandler != nil {
		if p.handler, err = p.config.NewHandler(p.ctx, p.identity); err != nil {
			return err
		}
		if p.handler == nil {
			return errors.New("broadway: NewHandler of the batcher returned nil")
		}
	}
	onFailed, _ := p.handler.(FailureHandler[T])
	p.settler = settler[T]{worker: p.worker, at: inBatch, onFailed: onFailed}
	return nil
}

// HandleEvents implements stage.EventsHandler.
func (p *batchProcessor[T]) HandleEvents(_ *stage.Context[stage.None], batches []*Batch[T], _ stage.Subscription) error {
	for _, b := range batches {
		p.work(b)
	}
	return nil
}

func (p *batchProcessor[T]) work(b *Batch[T]) {
	messages := p.take(b)
	if len(messages) == 0 {
		return
	}
	ctx, began := p.start(b)
	through := false
	defer func() {
		if !through && !began.IsZero() { // a callback has called runtime.Goexit
			p.emit(ctx, telemetry.BatchException{
				Component: p.component, Size: len(messages), BatchKey: b.Key, Partition: b.Partition,
				Trigger: b.Trigger.String(), Err: ErrWorkerDown, Took: time.Since(began),
			})
		}
	}()
	p.before = appendCopies(p.before[:0], messages)
	returned, err := p.call(ctx, b)
	if isCrash(err) {
		putBack(messages, p.before)
	}
	clear(p.before)
	done, bad := p.split(messages, returned, err)
	if err != nil {
		logFailure(p.log(), "HandleBatch failed", err)
	}
	p.settler.settle(done, bad)
	if !began.IsZero() {
		p.emit(ctx, telemetry.BatchStop{
			Component: p.component, Size: len(messages), BatchKey: b.Key, Partition: b.Partition, Trigger: b.Trigger.String(),
			Successful: len(done), Failed: len(bad), Err: err, Took: time.Since(began),
		})
	}
	giveBack(messages)
	through = true
}

// take begins with the messages of a batch that have not been taken away on the
// way.
func (p *batchProcessor[T]) take(b *Batch[T]) []*Message[T] {
	kept := b.Messages[:0]
	for _, m := range b.Messages {
		if m.acked || m.record.move(m.epoch, batched, p.id, inBatch, p.id) {
			kept = append(kept, m)
		}
	}
	b.Messages = kept
	p.messages = append(p.messages[:0], kept...)
	return p.messages
}

func (p *batchProcessor[T]) call(ctx context.Context, b *Batch[T]) (returned []*Message[T], err error) {
	defer guard.Recover(&err)
	if p.config.HandleTimeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, p.config.HandleTimeout)
		defer cancel()
	}
	return p.handler.HandleBatch(ctx, b)
}

// split tells the messages that are through from those that have failed, in
// their order.
func (p *batchProcessor[T]) split(messages, returned []*Message[T], err error) (done, bad []*Message[T]) {
	if err != nil {
		for _, m := range messages {
			m.failure = err
		}
		return nil, messages
	}
	done, bad = p.done[:0], p.bad[:0]
	for _, m := range p.checked(messages, returned) {
		if m.failure == nil {
			done = append(done, m)
		} else {
			bad = append(bad, m)
		}
	}
	p.done, p.bad = done, bad
	return done, bad
}

// checked is what was returned, each message of the batch once; those that were
// not have failed.
func (p *batchProcessor[T]) checked(messages, returned []*Message[T]) []*Message[T] {
	if identical(messages, returned) {
		return messages
	}
	open := make(map[*Message[T]]bool, len(messages))
	for _, m := range messages {
		open[m] = true
	}
	order := make([]*Message[T], 0, len(messages))
	strange := 0
	for _, m := range returned {
		if m == nil || !open[m] {
			strange++ // another time, or of another batch
			continue
		}
		delete(open, m)
		order = append(order, m)
	}
	for _, m := range messages {
		if open[m] {
			m.failure = ErrNotReturned
			order = append(order, m)
		}
	}
	if strange > 0 || len(open) > 0 {
		p.log().Error("broadway: HandleBatch must return the messages of its batch, each once",
			"missing", len(open), "strange", strange)
	}
	return order
}

func identical[T any](a, b []*Message[T]) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

// start tells telemetry.
func (p *batchProcessor[T]) start(b *Batch[T]) (context.Context, time.Time) {
	if !p.active() {
		return p.ctx, time.Time{}
	}
	now := time.Now()
	e := telemetry.BatchStart{
		Component: p.component, Messages: carriers(b.Messages), Size: len(b.Messages),
		BatchKey: b.Key, Partition: b.Partition, Trigger: b.Trigger.String(), At: now,
	}
	if !b.first.IsZero() {
		e.Age = now.Sub(b.first)
	}
	if !b.due.IsZero() {
		e.Waited = now.Sub(b.due)
	}
	return p.emit(p.ctx, e), now
}

// HandleCancel implements stage.CancelHandler: without a batcher nothing will
// come any more.
func (p *batchProcessor[T]) HandleCancel(*stage.Context[stage.None], stage.CancelKind, stage.Subscription, error) error {
	p.reportDone()
	return nil
}

// HandleInfo implements stage.InfoHandler.
func (p *batchProcessor[T]) HandleInfo(_ *stage.Context[stage.None], msg any) error {
	if m, ok := msg.(*process.Exit); ok {
		return p.exit(p.parent, m)
	}
	return nil
}

// Terminate implements stage.Terminator.
func (p *batchProcessor[T]) Terminate(_ *stage.Context[stage.None], reason error) {
	terminate(p.worker, p.handler, reason)
}

// startBatchProcessor starts a batch processor, subscribed to its batcher.
func (e *engine[In, Out]) startBatchProcessor(ctx context.Context, slot *batcherSlot[Out], index int, parent *process.Process) (*process.Process, error) {
	name := batcherName("BatchProcessor", slot.config.Name) + "_" + strconv.Itoa(index)
	p := &batchProcessor[Out]{
		worker: newWorker(&e.core, telemetry.BatchProcessor, name, slot.config.Name, index),
		config: slot.config,
		parent: parent,
	}
	opts := []stage.SubscribeOption{stage.MaxDemand(1), stage.MinDemand(0), stage.OnCancel(stage.Temporary)}
	if slot.config.PartitionBy != nil {
		opts = append(opts, stage.Partition(index))
	}
	c, err := stage.StartConsumer(ctx, p, stage.From(slot.handle.Load(), opts...), p.stageOptions(stage.Recycle())...)
	if err != nil {
		return nil, fmt.Errorf("broadway: %s: %w", name, err)
	}
	return c.Process(), nil
}
