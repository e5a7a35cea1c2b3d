package broadwaytest

import (
	"context"
	"errors"
	"fmt"

	"github.com/stagecraft-go/stagecraft/broadway"
)

// ErrEnded is why messages that were pushed will not be acknowledged any more. It
// comes in a [*MissingError].
var ErrEnded = errors.New("the pipeline has ended")

// Option changes messages that are pushed.
type Option func(*pushed)

type pushed struct {
	mode     broadway.BatchMode
	metadata map[string]string
}

// Metadata gives each message this metadata.
func Metadata(metadata map[string]string) Option {
	return func(p *pushed) { p.metadata = metadata }
}

// Mode sets the batch mode of the messages.
func Mode(mode broadway.BatchMode) Option { return func(p *pushed) { p.mode = mode } }

// Sent is messages that were pushed into a pipeline. Its acknowledgements have
// the position of the data as ID.
type Sent struct {
	recorder Recorder[int]
	ids      []int
	ended    <-chan struct{}
	reason   func() error
}

// TryMessage pushes a message and waits for its acknowledgement: Broadway's
// test_message. The message does not wait for others, its batch mode is Flush.
// The error says why there is no receipt; a message that has failed is none.
func TryMessage[In any](ctx context.Context, p *broadway.Pipeline[In], data In, opts ...Option) (broadway.Receipt[int], error) {
	sent, err := PushMessage(ctx, p, data, opts...)
	if err != nil {
		return broadway.Receipt[int]{}, err
	}
	receipts, err := sent.Await(ctx)
	if err != nil {
		return broadway.Receipt[int]{}, err
	}
	return receipts[0], nil
}

// TryBatch pushes messages together and waits for their acknowledgements, which
// it returns in the order of the data: Broadway's test_batch. The messages wait
// for others, their batch mode is Bulk; so it can take as long as the timeout of
// their batcher. They need not end up in one batch.
func TryBatch[In any](ctx context.Context, p *broadway.Pipeline[In], data []In, opts ...Option) ([]broadway.Receipt[int], error) {
	sent, err := PushBatch(ctx, p, data, opts...)
	if err != nil {
		return nil, err
	}
	return sent.Await(ctx)
}

// PushMessage is [TryMessage] without the waiting.
func PushMessage[In any](ctx context.Context, p *broadway.Pipeline[In], data In, opts ...Option) (*Sent, error) {
	return push(ctx, p, []In{data}, append([]Option{Mode(broadway.Flush)}, opts...))
}

// PushBatch is [TryBatch] without the waiting.
func PushBatch[In any](ctx context.Context, p *broadway.Pipeline[In], data []In, opts ...Option) (*Sent, error) {
	return push(ctx, p, data, opts)
}

func push[In any](ctx context.Context, p *broadway.Pipeline[In], data []In, opts []Option) (*Sent, error) {
	var settings pushed
	for _, opt := range opts {
		opt(&settings)
	}
	sent := &Sent{ended: p.Done(), reason: func() error {
		if err := p.Err(); err != nil {
			return fmt.Errorf("%w: %w", ErrEnded, err)
		}
		return ErrEnded
	}}
	messages := make([]broadway.Message[In], len(data))
	for i, d := range data {
		m := broadway.NewMessage(d, &sent.recorder, i)
		m.BatchMode = settings.mode
		messages[i] = m.WithMetadata(settings.metadata)
		sent.ids = append(sent.ids, i)
	}
	if err := p.Push(ctx, messages...); err != nil {
		return nil, fmt.Errorf("broadwaytest: the messages were not taken: %w", err)
	}
	return sent, nil
}

// Await waits until all messages have been acknowledged, and returns the
// receipts in the order in which the data was pushed. Otherwise the error is a
// [*MissingError], and the receipts are those that have come.
func (s *Sent) Await(ctx context.Context) ([]broadway.Receipt[int], error) {
	return s.recorder.await(ctx, s.ended, s.reason, s.ids)
}

// Acks are the calls of the acknowledger so far, in order: what was acknowledged
// together.
func (s *Sent) Acks() []Ack[int] { return s.recorder.Acks() }
