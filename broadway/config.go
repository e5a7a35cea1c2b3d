package broadway

import (
	"context"
	"time"

	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/stage"
	"github.com/stagecraft-go/stagecraft/supervisor"
	"github.com/stagecraft-go/stagecraft/telemetry"
)

// Config describes a pipeline. In is what its sources emit, Out what
// HandleMessage makes of it for the batchers; a pipeline without batchers has
// [stage.None] or whatever there. Zero values are Broadway's defaults; where 0
// means something, the field is a pointer: new(0).
type Config[In, Out any] struct {
	// Name is for logs and telemetry. If it is set, the processes are registered
	// under it, "Name.Broadway.Processor_default_0", and so there can be one
	// pipeline of that name in a system: the start of another one fails with
	// process.ErrNameTaken. Default: none.
	Name string
	// Producers are where messages come from: one or more.
	Producers []Producer[In]
	// Handler handles messages, in all processors at the same time. Either this
	// or NewHandler is required.
	Handler MessageHandler[In, Out]
	// NewHandler makes a handler for each processor, whenever it starts: for
	// state that belongs to one worker.
	NewHandler func(ctx context.Context, w Worker) (MessageHandler[In, Out], error)
	// Processors are the workers that handle messages.
	Processors Processors[In]
	// Batchers collect what the processors return. Without any, a message is
	// through when it is handled.
	Batchers []Batcher[Out]
	// PartitionBy is that of Processors if they have none: see there.
	PartitionBy func(m *Message[In]) int

	// Retry says whether failed messages are tried again. Default: no.
	Retry Retry
	// DeadLetter takes messages that have failed for good, which are then
	// acknowledged. If it fails itself, they are acknowledged as failed; so are
	// those that failed since the pipeline is stopping ([ErrStopping]), which it
	// does not get. It may be called by several processes at the same time.
	DeadLetter func(ctx context.Context, letter DeadLetter[In]) error

	// Shutdown is how long a stop may take in all. After that what still runs
	// is abandoned, and the report says what was not finished. Default 30 s.
	Shutdown time.Duration
	// Restarts is how many crashes of processors within a time the pipeline
	// survives. Default 3 in 5 s.
	Restarts Restarts
	// ResubscribeInterval is how long processors wait until they look for a
	// producer that has crashed, 0 or more. Default 100 ms.
	ResubscribeInterval *time.Duration

	// Watch gives each worker's stage an option that observes it, such as the
	// Watch method of a recorder of package trace. It is asked with the name of
	// the worker: see Worker.Name. It may be called by several processes at the
	// same time. Default: nobody watches.
	Watch func(worker string) stage.Option
	// Telemetry takes the pipeline's events. Default telemetry.Default().
	Telemetry *telemetry.Hub
	// System is where the processes live. Default process.SystemOf(ctx).
	System *process.System
}

// Producer is a source and the processes that run it.
type Producer[In any] struct {
	// Source makes messages. Required.
	Source Source[In]
	// Concurrency is the number of processes, 1 or more. Default 1.
	Concurrency int
	// RateLimit limits the messages of all processes together. Default: none.
	RateLimit RateLimit
	// BufferSize limits the messages that are kept for later in each process when
	// nobody has asked for them; those that do not fit fail with [ErrDiscarded].
	// 0 keeps none, stage.Infinite sets no limit. Default 10 000. With retries it
	// should be no smaller than what all processors may have: a message that comes
	// back takes the place of one that the source was asked for.
	BufferSize *int
	// BufferKeep says which ones are kept. Default stage.KeepLast.
	BufferKeep stage.Keep
}

// Processors are the workers that handle messages.
type Processors[In any] struct {
	// Concurrency is their number, 1 or more. Default twice GOMAXPROCS.
	Concurrency int
	// MaxDemand is how many messages one of them may have, 1 or more. Default
	// 10.
	MaxDemand int
	// MinDemand is when it asks for more, 0 to MaxDemand-1. Default half of
	// MaxDemand. It handles chunks of up to MaxDemand-MinDemand messages, which
	// are acknowledged together.
	MinDemand *int
	// PartitionBy sends messages with equal numbers (modulo Concurrency) to the
	// same processor, in order. Negative numbers fail the message with
	// [ErrBadPartition]. It may be called by several producers at the same time.
	PartitionBy func(m *Message[In]) int
	// HandleTimeout ends the context of one HandleMessage. Default: none.
	HandleTimeout time.Duration
}

// Batcher collects messages to batches, and handles them. Its functions Weight,
// Full and PartitionBy are called by the batcher's process only, one at a time.
type Batcher[T any] struct {
	// Name is what messages go by. Default [DefaultBatcher].
	Name string
	// Handler handles batches, in all batch processors at the same time. Either
	// this or NewHandler is required.
	Handler BatchHandler[T]
	// NewHandler makes a handler for each batch processor, whenever it starts.
	NewHandler func(ctx context.Context, w Worker) (BatchHandler[T], error)
	// Concurrency is the number of batch processors, 1 or more. Default 1.
	Concurrency int
	// Size is the number of messages in a full batch, 1 or more. Default 100.
	Size int
	// Weight and MaxWeight limit a batch by bytes or the like as well: a message
	// that would make it heavier begins the next one. MaxWeight is 1 or more, and
	// required with Weight.
	Weight    func(m *Message[T]) int
	MaxWeight int
	// Full replaces Size: it is called for each batch key and partition, and the
	// function it returns is asked about each message of theirs whether it is
	// the last of its batch. Its state lives on from batch to batch; a new one
	// begins where a batch left without it: by Timeout, or by a flush. MaxDemand is
	// required with it.
	Full func() func(m *Message[T]) bool
	// Timeout is how long the first message of a batch waits for it to fill.
	// Default 1 s.
	Timeout time.Duration
	// FillWhileBusy keeps a batch open whose Timeout has come while all batch
	// processors are busy: it would only wait for one of them, and may grow
	// meanwhile. With many batch keys it makes fewer and larger batches.
	FillWhileBusy bool
	// MaxDemand is how many messages the batcher may ask for from each
	// processor, 1 or more. Default Size.
	MaxDemand int
	// PartitionBy sends messages with equal numbers (modulo Concurrency) to the
	// same batch processor, in order. Negative numbers fail the message with
	// [ErrBadPartition].
	PartitionBy func(m *Message[T]) int
	// HandleTimeout ends the context of one HandleBatch. Default: none.
	HandleTimeout time.Duration
}

// Restarts limits how often workers may crash.
type Restarts struct {
	// Max is 0 or more. Default 3.
	Max *int
	// Within is more than 0. Default 5 s.
	Within time.Duration
}

// RateLimit is how many messages may pass in each interval. The zero value is
// no limit.
type RateLimit struct {
	Allowed  int           // 1 or more
	Interval time.Duration // more than 0
}

// Retry says what becomes of messages that have failed.
type Retry struct {
	// Attempts is how often a message is tried in all, 1 or more. Default 1: once.
	Attempts int
	// Backoff is the wait between attempts. No worker waits meanwhile. Default:
	// no wait.
	Backoff supervisor.Backoff
	// If tells whether a failure is worth another attempt. It may be called by
	// several processes at the same time. Default: all are but [NoRetry] and
	// [Discard].
	If func(failure error) bool
	// MaxWaiting limits the messages that wait for another attempt; those
	// beyond it have failed. 1 or more, default 10 000.
	MaxWaiting int
}

const (
	defaultMaxDemand    = 10
	defaultBatchSize    = 100
	defaultBatchTimeout = time.Second
	defaultShutdown     = 30 * time.Second
	defaultMaxRestarts  = 3
	defaultWithin       = 5 * time.Second
	defaultResubscribe  = 100 * time.Millisecond
	defaultMaxWaiting   = 10_000
)
