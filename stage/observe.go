package stage

import (
	"context"
	"errors"

	"github.com/stagecraft-go/stagecraft/internal/enum"
	"github.com/stagecraft-go/stagecraft/process"
)

// Observer watches a stage: it is told of each message of the protocol that the
// stage sends or takes, of the callbacks that demand and events lead to, and of
// what becomes of events that nobody has asked for. Package trace has one that
// writes it all down.
//
// Observe is called where things happen, in the order in which the stage does
// them, and before they go on: before a message leaves, before a message that
// was taken has an effect, before a callback. So it must be quick and must not
// wait for a stage.
//
// It is called in the goroutine of the stage. (For a [Stream] that is its
// process or the one that ranges over it. What is asked or cancelled by a
// [Subscription] is observed where that is done.) An observer of several stages
// is called by all of them at once.
//
// One that panics is not called again by this stage, which logs an error and
// goes on. (After a runtime.Goexit it cannot go on, and crashes.)
type Observer interface {
	Observe(o Observation)
}

// Observation is one thing that a stage does.
type Observation struct {
	Kind ObservationKind
	// Stage is the one that does it.
	Stage *process.PID
	// Sent: the stage is about to send this message to Peer. Otherwise it has
	// taken it from there.
	Sent bool
	// Message is a number that is the same at both ends of a message, and is not
	// used again for the next four billion; 0 if it comes from somebody who is
	// not observed.
	Message uint32
	// Peer is the other side of a message or of a batch; nil if there is none.
	Peer *process.PID
	// Ref identifies the subscription, where the kind has one.
	Ref *process.Ref
	// N is the number of events that it is about.
	N       int
	Options SubscribeOptions // of ObservedSubscribe
	Mode    DemandMode       // of ObservedSetDemand
	Reason  error            // of ObservedCancel, Canceled, Down and Stop
	Levels

	watch  *watch
	values func() string
}

// Levels are what an observation leaves behind; -1 where it has none.
type Levels struct {
	// Demand is what was asked of a producer and not sent: on the subscription
	// that the observation is about, or else what the dispatcher has place for.
	Demand int
	// Buffered is the number of events that wait in the buffer of a producer
	// and in its dispatcher.
	Buffered int
	// InFlight is what a consumer has asked for on the subscription, and not
	// handed to its behaviour. It does not know this of manual subscriptions.
	InFlight int
}

var noLevels = Levels{-1, -1, -1}

// Values is a short text of the first and the last of the events. It can be
// asked for during Observe only, for their slice may be used again.
func (o Observation) Values() string {
	if o.values == nil {
		return ""
	}
	return o.values()
}

// NameOf is the name under which the process behind an address was started, or
// "" if there is none, or it is gone.
func (o Observation) NameOf(pid *process.PID) string {
	if p, ok := o.watch.self.System().Find(pid); ok {
		return p.Name()
	}
	return ""
}

// ObservationKind says what a stage does.
type ObservationKind uint8

// The kinds of an observation. The first seven are messages, sent or taken.
const (
	ObservedSubscribe ObservationKind = iota + 1
	ObservedAsk
	ObservedEvents
	ObservedCancel
	ObservedCanceled
	ObservedDown      // the process of the other side has ended
	ObservedSetDemand // taken only; it does not say who sent it

	// ObservedHandleDemand and ObservedHandleEvents: the callback is about to be
	// called with N. A Stream has none: it is about to yield N events.
	ObservedHandleDemand
	ObservedHandleEvents

	// ObservedHoldDemand and ObservedHoldEvents: in the mode Accumulate, demand
	// for N and N emitted events are held back.
	ObservedHoldDemand
	ObservedHoldEvents
	// ObservedBuffer: nobody can take N emitted events now, so that they wait.
	ObservedBuffer
	// ObservedDiscard: the buffer is full, and N events are gone.
	ObservedDiscard
	// ObservedAskAgain: the dispatcher asks for N once more, because events were
	// not what somebody wants.
	ObservedAskAgain

	// ObservedStop: the stage stops with Reason. A stage that is killed does not
	// come to that: those who are subscribed see ObservedDown.
	ObservedStop
	// ObservedBegin and ObservedEnd are the first and the last that an observer
	// hears if it is detached again.
	ObservedBegin
	ObservedEnd
)

func (k ObservationKind) String() string {
	return enum.Name(k, "", "subscribe", "ask", "events", "cancel", "canceled", "down", "set_demand",
		"handle_demand", "handle_events", "hold_demand", "hold_events", "buffer", "discard", "ask_again",
		"stop", "begin", "end")
}

// ErrObserved says that a stage has an observer: it can have one at a time.
var ErrObserved = errors.New("stage: the stage is observed already")

// ObservedBy makes an observer watch a stage from its start, or a [Stream].
func ObservedBy(o Observer) Option {
	return func(c *config) error {
		switch {
		case o == nil:
			return &OptionError{"ObservedBy", "nil", "an observer"}
		case c.observer != nil:
			return &OptionError{"ObservedBy", "given twice", "one observer"}
		}
		c.observer = o
		return nil
	}
}

// Observe makes an observer watch a running stage, behind the messages that the
// stage has received already, and waits until it does. It fails with
// [ErrObserved], an *OptionError for nil, an *process.ExitError when the stage
// is gone, or the error of ctx. A stage that does so with itself waits in vain.
//
// Detach ends that. It returns at once: what the stage does until it comes to
// that message is still observed.
func (h Handle) Observe(ctx context.Context, o Observer) (detach func(), err error) {
	return observe(ctx, h.process, o)
}

// Observe is [Handle.Observe] of the stage that has the name now. Without one it
// fails with process.NoProc.
func (n Named[T]) Observe(ctx context.Context, o Observer) (detach func(), err error) {
	return observe(ctx, n.Process(), o)
}

func observe(ctx context.Context, p *process.Process, o Observer) (detach func(), err error) {
	if o == nil {
		return nil, &OptionError{"Observe", "nil", "an observer"}
	}
	w := &watch{observer: o}
	detach = func() { p.Send(&unobserveRequest{w}) }
	_, err = process.Request(ctx, p, func(r *process.Reply[None]) any { return &observeRequest{w, r} })
	if err != nil {
		send(p, &unobserveRequest{w}) // it may begin after ctx has ended
		return nil, err
	}
	return detach, nil
}
