package stage

import (
	"fmt"
	"log/slog"

	"github.com/stagecraft-go/stagecraft/process"
)

// Subscribe goes from a consumer to a producer and opens a subscription.
// The producer monitors the consumer from here on. It sends no confirmation;
// a refusal comes as [Canceled].
//
// A subscription is identified by its Ref alone, whoever sends a message about
// it. The consumer chooses the ref; every subscription needs a fresh one
// ([process.NewRef]).
//
// Subscribe, [Ask], [Cancel], [Events], [Canceled] and [SetDemand] are the whole
// protocol between two stages. A plain actor that sends and understands them can
// stand on either side. Messages are read-only once they are sent.
type Subscribe struct {
	From    *process.PID // the consumer
	Ref     *process.Ref
	Options SubscribeOptions
	// Replaces names a subscription to cancel first, or is nil.
	Replaces *Replacement

	eventType any  // (*T)(nil) of the consumer's T; nil from a plain actor
	recycles  bool // the consumer gives event slices back
	reads     bool // it does not write to them
	stamp
}

// Replacement names the subscription that a [Subscribe] takes the place of.
type Replacement struct {
	Ref    *process.Ref
	Reason error
}

// Ask goes from a consumer to a producer: it is ready for N more events, 0 or
// more. A negative number ends the subscription, with an [*OptionError].
type Ask struct {
	From *process.PID
	Ref  *process.Ref
	N    int

	stamp
}

// Cancel goes from a consumer to a producer and ends a subscription. The
// producer answers with [Canceled].
type Cancel struct {
	From   *process.PID
	Ref    *process.Ref
	Reason error

	stamp
}

// Events goes from a producer to a consumer, with no more events than the
// consumer has asked for. The slice belongs to the receiver, who must not
// write to it when Shared is set.
type Events[T any] struct {
	From   *process.PID // the producer
	Ref    *process.Ref
	Events []T
	// Shared says that others hold the same slice.
	Shared bool

	stamp           // here it needs no room, and the message fits a cache line
	block *block[T] // where the slice goes back to; nil when it does not
	pool  *pool[T]  // where the message goes back to; nil when it does not
}

// Canceled goes from a producer to a consumer: the subscription has ended.
type Canceled struct {
	From   *process.PID
	Ref    *process.Ref
	Reason error

	stamp
}

// SetDemand switches the demand mode of a producer. Nobody is answered.
type SetDemand struct {
	Mode DemandMode
}

// LogValue keeps a log from printing the events themselves.
func (m *Events[T]) LogValue() slog.Value {
	return slog.StringValue(fmt.Sprintf("%d events of %s", len(m.Events), m.Ref))
}
