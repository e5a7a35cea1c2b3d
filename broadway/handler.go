package broadway

import (
	"context"

	"github.com/stagecraft-go/stagecraft/telemetry"
)

// MessageHandler handles messages one by one, in a processor: Broadway's
// handle_message. In is what sources emit, Out what goes on to batchers. A
// handler that is also a [Preparer], a [FailureHandler] or a [Terminator] gets
// those calls too; a [BatchHandler] can be the last two.
//
// A context that is given to a callback ends when its worker has to; it carries
// the [Worker]. An error of a callback, or a panic, never harms the worker: it
// is the failure of the messages at hand. One that calls runtime.Goexit takes its
// worker along, which is restarted; what the worker had begun to handle has
// failed.
type MessageHandler[In, Out any] interface {
	// HandleMessage returns what the batcher gets, or why the message failed. It
	// may mark the message itself, route it (Batcher, BatchKey, BatchMode), and
	// change its metadata. A message that PrepareMessages has marked as failed
	// comes here too, and stays so unless it is unmarked.
	HandleMessage(ctx context.Context, m *Message[In]) (Out, error)
}

// MessageFunc makes a [MessageHandler] of a function.
type MessageFunc[In, Out any] func(ctx context.Context, m *Message[In]) (Out, error)

// HandleMessage calls f.
func (f MessageFunc[In, Out]) HandleMessage(ctx context.Context, m *Message[In]) (Out, error) {
	return f(ctx, m)
}

// BatchHandler handles batches, in a batch processor: Broadway's handle_batch.
type BatchHandler[T any] interface {
	// HandleBatch returns the messages that are done with, in any order; those
	// that failed are marked. One that is not returned has failed with
	// [ErrNotReturned], and after an error all have, whatever their marks.
	HandleBatch(ctx context.Context, batch *Batch[T]) ([]*Message[T], error)
}

// BatchFunc makes a [BatchHandler] of a function.
type BatchFunc[T any] func(ctx context.Context, batch *Batch[T]) ([]*Message[T], error)

// HandleBatch calls f.
func (f BatchFunc[T]) HandleBatch(ctx context.Context, batch *Batch[T]) ([]*Message[T], error) {
	return f(ctx, batch)
}

// Preparer is a [MessageHandler] that sees the messages of a chunk together
// before they are handled, to load at once what each will need: Broadway's
// prepare_messages.
type Preparer[In any] interface {
	// PrepareMessages returns the messages it was given, in the order in which
	// they are to be handled; it may change and mark them. After an error, or if
	// it returns others, the whole chunk has failed.
	PrepareMessages(ctx context.Context, messages []*Message[In]) ([]*Message[In], error)
}

// FailureHandler is a handler of messages or batches that sees messages which
// have failed for good, before they are acknowledged so: Broadway's
// handle_failed. T is In for messages and Out for batches.
type FailureHandler[T any] interface {
	// HandleFailed may change the data, the metadata, the failure and, with
	// [ConfigureAck], the acknowledgement of the messages; they stay failed.
	// An error is logged.
	HandleFailed(ctx context.Context, failed []*Message[T]) error
}

// Terminator is a handler with something to clean up at the end of its worker.
// Reason is the worker's exit reason. A handler that workers share hears of the
// end of each; with NewHandler each worker has its own. It is not called when the
// worker was killed.
type Terminator interface {
	Terminate(ctx context.Context, reason error)
}

// Worker says which process of a pipeline this is.
type Worker struct {
	Pipeline *Handle
	Kind     telemetry.Kind
	// Name is that of the component, without the pipeline's: "Processor_default_0".
	Name string
	// Batcher is the name of its batcher, for batchers and batch processors.
	Batcher string
	// Index counts the workers of a kind and batcher from 0.
	Index int
}

type workerKey struct{}

// WorkerOf is the worker that a callback runs in, by the callback's context.
func WorkerOf(ctx context.Context) (Worker, bool) {
	w, ok := ctx.Value(workerKey{}).(Worker)
	return w, ok
}
