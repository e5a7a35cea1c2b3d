package stage

import (
	"fmt"

	"github.com/stagecraft-go/stagecraft/dispatcher"
)

const defaultMaxDemand = 1000

// SubscribeOptions are the options of one subscription, as both sides see them.
type SubscribeOptions struct {
	// MaxDemand is the number of events that may be in flight.
	MaxDemand int
	// MinDemand is the number of events in flight at or below which the
	// consumer asks again.
	MinDemand int
	// Cancel says what the end of the subscription means to the consumer.
	Cancel CancelMode
	// Options concern the dispatcher of the producer.
	dispatcher.Options

	minGiven bool
}

// SubscribeOption configures one subscription. A value out of range is an
// [*OptionError].
type SubscribeOption func(*SubscribeOptions)

// MaxDemand is the maximum of events in flight, 1 or more. Default 1000.
func MaxDemand(events int) SubscribeOption {
	return func(o *SubscribeOptions) { o.MaxDemand = events }
}

// MinDemand is the threshold at which the consumer asks again: 0 to max-1.
// Default half of the maximum. Batches have at most max-min events.
func MinDemand(events int) SubscribeOption {
	return func(o *SubscribeOptions) { o.MinDemand, o.minGiven = events, true }
}

// OnCancel says what the end of the subscription means to the consumer.
// Default [Permanent].
func OnCancel(mode CancelMode) SubscribeOption {
	return func(o *SubscribeOptions) { o.Cancel = mode }
}

// Selector takes only the events for which keep is true. It runs in the
// producer, which must have a broadcast dispatcher; see there for one that
// panics.
func Selector[T any](keep func(T) bool) SubscribeOption {
	return func(o *SubscribeOptions) { o.Selector = keep }
}

// Partition names the partition to take events from. The producer must have a
// partition dispatcher with that name: an int for numbered partitions. Otherwise
// it refuses the subscription with a *dispatcher.SubscribeError.
func Partition[K comparable](name K) SubscribeOption {
	return func(o *SubscribeOptions) { o.Partition = name }
}

// Extra passes a text to the callbacks of both sides and to a user's dispatcher.
func Extra(key, value string) SubscribeOption {
	return func(o *SubscribeOptions) {
		if o.Extra == nil {
			o.Extra = make(map[string]string)
		}
		o.Extra[key] = value
	}
}

// newSubscribeOptions applies options to the defaults and checks the result.
func newSubscribeOptions[In any](opts []SubscribeOption) (SubscribeOptions, error) {
	o := SubscribeOptions{MaxDemand: defaultMaxDemand, Cancel: Permanent}
	for _, opt := range opts {
		if opt == nil {
			return o, &OptionError{"(unnamed)", "nil", "a value made by this package"}
		}
		opt(&o)
	}
	if !o.minGiven {
		o.MinDemand = o.MaxDemand / 2
	}
	return o, checkSubscribeOptions[In](o)
}

func checkSubscribeOptions[In any](o SubscribeOptions) error {
	switch {
	case o.MaxDemand < 1:
		return &OptionError{"MaxDemand", fmt.Sprint(o.MaxDemand), "1 or more"}
	case o.MinDemand < 0 || o.MinDemand >= o.MaxDemand:
		return &OptionError{"MinDemand", fmt.Sprint(o.MinDemand), fmt.Sprintf("0 to %d (MaxDemand-1)", o.MaxDemand-1)}
	case !validEnum(o.Cancel, 3):
		return &OptionError{"OnCancel", o.Cancel.String(), "Permanent, Transient or Temporary"}
	}
	if o.Selector == nil {
		return nil
	}
	if keep, ok := o.Selector.(func(In) bool); !ok || keep == nil {
		return &OptionError{"Selector", fmt.Sprintf("%T", o.Selector), fmt.Sprintf("%T, not nil", keep)}
	}
	return nil
}
