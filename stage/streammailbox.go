package stage

import (
	"fmt"
	"sync"

	"github.com/stagecraft-go/stagecraft/process"
)

// streamMailbox is the process of a [Stream]: it subscribes, and passes what it
// receives to the goroutine that ranges over the stream.
type streamMailbox[T any] struct {
	config *config
	inbox  *inbox
	from   Sources[T]
	watch  *watch
}

// Init implements process.Behaviour.
func (b *streamMailbox[T]) Init(self *process.Self) error {
	b.watch.begin(self)
	var subscribed []*process.PID
	for _, up := range b.from {
		if up.source == nil {
			return ErrNoSource
		}
		p, err := b.subscribe(self, up.erased())
		if err != nil {
			return err
		}
		if p != nil {
			subscribed = append(subscribed, p.PID())
		}
	}
	if b.config.demandOf != nil {
		subscribed = b.config.demandOf
	}
	for _, pid := range subscribed {
		b.send(self, pid, &SetDemand{b.config.mode})
	}
	return nil
}

// subscribe returns nil for a source that is gone where that does not matter.
func (b *streamMailbox[T]) subscribe(self *process.Self, up upstream) (*producer, error) {
	var defaults []SubscribeOption
	if !b.config.exact {
		defaults = []SubscribeOption{OnCancel(Transient)}
	}
	options, err := up.options(defaults...)
	if err != nil {
		return nil, err
	}
	pid, ok := up.source.resolve()
	if !ok {
		if options.Cancel == Temporary {
			return nil, nil
		}
		return nil, process.NoProc
	}
	if system := systemOf(up.source); system != nil && system != b.config.system {
		return nil, ErrOtherSystem
	}
	p := newProducer(b.config.system, pid, process.NewRef(), options)
	b.inbox.push(p)
	self.MonitorWith(p.ref, pid)
	b.send(self, pid, &Subscribe{From: self.PID(), Ref: p.ref, Options: options, eventType: up.eventType})
	b.post(self, pid, b.watch.asks(p, p.askFor(self.PID(), p.max)))
	return p, nil
}

// Handle implements process.Behaviour.
func (b *streamMailbox[T]) Handle(self *process.Self, msg any) error {
	m, ok := msg.(*subscribeRequest)
	if !ok {
		b.inbox.push(msg)
		return nil
	}
	sub, err := b.subscribeLate(self, m.upstream)
	if err != nil {
		self.Logger().Error(logInvalidSubscribeOption, "error", err)
	}
	if m.reply != nil {
		m.reply.Answer(sub, err)
	}
	return nil
}

// subscribeLate makes a subscription that somebody asks for while the stream
// runs.
func (b *streamMailbox[T]) subscribeLate(self *process.Self, up upstream) (sub Subscription, err error) {
	if up.eventType != (*T)(nil) {
		return sub, fmt.Errorf("%w: source %T for a stream of %T", ErrWrongEventType, up.source, *new(T))
	}
	p, err := b.subscribe(self, up)
	if err != nil || p == nil {
		return sub, err
	}
	b.send(self, p.PID(), &SetDemand{b.config.mode})
	return Subscription{p.PID(), p.ref, newSide(self.PID(), b.config.system, b.watch)}, nil
}

// Terminate implements process.Behaviour.
func (b *streamMailbox[T]) Terminate(*process.Self, error) {}

func (b *streamMailbox[T]) send(self *process.Self, to *process.PID, msg any) {
	b.watch.sends(to, msg, noLevels)
	b.post(self, to, msg)
}

// post sends what the observer knows of.
func (b *streamMailbox[T]) post(self *process.Self, to *process.PID, msg any) {
	if b.config.onSend != nil {
		b.config.onSend(to, msg)
	}
	self.Send(to, msg)
}

// inbox is an unbounded queue between a process and a goroutine. What is in it
// is bounded by demand.
type inbox struct {
	mu     sync.Mutex
	queue  ring[any]
	filled chan struct{} // has a token when the queue may not be empty
}

func newInbox() *inbox { return &inbox{filled: make(chan struct{}, 1)} }

func (i *inbox) push(msg any) {
	i.mu.Lock()
	i.queue.push(msg)
	i.mu.Unlock()
	select {
	case i.filled <- struct{}{}:
	default:
	}
}

func (i *inbox) empty() bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.queue.count == 0
}

func (i *inbox) pop() (any, bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.queue.count == 0 {
		return nil, false
	}
	return i.queue.pop(), true
}
