package stage

import "github.com/stagecraft-go/stagecraft/internal/enum"

// Role is what a stage is in a topology. It is fixed for its life.
type Role uint8

// The three roles.
const (
	RoleProducer Role = iota + 1
	RoleProducerConsumer
	RoleConsumer

	roleStream // of the options of a Stream
)

func (r Role) String() string {
	return enum.Name(r, "", "producer", "producer_consumer", "consumer", "stream")
}

// DemandMode says whether a producer hands demand to HandleDemand.
type DemandMode uint8

// The demand modes of a producer.
const (
	// Forward hands demand to HandleDemand at once. The default.
	Forward DemandMode = iota + 1
	// Accumulate holds demand and events back until the mode is Forward, so
	// that all consumers can subscribe before the first event.
	Accumulate
)

func (m DemandMode) String() string { return enum.Name(m, "", "forward", "accumulate") }

// Keep says which events survive a full buffer.
type Keep uint8

// The ends of a buffer.
const (
	// KeepLast drops the oldest events. The default.
	KeepLast Keep = iota + 1
	// KeepFirst drops the events that do not fit.
	KeepFirst
)

func (k Keep) String() string { return enum.Name(k, "", "last", "first") }

// CancelMode says what the end of a subscription means to its consumer.
type CancelMode uint8

// The cancel modes of a subscription.
const (
	// Permanent stops the consumer with the reason of the end. The default.
	Permanent CancelMode = iota + 1
	// Transient stops it unless the reason is orderly: normal or shutdown.
	Transient
	// Temporary never stops it.
	Temporary
)

func (m CancelMode) String() string { return enum.Name(m, "", "permanent", "transient", "temporary") }

// SubscriptionMode says who asks for events on a subscription.
type SubscriptionMode uint8

// The subscription modes.
const (
	// Automatic: the stage asks, so that at most MaxDemand are in flight.
	Automatic SubscriptionMode = iota + 1
	// Manual: the behaviour asks, with [Subscription.Ask].
	Manual
)

func (m SubscriptionMode) String() string { return enum.Name(m, "", "automatic", "manual") }

// CancelKind says how a subscription ended.
type CancelKind uint8

// The kinds of an end.
const (
	// ByCancel: one of the sides said so.
	ByCancel CancelKind = iota + 1
	// ByDown: the process of the other side has ended.
	ByDown
)

func (k CancelKind) String() string { return enum.Name(k, "", "cancel", "down") }

// validEnum tells whether value is one of the first n values of an enumeration
// that starts at 1.
func validEnum[E ~uint8](value E, n uint8) bool { return value >= 1 && uint8(value) <= n }
