package broadway

import (
	"fmt"
	"maps"
	"reflect"

	"github.com/stagecraft-go/stagecraft/internal/enum"
)

// DefaultBatcher is the name of the batcher that messages go to unless they say
// otherwise.
const DefaultBatcher = "default"

// BatchMode says whether a message waits for its batch to fill.
type BatchMode uint8

// The batch modes.
const (
	// Bulk lets a message wait for others. The default.
	Bulk BatchMode = iota
	// Flush sends the batch off as soon as the message is in it.
	Flush
)

func (m BatchMode) String() string { return enum.Name(m, "bulk", "flush") }

// Message is one unit of work on its way through a pipeline: Broadway.Message.
// A source makes it with [NewMessage]; processors get one of the source's type,
// batch processors one of the type that HandleMessage returns.
//
// A message belongs to the callback that has it, until the callback returns. It
// must not be kept, or used by another goroutine, after that.
type Message[T any] struct {
	// Data is what the message is about.
	Data T
	// Batcher names the batcher that the message goes to after its processor.
	// Empty means [DefaultBatcher].
	Batcher string
	// BatchKey keeps messages apart within a batcher: a batch has one key.
	BatchKey string
	// BatchMode is [Bulk] or [Flush].
	BatchMode BatchMode

	acked     bool              // by AckNow
	epoch     uint32            // of the record, when this message was handed out
	partition int32             // of processors or batch processors
	route     int32             // index of the batcher
	metadata  map[string]string // shared with the pipeline's copy: never changed
	failure   error
	ticket    ticket
	lent      *loan[T] // the memory of the message, if it is used again
	record    *record
}

// NewMessage makes a message that its source hears of again: when it is through
// the pipeline, or has failed, acknowledger gets a [Receipt] with id. A nil
// acknowledger is nobody; one of a type that cannot be compared is a panic.
func NewMessage[T, ID any](data T, acknowledger Acknowledger[ID], id ID) Message[T] {
	m := Message[T]{Data: data}
	if acknowledger != nil {
		if t := reflect.TypeOf(acknowledger); !t.Comparable() {
			panic(fmt.Sprintf("broadway: an acknowledger of type %s cannot be compared with ==", t))
		}
		m.ticket = &stub[ID]{acknowledger, id}
	}
	return m
}

// Unacknowledged makes a message that nobody waits for.
func Unacknowledged[T any](data T) Message[T] { return Message[T]{Data: data} }

// String is what the data prints as.
func (m *Message[T]) String() string { return fmt.Sprint(m.Data) }

// Fail marks the message as failed; a nil reason changes nothing. [Discard],
// [NoRetry] and [RetryAfter] say more than an error alone.
func (m *Message[T]) Fail(reason error) {
	if reason != nil {
		m.failure = reason
	}
}

// Failure is why the message has failed, or nil.
func (m *Message[T]) Failure() error { return m.failure }

// Unfail takes the failure back.
func (m *Message[T]) Unfail() { m.failure = nil }

// Attempt is the number of times that the message has come to a processor,
// with this one: 1 is the first. See [Retry].
func (m *Message[T]) Attempt() int {
	if m.record == nil {
		return 1
	}
	return int(m.record.attempts.Load()) + 1
}

// Get is a value of the metadata, or "".
func (m *Message[T]) Get(key string) string { return m.metadata[key] }

// Set changes the metadata, of this message only.
func (m *Message[T]) Set(key, value string) {
	changed := maps.Clone(m.metadata)
	if changed == nil {
		changed = make(map[string]string)
	}
	changed[key] = value
	m.metadata = changed
}

// Keys are those of the metadata, in no order.
func (m *Message[T]) Keys() []string {
	keys := make([]string, 0, len(m.metadata))
	for key := range m.metadata {
		keys = append(keys, key)
	}
	return keys
}

// WithMetadata is the message with this metadata, which must not be changed any
// more.
func (m Message[T]) WithMetadata(metadata map[string]string) Message[T] {
	m.metadata = metadata
	return m
}

// batcher is the name of the batcher that the message goes to.
func (m *Message[T]) batcher() string {
	if m.Batcher == "" {
		return DefaultBatcher
	}
	return m.Batcher
}

// convert makes the message that goes on to a batcher.
func convert[In, Out any](m *Message[In], data Out, into *Message[Out]) {
	*into = Message[Out]{
		lent: into.lent,
		Data: data, Batcher: m.Batcher, BatchKey: m.BatchKey, BatchMode: m.BatchMode,
		metadata: m.metadata, failure: m.failure, ticket: m.ticket,
		record: m.record, epoch: m.epoch, acked: m.acked, route: m.route,
	}
}
