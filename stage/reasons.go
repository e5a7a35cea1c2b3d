package stage

import (
	"errors"
	"fmt"

	"github.com/stagecraft-go/stagecraft/dispatcher"
)

// Reasons of a cancel, and errors that calls return. Test with errors.Is.
var (
	// ErrUnknownSubscription is the reason of a cancel that answers a message
	// about a subscription which the receiver does not hold.
	ErrUnknownSubscription = errors.New("unknown subscription")
	// ErrDuplicatedSubscription is the reason of a cancel for a [Subscribe]
	// with a ref that is in use.
	ErrDuplicatedSubscription = errors.New("duplicated subscription")
	// ErrAlreadySubscribed is the reason of a cancel from a dispatcher that
	// takes one subscription a process. A consumer never stops because of it.
	ErrAlreadySubscribed = dispatcher.ErrAlreadySubscribed
	// ErrWrongEventType refuses a subscription, a call or a message between
	// stages whose event types differ.
	ErrWrongEventType = errors.New("stage: wrong event type")

	// ErrNotAConsumer says that a producer was asked to subscribe.
	ErrNotAConsumer = errors.New("stage: not a consumer")
	// ErrNotAProducer says that a stage was asked for what it has not: a consumer
	// for its buffer, or one that is no producer for its demand mode.
	ErrNotAProducer = errors.New("stage: not a producer")
	// ErrNoHandler says that the behaviour has no callback for a message of
	// this type.
	ErrNoHandler = errors.New("stage: no handler for this message")
	// ErrNilBehaviour says that a stage was started without a behaviour.
	ErrNilBehaviour = errors.New("stage: nil behaviour")
	// ErrOtherSystem says that source and consumer live in different process
	// systems, which cannot reach each other.
	ErrOtherSystem = errors.New("stage: the source lives in another process system")
	// ErrNoSource says that a subscription names no producer.
	ErrNoSource = errors.New("stage: no source to subscribe to")
	// ErrBadReturn is the exit reason, wrapped, of a stage whose callback returned
	// what it must not, such as [Manual] for a consumer's subscription.
	ErrBadReturn = errors.New("stage: bad return value")

	// ErrNoReply is returned by HandleCall to answer later, through its [Caller].
	ErrNoReply = errors.New("stage: no reply yet")
)

// OptionError refuses an option: it names the option, the value that was
// given, and the values that are allowed.
type OptionError struct {
	Option  string
	Value   string
	Allowed string
}

func (e *OptionError) Error() string {
	return fmt.Sprintf("stage: option %s is %s, allowed is %s", e.Option, e.Value, e.Allowed)
}

// replyAndStop is what [ReplyThenStop] returns.
type replyAndStop struct{ reason error }

func (r *replyAndStop) Error() string { return "reply, then stop: " + r.reason.Error() }
func (r *replyAndStop) Unwrap() error { return r.reason }

// ReplyThenStop is returned by HandleCall beside a reply: the stage stops with
// reason, and the caller gets the reply once Terminate has run. Nil means
// process.Normal.
func ReplyThenStop(reason error) error { return &replyAndStop{orNormal(reason)} }
