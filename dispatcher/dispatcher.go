package dispatcher

import (
	"errors"
	"log/slog"
)

// Dispatcher decides which consumer gets which events, and how much demand
// goes upstream. It is GenStage.Dispatcher as a Go interface.
//
// A dispatcher is a pure state machine: it is owned by one stage, called from
// that stage only, and acts on the world through [Consumer] alone. It needs no
// lock, starts no goroutine and reads no clock.
//
// Demand numbers returned to the stage are upstream demand: how many events the
// dispatcher wants in addition to what it said before. The stage takes them
// from its buffer first and has its producer produce the rest, or lets a
// producer_consumer process so many. The sum of all numbers must fit an int.
//
// Package dispatchertest checks an implementation.
type Dispatcher[T any] interface {
	// Subscribe adds a consumer with no demand. An error refuses the
	// subscription and changes nothing: the consumer gets a cancel with that
	// error as reason and the dispatcher is not called for it again.
	Subscribe(c Consumer[T], opts Options) (demand int, err error)

	// Cancel removes a consumer that Subscribe accepted. That may create
	// demand. What the consumer had asked for stays owed by upstream, so the
	// dispatcher asks for as much less later.
	Cancel(c Consumer[T]) (demand int)

	// Ask adds n to what c is ready to receive. n is 0 or more.
	Ask(c Consumer[T], n int) (demand int)

	// Dispatch hands events to consumers, never more to one than it asked for.
	//
	// It returns the events that nobody can take now, in their order. The stage
	// buffers them and offers them again; to the dispatcher they have arrived,
	// so that demand which they were meant for is no longer owed.
	//
	// It also returns the number of events that it discarded because no
	// consumer wants them. The stage asks upstream for as many again, but not
	// for more than Capacity, since nobody asked for events pushed in excess.
	//
	// The slice is not empty and changes owner: the dispatcher may write to it
	// and send parts of it.
	Dispatch(events []T) (leftover []T, discarded int)

	// Capacity is the number of events that Dispatch can place now: sent or
	// kept, not counting those that it will discard.
	Capacity() int

	// Info calls deliver, at once or later, behind all events that the
	// dispatcher holds at this moment.
	Info(deliver func())
}

// Queuer is an optional part of a [Dispatcher] that keeps events for later.
type Queuer interface {
	// Queued is the number of events that wait inside the dispatcher, which
	// the stage's buffer does not count.
	Queued() int
}

// Queued is the number of events that wait inside a dispatcher: 0 for one that is
// no [Queuer].
func Queued[T any](d Dispatcher[T]) int {
	if q, ok := d.(Queuer); ok {
		return q.Queued()
	}
	return 0
}

// Passing marks a [Dispatcher] that keeps no slice it is given: everything in
// it is sent, returned or copied before Dispatch returns. Only then can a
// stage recycle the slices of its events.
type Passing interface {
	Passing()
}

// ReadOnly marks a [Passing] dispatcher that does not write to the slices it is
// given either. Only then can a stage emit one that is not its own without copying
// it.
type ReadOnly interface {
	Passing
	ReadOnly()
}

// Consumer is one subscription as its dispatcher sees it. Values are pointers
// and may be compared and used as map keys. No method calls the dispatcher.
type Consumer[T any] interface {
	// Send gives events to the consumer in one message. The slice belongs to
	// the consumer from now on. An empty slice is sent too.
	Send(events []T)

	// SendCopy gives the consumer a copy of the events, in one message. The
	// slice stays the dispatcher's: it is for queues, whose memory is used again.
	SendCopy(events []T)

	// SendShared sends a slice that other consumers get as well, so that all
	// of them may only read it.
	SendShared(events []T)

	// AskAgain puts an ask for n events in the name of this consumer at the
	// end of the stage's mailbox.
	AskAgain(n int)

	// Cancel puts a cancel of this subscription with a reason at the end of
	// the stage's mailbox. The dispatcher is told as after any other cancel.
	Cancel(reason error)

	// Process identifies the process behind the subscription.
	Process() string
}

// Options are the options of one subscription that concern dispatchers.
type Options struct {
	// Selector is a func(T) bool, for Broadcast.
	Selector any
	// Partition is the name of a partition, for Partition.
	Partition any
	// Extra holds the options that only a user's dispatcher or callback knows.
	Extra map[string]string
}

// Config is what a stage tells its dispatcher.
type Config struct {
	// Exact asks for the behaviour of GenStage to the letter, its known
	// defects included. What GenStage answers with an exception is a panic.
	Exact bool
	// Logger takes warnings. Nil means slog.Default.
	Logger *slog.Logger
}

func (c Config) logger() *slog.Logger {
	if c.Logger == nil {
		return slog.Default()
	}
	return c.Logger
}

// Factory makes the dispatcher of one stage. It fails on options that are out
// of range, with an error that names the option, the value and what is allowed.
type Factory[T any] func(Config) (Dispatcher[T], error)

// ErrAlreadySubscribed is the reason of a cancel for a process that already
// has a subscription where only one is allowed. A consumer never stops
// because of it.
var ErrAlreadySubscribed = errors.New("already subscribed")
