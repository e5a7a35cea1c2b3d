package stage

import (
	"context"
	"fmt"
	"sync/atomic"

	"github.com/stagecraft-go/stagecraft/process"
)

// Subscription identifies one subscription in callbacks and afterwards:
// GenStage's subscription tag. It can be copied and kept, and its methods may be
// called from anywhere. Two of them are the same subscription if their Refs are.
type Subscription struct {
	peer *process.PID
	ref  *process.Ref
	side *side
}

// side is the process that has a Subscription, as far as that needs it. It does
// not keep a stage in memory that has ended.
type side struct {
	pid    *process.PID
	system *process.System
	watch  atomic.Pointer[watch] // nil: nobody observes it
}

func newSide(pid *process.PID, system *process.System, w *watch) *side {
	s := &side{pid: pid, system: system}
	s.watch.Store(w)
	return s
}

// NewSubscription is the subscription of a plain actor that has sent a
// [Subscribe] with this ref by itself.
func NewSubscription(system *process.System, consumer, producer *process.PID, ref *process.Ref) Subscription {
	return Subscription{producer, ref, newSide(consumer, system, nil)}
}

// Peer is the other side, nil when it is known to be gone.
func (s Subscription) Peer() *process.PID { return s.peer }

// Ref identifies the subscription.
func (s Subscription) Ref() *process.Ref { return s.ref }

// Ask asks the producer for n more events, on a manual subscription of the
// consumer. It does nothing for n < 1. An ask for a subscription that is over
// is answered with a cancel, which the consumer ignores.
func (s Subscription) Ask(n int) {
	if n > 0 && s.peer != nil {
		s.send(&Ask{From: s.side.pid, Ref: s.ref, N: n})
	}
}

// Cancel ends the subscription from the consumer's side. It returns at once;
// the producer confirms, and then the subscription's [CancelMode] applies to
// the consumer with this reason. Nil means process.Normal.
func (s Subscription) Cancel(reason error) {
	if s.peer != nil {
		s.send(&Cancel{From: s.side.pid, Ref: s.ref, Reason: orNormal(reason)})
	}
}

func (s Subscription) send(message any) {
	s.side.watch.Load().sends(s.peer, message, noLevels)
	s.side.system.Send(s.peer, message)
}

func (s Subscription) String() string { return s.ref.String() }

func orNormal(reason error) error {
	if reason == nil {
		return process.Normal
	}
	return reason
}

// Upstream is one source with the options of the subscription to it.
type Upstream[T any] struct {
	source  Source[T]
	options []SubscribeOption
}

// Sources are the subscriptions that a stage makes when it starts, in order,
// before its start function returns. Nil is none.
type Sources[T any] []Upstream[T]

// system is that of the first source which is known to live in one, or nil.
func (s Sources[T]) system() *process.System {
	for _, up := range s {
		if system := systemOf(up.source); system != nil {
			return system
		}
	}
	return nil
}

// systemOf is the system in which a source lives, nil if that is not known.
func systemOf(source resolver) *process.System {
	if s, ok := source.(interface{ Process() *process.Process }); ok {
		if p := s.Process(); p != nil {
			return p.System()
		}
	}
	return nil
}

// upstream is an [Upstream] of whatever type.
type upstream struct {
	source    resolver
	eventType any // (*T)(nil)
	// options applies the options behind those given.
	options func(defaults ...SubscribeOption) (SubscribeOptions, error)
}

// resolver is a [Source] of whatever type.
type resolver interface {
	resolve() (*process.PID, bool)
}

func (u Upstream[T]) erased() upstream {
	up := upstream{eventType: (*T)(nil)}
	up.options = func(defaults ...SubscribeOption) (SubscribeOptions, error) {
		return newSubscribeOptions[T](append(defaults, u.options...))
	}
	if u.source != nil {
		up.source = u.source
	}
	return up
}

// From is a subscription to one source.
func From[T any](source Source[T], opts ...SubscribeOption) Sources[T] {
	return Sources[T]{{source, opts}}
}

// And adds another source.
func (s Sources[T]) And(source Source[T], opts ...SubscribeOption) Sources[T] {
	return append(s[:len(s):len(s)], Upstream[T]{source, opts})
}

// SyncSubscribe makes a consumer or producer_consumer subscribe to a source, and
// waits until it has sent its request and its first ask. The producer may
// still refuse: then the subscription is cancelled.
//
// It fails with an [*OptionError], [ErrNoSource], [ErrNotAConsumer],
// [ErrWrongEventType], [ErrOtherSystem], a *process.ExitError when the consumer
// has ended or ends first, process.NoProc for a consumer's name that nobody has,
// or the error of ctx. A source that is not alive ends the consumer with
// process.NoProc unless [OnCancel] says [Temporary].
func SyncSubscribe[T any](ctx context.Context, consumer Sink[T], source Source[T], opts ...SubscribeOption) (Subscription, error) {
	return subscribe(ctx, consumer, source, nil, opts)
}

// AsyncSubscribe is [SyncSubscribe] without waiting: what goes wrong is logged by
// the consumer. An *OptionError is returned too, and so are ErrNoSource and
// process.NoProc for a consumer's name that nobody has.
func AsyncSubscribe[T any](consumer Sink[T], source Source[T], opts ...SubscribeOption) error {
	return subscribeAsync(consumer, source, nil, opts)
}

// SyncResubscribe is [SyncSubscribe] in place of the subscription old, which its
// producer cancels with reason first if it is the same one.
func SyncResubscribe[T any](ctx context.Context, consumer Sink[T], old Subscription, reason error, source Source[T], opts ...SubscribeOption) (Subscription, error) {
	return subscribe(ctx, consumer, source, &Replacement{old.ref, orNormal(reason)}, opts)
}

// AsyncResubscribe is [SyncResubscribe] without waiting.
func AsyncResubscribe[T any](consumer Sink[T], old Subscription, reason error, source Source[T], opts ...SubscribeOption) error {
	return subscribeAsync(consumer, source, &Replacement{old.ref, orNormal(reason)}, opts)
}

// subscribeRequest asks a consumer to subscribe.
type subscribeRequest struct {
	upstream upstream
	replaces *Replacement
	reply    *process.Reply[Subscription] // nil: asynchronous
}

func subscribe[T any](ctx context.Context, consumer Sink[T], source Source[T], replaces *Replacement, opts []SubscribeOption) (Subscription, error) {
	p, err := sinkProcess(consumer, source)
	if err != nil {
		return Subscription{}, err
	}
	return process.Request(ctx, p, func(r *process.Reply[Subscription]) any {
		return &subscribeRequest{Upstream[T]{source, opts}.erased(), replaces, r}
	})
}

func subscribeAsync[T any](consumer Sink[T], source Source[T], replaces *Replacement, opts []SubscribeOption) error {
	p, err := sinkProcess(consumer, source)
	if err != nil {
		return err
	}
	_, err = newSubscribeOptions[T](opts)
	p.Send(&subscribeRequest{Upstream[T]{source, opts}.erased(), replaces, nil})
	return err
}

// sinkProcess checks both ends of a subscription before a message is sent.
func sinkProcess[T any](consumer Sink[T], source Source[T]) (*process.Process, error) {
	if source == nil {
		return nil, ErrNoSource
	}
	if consumer == nil || consumer.Process() == nil {
		return nil, fmt.Errorf("stage: the consumer to subscribe: %w", process.NoProc)
	}
	return consumer.Process(), nil
}
