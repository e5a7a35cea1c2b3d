package dispatcher

import (
	"fmt"
	"runtime/debug"
	"slices"
)

// Broadcast makes a dispatcher that sends each event to all consumers.
// Upstream is asked for what the slowest of them can take. It is
// GenStage.BroadcastDispatcher.
//
// A consumer that sets Options.Selector, a func(T) bool, gets only the events
// for which it returns true; for those that it rejects the dispatcher asks
// again in the name of that consumer. Other consumers share one slice, which
// all of them may only read.
//
// A process can subscribe once; a second subscription is refused with
// [ErrAlreadySubscribed]. A consumer that subscribes late misses what was sent
// before and holds back the others until it asks.
//
// A bad selector is refused with a [SubscribeError]. A consumer whose selector
// panics is cancelled with a [SelectorError]; the others are not concerned.
// With Config.Exact both are panics of the stage, events that nobody could take
// when they came are still waited for, and a consumer whose selector lets
// nothing pass gets an empty list.
func Broadcast[T any]() Factory[T] {
	return func(cfg Config) (Dispatcher[T], error) {
		return &broadcast[T]{
			exact:     cfg.Exact,
			links:     make(map[Consumer[T]]*link[listener[T]]),
			processes: make(map[string]struct{}),
		}, nil
	}
}

// listener is one consumer of a broadcast.
type listener[T any] struct {
	consumer Consumer[T]
	selector func(T) bool // nil lets all pass
	asked    int          // its demand beyond waiting is asked - base
	broken   bool         // its selector panicked
}

type broadcast[T any] struct {
	exact     bool
	links     map[Consumer[T]]*link[listener[T]]
	listeners list[listener[T]] // who asked last comes first
	processes map[string]struct{}
	scratch   []T // of select, empty in between

	waiting   int // events that may go to all now
	requested int // events asked upstream and not yet sent
	base      int // listener.asked that corresponds to waiting
	slowest   int // number of listeners with no demand beyond waiting
	broken    int // number of broken listeners
}

func (b *broadcast[T]) Subscribe(c Consumer[T], opts Options) (int, error) {
	selector, err := selectorOf(c, opts)
	if err != nil {
		if b.exact {
			panic(err)
		}
		return 0, err
	}
	process := c.Process()
	if _, twice := b.processes[process]; twice {
		if b.exact {
			// GenStage cancels the refused subscription, and forgets by that
			// that the process has another one.
			delete(b.processes, process)
		}
		return 0, ErrAlreadySubscribed
	}
	b.processes[process] = struct{}{}
	b.takeBack()
	b.add(listener[T]{consumer: c, selector: selector, asked: b.base})
	return 0, nil
}

func selectorOf[T any](c Consumer[T], opts Options) (func(T) bool, error) {
	if opts.Selector == nil {
		return nil, nil
	}
	if selector, ok := opts.Selector.(func(T) bool); ok {
		return selector, nil
	}
	return nil, &SubscribeError{
		Process: c.Process(),
		Kind:    ErrBadSelector,
		Value:   opts.Selector,
		Allowed: fmt.Sprintf("a %T", (func(T) bool)(nil)),
	}
}

// takeBack returns the common demand to the consumers, since a new one, which
// has not asked, must not get events for it.
func (b *broadcast[T]) takeBack() {
	if b.waiting > 0 {
		b.base -= b.waiting
		b.waiting, b.slowest = 0, 0
	}
}

func (b *broadcast[T]) add(l listener[T]) *link[listener[T]] {
	k := &link[listener[T]]{item: l}
	b.links[l.consumer] = k
	b.listeners.pushFront(k)
	if l.asked == b.base {
		b.slowest++
	}
	return k
}

func (b *broadcast[T]) Cancel(c Consumer[T]) int {
	k := b.links[c]
	if k == nil {
		return 0
	}
	delete(b.processes, c.Process())
	delete(b.links, c)
	b.listeners.remove(k)
	if k.item.asked == b.base {
		b.slowest--
	}
	if k.item.broken {
		b.broken--
	}
	if b.listeners.first == nil {
		b.waiting = 0
		return 0
	}
	return b.advance()
}

func (b *broadcast[T]) Ask(c Consumer[T], n int) int {
	k := b.links[c]
	if k == nil {
		if !b.exact {
			return 0
		}
		// GenStage takes whoever asks for a consumer.
		k = b.add(listener[T]{consumer: c, asked: b.base})
	}
	b.listeners.remove(k)
	b.listeners.pushFront(k)
	if n > 0 && k.item.asked == b.base {
		b.slowest--
	}
	k.item.asked += n
	return b.advance()
}

// advance adds to the common demand what all consumers have beyond it, and
// returns what upstream has not been asked for yet.
func (b *broadcast[T]) advance() int {
	if b.slowest == 0 {
		b.raise()
	}
	missing := max(b.waiting-b.requested, 0)
	b.requested += missing
	return missing
}

// raise looks for the new slowest consumers. It walks along all of them, but
// only when the common demand rises, not at each ask.
func (b *broadcast[T]) raise() {
	least := b.listeners.first.item.asked
	for k := b.listeners.first; k != nil; k = k.next {
		switch asked := k.item.asked; {
		case asked < least:
			least, b.slowest = asked, 1
		case asked == least:
			b.slowest++
		}
	}
	b.waiting += least - b.base
	b.base = least
}

func (b *broadcast[T]) Dispatch(events []T) ([]T, int) {
	n := min(b.Capacity(), len(events))
	now, left := events[:n:n], events[n:]
	b.waiting -= n
	b.requested -= n
	if n > 0 {
		for k := b.listeners.first; k != nil; k = k.next {
			b.deliver(&k.item, now)
		}
	}
	if !b.exact {
		// What is buffered has arrived. GenStage goes on waiting for it, so
		// that events stay in the buffer while all consumers want some.
		b.requested = max(b.requested-len(left), 0)
	}
	return left, 0
}

func (b *broadcast[T]) deliver(l *listener[T], events []T) {
	if l.selector == nil {
		l.consumer.SendShared(events)
		return
	}
	if l.broken {
		return
	}
	selected, err := b.choose(l.selector, events)
	if err != nil {
		l.broken = true
		b.broken++
		l.consumer.Cancel(err)
		return
	}
	if rejected := len(events) - len(selected); rejected > 0 {
		l.consumer.AskAgain(rejected)
	}
	if len(selected) > 0 || b.exact {
		l.consumer.Send(selected)
	}
}

// choose copies the events that the selector lets pass, to a slice of that
// size, since a selector that lets little pass must not hold much memory.
func (b *broadcast[T]) choose(selector func(T) bool, events []T) (selected []T, err error) {
	defer func() {
		clear(b.scratch)
		b.scratch = b.scratch[:0]
		if b.exact {
			return
		}
		if v := recover(); v != nil {
			err = &SelectorError{Value: v, Stack: debug.Stack()}
		}
	}()
	for _, event := range events {
		if selector(event) {
			b.scratch = append(b.scratch, event)
		}
	}
	return slices.Clone(b.scratch), nil
}

// Capacity leaves out consumers that will be cancelled: if there are no
// others, events are kept for who comes next.
func (b *broadcast[T]) Capacity() int {
	if b.broken == len(b.links) {
		return 0
	}
	return b.waiting
}

func (*broadcast[T]) Info(deliver func()) { deliver() }

// Passing says that a stage may recycle its slices.
func (*broadcast[T]) Passing() {}

// ReadOnly says that it may be given slices of others.
func (*broadcast[T]) ReadOnly() {}
