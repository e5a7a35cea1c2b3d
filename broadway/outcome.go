package broadway

import (
	"errors"
	"time"

	"github.com/stagecraft-go/stagecraft/internal/enum"
)

// Outcome is how a message ended.
type Outcome uint8

// The outcomes.
const (
	// Succeeded: it is through the pipeline.
	Succeeded Outcome = iota + 1
	// Failed: it is not, and its source hears so.
	Failed
	// Discarded: it was not wanted ([Discard]). To the source it is through.
	Discarded
	// DeadLettered: it has failed, and [Config].DeadLetter has taken it. To the
	// source it is through.
	DeadLettered
)

func (o Outcome) String() string {
	return enum.Name(o, "", "succeeded", "failed", "discarded", "dead_lettered")
}

// Reasons of a failure that pipelines give themselves. Test with errors.Is.
var (
	// ErrUnknownBatcher: the message names a batcher that there is not.
	ErrUnknownBatcher = errors.New("broadway: unknown batcher")
	// ErrNotReturned: HandleBatch did not return the message.
	ErrNotReturned = errors.New("broadway: the message was not returned")
	// ErrWrongCount: PrepareMessages returned other messages than it was given.
	ErrWrongCount = errors.New("broadway: PrepareMessages must return the messages that it was given")
	// ErrWorkerDown: the process that handled the message died.
	ErrWorkerDown = errors.New("broadway: the worker died")
	// ErrBadPartition: PartitionBy returned a negative number for the message.
	ErrBadPartition = errors.New("broadway: negative partition")
	// ErrDiscarded: the buffer of the producer was full.
	ErrDiscarded = errors.New("broadway: dropped from a full buffer")
	// ErrStopping: the pipeline stops, or has ended: it takes no more messages, and
	// tries none again.
	ErrStopping = errors.New("broadway: the pipeline is stopping")
)

// Discard is a failure that is none: the message is not wanted, and its source
// need not send it again. Reason, which may be nil, is for logs.
func Discard(reason error) error { return &verdict{err: reason, discard: true} }

// NoRetry is a failure that another attempt would not mend.
func NoRetry(reason error) error { return &verdict{err: reason, final: true} }

// RetryAfter is a failure that another attempt may mend, no sooner than after
// delay. It counts as an attempt of [Retry], which has to allow it.
func RetryAfter(delay time.Duration, reason error) error {
	return &verdict{err: reason, delay: &delay}
}

// verdict is a failure that says what is to become of the message.
type verdict struct {
	err     error
	discard bool
	final   bool
	delay   *time.Duration
}

func (v *verdict) Error() string {
	switch {
	case v.err != nil:
		return v.err.Error()
	case v.discard:
		return "broadway: discarded"
	}
	return "broadway: failed"
}

func (v *verdict) Unwrap() error { return v.err }

// judge is the verdict on a failure, with its reason.
func judge(failure error) (v verdict) {
	var said *verdict
	if errors.As(failure, &said) {
		return *said
	}
	return verdict{err: failure}
}
