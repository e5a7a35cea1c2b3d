package process

import (
	"sync"
	"sync/atomic"

	"github.com/asynkron/protoactor-go/actor"
)

var _ actor.Mailbox = (*mailbox)(nil)

// A buffer of up to smallBuffer messages stays with an idle mailbox. A larger
// one is on loan for as long as the process is busy, and what outgrew
// largeBuffer goes to the garbage collector once it is empty.
const (
	smallBuffer = 64
	largeBuffer = 4096
)

var largeBuffers = sync.Pool{New: func() any { return new([largeBuffer]any) }}

// mailbox is the queue of one process and the rule when that process runs.
// Senders append to one buffer while the process works through another; the
// two are swapped when the second is empty. Sending never blocks.
type mailbox struct {
	owner   *Process
	invoker actor.MessageInvoker
	worker  *worker // the goroutine that runs the owner, while one does

	mu      sync.Mutex
	in      []any
	running bool // a goroutine is in run, or on its way there
	woken   bool // something is to be looked at that is no message
	closed  bool

	batch []any        // the owner's while it runs
	next  int          // the first message of batch that is not handled
	left  atomic.Int64 // how many of batch are not
}

// PostUserMessage queues an ordinary message.
func (m *mailbox) PostUserMessage(message any) { m.post(message, nil) }

// post queues a message. If the owner has to be woken for it, and a worker is
// given that has nothing to do afterwards, the owner will run there.
func (m *mailbox) post(message any, after *worker) {
	m.mu.Lock()
	if m.closed {
		m.mu.Unlock()
		return
	}
	switch {
	case !m.running: // then the batch is nobody's, and empty
		m.take(append(m.batch[:0], message))
	case len(m.in) == cap(m.in) && len(m.in) >= smallBuffer:
		m.in = append(grow(m.in), message)
	default:
		m.in = append(m.in, message)
	}
	m.schedule(after)
}

// take makes messages the ones that the owner works through next.
func (m *mailbox) take(messages []any) {
	m.batch, m.next = messages, 0
	m.left.Store(int64(len(messages)))
}

// PostSystemMessage acts at once on what protoactor wants from its actors, so
// there is no second queue: the little that matters goes ahead of all mail.
func (m *mailbox) PostSystemMessage(message any) {
	switch msg := message.(type) {
	case *actor.Watch:
		m.owner.addPlainWatcher(msg.Watcher)
	case *actor.Unwatch:
		m.owner.removePlainWatcher(msg.Watcher)
	case *actor.Stop:
		m.owner.condemn(&verdict{reason: Shutdown, terminate: true})
	}
}

// RegisterHandlers is called by protoactor's spawn.
func (m *mailbox) RegisterHandlers(invoker actor.MessageInvoker, _ actor.Dispatcher) {
	m.invoker = invoker
}

// Start is called by protoactor's spawn; nothing is to be done.
func (m *mailbox) Start() {}

// UserMessageCount returns the number of messages that wait.
func (m *mailbox) UserMessageCount() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.in) + int(m.left.Load())
}

// wake makes the owner look up even when it has no mail.
func (m *mailbox) wake() {
	m.mu.Lock()
	m.woken = true
	m.schedule(nil)
}

// schedule needs the lock and gives it back.
func (m *mailbox) schedule(after *worker) {
	start := !m.running
	m.running = true
	m.mu.Unlock()
	switch {
	case !start:
	case after != nil && after.next == nil:
		after.next = m
	default:
		m.owner.system.workers.start(m)
	}
}

// release starts elsewhere what was to run when the owner has no more mail,
// because that is not now.
func (m *mailbox) release() {
	if next := m.worker.next; next != nil {
		m.worker.next = nil
		m.owner.system.workers.start(next)
	}
}

// close drops what is queued and refuses what comes.
func (m *mailbox) close() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.closed = true
	m.in = nil
}

// do lets the owner work until it has no mail or is dead. When a callback
// calls runtime.Goexit, this goroutine is lost; another takes over.
func (m *mailbox) do(w *worker) {
	unwinding := true
	defer func() {
		if unwinding {
			m.release()
			m.owner.system.workers.start(m)
		}
	}()
	m.worker = w
	m.work()
	unwinding = false
}

func (m *mailbox) work() {
	m.owner.enter()
	for m.owner.attend() {
		if m.next == len(m.batch) {
			if !m.refill() {
				return
			}
			continue
		}
		m.release()
		m.dispatch(m.pop())
	}
	m.discard()
	m.owner.leave()
}

// pop is the next message of the batch.
func (m *mailbox) pop() any {
	message := m.batch[m.next]
	m.batch[m.next] = nil
	m.next++
	m.left.Store(int64(len(m.batch) - m.next))
	return message
}

// dispatch hands a message to the owner. What comes in an envelope, and the
// library's own, goes through the actor context, which knows what to do with
// it. For the rest that way would be a tenth of the price of a message, for
// nothing.
func (m *mailbox) dispatch(message any) {
	switch message.(type) {
	case *actor.MessageEnvelope, *actor.PoisonPill:
		m.invoker.InvokeUserMessage(message)
	default:
		m.owner.handle(message)
	}
}

// refill swaps the buffers. Without mail it lets the owner go idle and returns
// false.
func (m *mailbox) refill() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.in) == 0 && !m.woken {
		m.batch, m.in, m.next = giveBack(m.batch), giveBack(m.in), 0
		m.owner.leave()
		m.running = false
		return false
	}
	m.woken = false
	free := m.batch[:0]
	if cap(free) > largeBuffer {
		free = nil
	}
	m.take(m.in)
	m.in = free
	return true
}

// discard frees what a dead owner leaves behind.
func (m *mailbox) discard() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.take(nil)
}

// grow makes room in a buffer that is full.
func grow(full []any) []any {
	if len(full) >= largeBuffer {
		return full // append doubles it
	}
	large := largeBuffers.Get().(*[largeBuffer]any)
	n := copy(large[:], full)
	return large[:n]
}

// giveBack returns what an idle mailbox keeps of an empty buffer.
func giveBack(buffer []any) []any {
	switch n := cap(buffer); {
	case n <= smallBuffer:
		return buffer[:0]
	case n == largeBuffer:
		largeBuffers.Put((*[largeBuffer]any)(buffer[:largeBuffer]))
	}
	return nil
}
