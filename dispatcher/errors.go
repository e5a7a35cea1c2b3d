package dispatcher

import (
	"errors"
	"fmt"
	"reflect"
)

// Kinds of a refused subscription, to be tested with [errors.Is]. They come
// wrapped in a [SubscribeError].
var (
	// ErrPartitionMissing says that Options.Partition was not set.
	ErrPartitionMissing = errors.New("partition missing")
	// ErrPartitionUnknown says that there is no partition of that name.
	ErrPartitionUnknown = errors.New("no such partition")
	// ErrPartitionTaken says that the partition has a consumer already.
	ErrPartitionTaken = errors.New("partition is taken")
	// ErrBadSelector says that Options.Selector is not a func(T) bool.
	ErrBadSelector = errors.New("bad selector")
)

// ErrUnknownPartition says that a hash named a partition that does not exist.
// It comes wrapped in a [HashError].
var ErrUnknownPartition = errors.New("event hashed to an unknown partition")

// Kinds of an [OptionError] of [Partition] and [PartitionBy].
var (
	// ErrNoPartitions says that there is not one partition.
	ErrNoPartitions = errors.New("partitions missing")
	// ErrHashRequired says that several partitions have no hash to choose.
	ErrHashRequired = errors.New("hash missing")
)

// OptionError says that a [Factory] got an option out of range.
type OptionError struct {
	// Option is the name of the option.
	Option string
	// Value is what was given, as text; "nil" if it was missing.
	Value string
	// Allowed says in words what may be given.
	Allowed string
	// Kind is one of the sentinels of this package, or nil.
	Kind error
}

// Error names the option, its value and what is allowed.
func (e *OptionError) Error() string {
	return fmt.Sprintf("dispatcher: option %s is %s, allowed is %s", e.Option, e.Value, e.Allowed)
}

// Unwrap returns the kind.
func (e *OptionError) Unwrap() error { return e.Kind }

// SubscribeError says why a subscription was refused. With Config.Exact it is
// the value of a panic instead.
type SubscribeError struct {
	// Process is the process that wanted to subscribe.
	Process string
	// Kind is ErrPartitionMissing, ErrPartitionUnknown, ErrPartitionTaken or
	// ErrBadSelector.
	Kind error
	// Value is the subscription option that was given, nil if it was missing.
	Value any
	// Allowed says in words what may be given.
	Allowed string
}

// Error names the process, the kind, the value and what is allowed.
func (e *SubscribeError) Error() string {
	return fmt.Sprintf("dispatcher: cannot subscribe %s: %v: got %s, allowed is %s",
		e.Process, e.Kind, valueText(e.Value), e.Allowed)
}

// Unwrap returns the kind.
func (e *SubscribeError) Unwrap() error { return e.Kind }

// HashError says that the hash of a partition dispatcher named a partition
// that does not exist. With Config.Exact it is the value of a panic; otherwise
// such events are logged and discarded.
type HashError struct {
	// Partition is what the hash returned.
	Partition any
	// Allowed lists the partitions that exist.
	Allowed string
}

// Error names the partition and what is allowed.
func (e *HashError) Error() string {
	return fmt.Sprintf("dispatcher: %v: got %s, allowed is %s", ErrUnknownPartition, valueText(e.Partition), e.Allowed)
}

// Unwrap returns [ErrUnknownPartition].
func (*HashError) Unwrap() error { return ErrUnknownPartition }

// valueText writes what a user gave. Of a function only the type says anything.
func valueText(v any) string {
	switch {
	case v == nil:
		return "nil"
	case reflect.TypeOf(v).Kind() == reflect.Func:
		return fmt.Sprintf("a %T", v)
	}
	return fmt.Sprintf("%#v", v)
}

// SelectorError is the reason with which a consumer is cancelled whose
// selector panicked.
type SelectorError struct {
	// Value is the value of the panic.
	Value any
	// Stack is the stack of the panic, as debug.Stack prints it.
	Stack []byte
}

// Error names the value of the panic, without the stack.
func (e *SelectorError) Error() string {
	return fmt.Sprintf("dispatcher: selector panicked: %v", e.Value)
}

// Unwrap returns the value of the panic if that is an error.
func (e *SelectorError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}
