package broadway

import (
	"cmp"
	"fmt"
	"iter"
	"time"

	"github.com/stagecraft-go/stagecraft/internal/enum"
)

// Trigger is why a batch was sent off.
type Trigger uint8

// The triggers.
const (
	// BySize: it is full, by number, weight or the function of the batcher.
	BySize Trigger = iota + 1
	// ByTimeout: its first message has waited for as long as it may.
	ByTimeout
	// ByFlush: a message of it is in mode [Flush], or the pipeline drains.
	ByFlush
)

func (t Trigger) String() string { return enum.Name(t, "", "size", "timeout", "flush") }

// Batch is messages with the same batcher, key and partition: what HandleBatch
// gets, with Broadway's BatchInfo.
type Batch[T any] struct {
	Messages []*Message[T]
	Batcher  string
	Key      string
	// Partition is that of the batch processor, -1 without PartitionBy.
	Partition int
	Trigger   Trigger

	first time.Time // when the first message came to the batcher
	due   time.Time // when the trigger fired
}

// String tells how many messages there are, and where they belong.
func (b *Batch[T]) String() string {
	return fmt.Sprintf("%d for %s", len(b.Messages), cmp.Or(b.Key, b.Batcher))
}

// Data walks the data of the messages, in order.
func (b *Batch[T]) Data() iter.Seq2[int, T] {
	return func(yield func(int, T) bool) {
		for i, m := range b.Messages {
			if !yield(i, m.Data) {
				return
			}
		}
	}
}
