package stage

import (
	"sync"

	"github.com/stagecraft-go/stagecraft/process"
)

// streamMailbox is the process of a [Stream]: it subscribes, and passes what it
// receives to the goroutine that ranges over the stream.
type streamMailbox[T any] struct {
	config *config
	inbox  *inbox
	from   Sources[T]
}

// Init implements process.Behaviour.
func (b *streamMailbox[T]) Init(self *process.Self) error {
	var subscribed []*process.PID
	for _, up := range b.from {
		if up.source == nil {
			return ErrNoSource
		}
		p, err := b.subscribe(self, up.source, up.options)
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
func (b *streamMailbox[T]) subscribe(self *process.Self, source Source[T], opts []SubscribeOption) (*producer, error) {
	if !b.config.exact {
		opts = append([]SubscribeOption{OnCancel(Transient)}, opts...)
	}
	options, err := newSubscribeOptions[T](opts)
	if err != nil {
		return nil, err
	}
	pid, ok := source.resolve()
	if !ok {
		if options.Cancel == Temporary {
			return nil, nil
		}
		return nil, process.NoProc
	}
	p := newProducer(b.config.system, pid, process.NewRef(), options)
	b.inbox.push(p)
	self.MonitorWith(p.ref, pid)
	b.send(self, pid, &Subscribe{From: self.PID(), Ref: p.ref, Options: options, eventType: (*T)(nil)})
	b.send(self, pid, p.askFor(self.PID(), p.max))
	return p, nil
}

// Handle implements process.Behaviour.
func (b *streamMailbox[T]) Handle(self *process.Self, msg any) error {
	m, ok := msg.(*subscribeRequest[T])
	if !ok {
		b.inbox.push(msg)
		return nil
	}
	p, err := b.subscribe(self, m.source, m.options)
	if err != nil {
		self.Logger().Error(logInvalidSubscribeOption, "error", err)
		m.refuse(err)
		return nil
	}
	var sub Subscription
	if p != nil {
		b.send(self, p.PID(), &SetDemand{b.config.mode})
		sub = Subscription{peer: p.PID(), ref: p.ref, self: self.PID(), system: b.config.system}
	}
	if m.reply != nil {
		m.reply.Send(result[Subscription]{value: sub})
	}
	return nil
}

// Terminate implements process.Behaviour.
func (b *streamMailbox[T]) Terminate(*process.Self, error) {}

func (b *streamMailbox[T]) send(self *process.Self, to *process.PID, msg any) {
	if b.config.tracer != nil {
		b.config.tracer(to, msg)
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
