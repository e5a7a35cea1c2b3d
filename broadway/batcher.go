package broadway

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/stagecraft-go/stagecraft/dispatcher"
	"github.com/stagecraft-go/stagecraft/internal/guard"
	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/stage"
	"github.com/stagecraft-go/stagecraft/telemetry"
)

// batcher collects messages to batches: one stage for each [Batcher].
type batcher[T any] struct {
	*worker
	downstreams
	config    *Batcher[T]
	parent    *process.Process
	producers map[*process.Ref]struct{}
	open      map[batchKey]*openBatch[T]
	latest    *openBatch[T]                         // the last one that was looked for
	full      map[batchKey]func(m *Message[T]) bool // states of Batcher.Full
	out       *stage.Context[*Batch[T]]
	idlers    *idlers[T]      // nil without FillWhileBusy
	overdue   []*openBatch[T] // whose time has come while everybody was busy
	hurried   bool            // messages must not wait for others that will not come
	looking   bool            // it will look whether some may come
	gone      bool            // all processors are
}

// batchKey keeps batches apart.
type batchKey struct {
	key       string
	partition int32 // -1 without partitions
}

// openBatch is a batch that is not full yet.
type openBatch[T any] struct {
	key    batchKey
	batch  *Batch[T]
	weight int
	timer  *process.Timer
}

// due is the message of a batch's timer.
type due struct {
	key   batchKey
	batch any // the *Batch[T] it was set for
}

func newBatcher[T any](c *core, config *Batcher[T], parent *process.Process) *batcher[T] {
	return &batcher[T]{
		worker:    newWorker(c, telemetry.Batcher, "Batcher_"+config.Name, config.Name, 0),
		config:    config,
		parent:    parent,
		producers: make(map[*process.Ref]struct{}),
		open:      make(map[batchKey]*openBatch[T]),
		full:      make(map[batchKey]func(m *Message[T]) bool),
	}
}

// Init implements stage.Initializer.
func (b *batcher[T]) Init(ctx *stage.Context[*Batch[T]]) error {
	ctx.Process().TrapExit(true)
	b.out = ctx
	b.enroll(ctx.Process())
	b.hurried = b.core.hurried.Load() > 0
	return nil
}

// HandleEvents implements stage.EventsHandler.
func (b *batcher[T]) HandleEvents(_ *stage.Context[*Batch[T]], messages []*Message[T], _ stage.Subscription) error {
	began, active := time.Time{}, b.active()
	ctx := b.ctx
	if active {
		began = time.Now()
		ctx = b.emit(ctx, telemetry.BatcherStart{Component: b.component, Messages: len(messages), At: began})
	}
	sorted := false
	defer func() {
		if active && !sorted { // a function of the user has called runtime.Goexit
			b.emit(ctx, telemetry.BatcherException{
				Component: b.component, Messages: len(messages), Err: ErrWorkerDown, Took: time.Since(began),
			})
		}
	}()
	b.sort(messages)
	sorted = true
	if active {
		b.emit(ctx, telemetry.BatcherStop{Component: b.component, Messages: len(messages), Open: len(b.open), Took: time.Since(began)})
	}
	return nil
}

// sort adds runs of messages of one key to their batches. A message in flush
// mode takes the rest of its run along.
func (b *batcher[T]) sort(messages []*Message[T]) {
	flush := false
	var last batchKey
	for i, m := range messages {
		key, err := b.keyOf(m)
		if err != nil {
			b.refuse(m, err)
			continue
		}
		if i > 0 && key != last && flush {
			b.send(last, ByFlush)
			flush = false
		}
		last = key
		if b.add(key, m) {
			flush = false
			continue
		}
		flush = flush || m.BatchMode == Flush
	}
	if flush {
		b.send(last, ByFlush)
	}
	if b.hurried && !b.looking {
		b.hurry(false)
	}
}

// lookInterval is the time between two looks at what may still come.
const lookInterval = 5 * time.Millisecond

// hurry sends all batches off as soon as nothing is on its way to any batcher,
// nor in the mailbox of this one.
func (b *batcher[T]) hurry(sure bool) {
	b.looking = true
	switch {
	case len(b.open) == 0:
		b.looking = false
	case b.core.upstream():
		b.self.SendAfter(lookInterval, lookUp{})
	case !sure:
		b.self.Process().Send(lookUp{sure: true})
	default:
		b.looking = false
		b.flush()
	}
}

// lookUp is the time to look again; sure, that the mailbox has been seen to.
type lookUp struct{ sure bool }

// keyOf is where a message belongs.
func (b *batcher[T]) keyOf(m *Message[T]) (key batchKey, err error) {
	key = batchKey{m.BatchKey, -1}
	if b.config.PartitionBy == nil {
		return key, nil
	}
	defer guard.Recover(&err)
	key.partition, err = partitionOf(b.config.PartitionBy(m), b.config.Concurrency)
	return key, err
}

// refuse fails a message that belongs nowhere.
func (b *batcher[T]) refuse(m *Message[T], reason error) {
	m.failure = reason
	s := settler[T]{worker: b.worker, at: batched}
	s.settle(nil, []*Message[T]{m})
	giveBack([]*Message[T]{m})
}

// add adds a message to its batch, which leaves if it is full then.
func (b *batcher[T]) add(key batchKey, m *Message[T]) (left bool) {
	weight, err := b.weigh(m)
	if err != nil {
		b.refuse(m, err)
		return false
	}
	if o := b.find(key); o != nil && b.config.MaxWeight > 0 && o.weight+weight > b.config.MaxWeight {
		b.send(key, BySize)
		delete(b.full, key) // what it has counted is gone
	}
	full, err := b.isLast(key, m)
	if err != nil {
		b.refuse(m, err)
		return false
	}
	o := b.find(key)
	if o == nil {
		o = b.begin(key)
	}
	o.batch.Messages = append(o.batch.Messages, m)
	o.weight += weight
	if full || b.config.Full == nil && len(o.batch.Messages) >= b.config.Size ||
		b.config.MaxWeight > 0 && o.weight >= b.config.MaxWeight {
		b.send(key, BySize)
		if !full {
			delete(b.full, key)
		}
		return true
	}
	return false
}

// weigh asks Batcher.Weight.
func (b *batcher[T]) weigh(m *Message[T]) (weight int, err error) {
	if b.config.Weight == nil {
		return 0, nil
	}
	defer guard.Recover(&err)
	return b.config.Weight(m), nil
}

// isLast asks Batcher.Full, once it is known which batch the message is in.
func (b *batcher[T]) isLast(key batchKey, m *Message[T]) (last bool, err error) {
	if b.config.Full == nil {
		return false, nil
	}
	defer guard.Recover(&err)
	f := b.full[key]
	if f == nil {
		f = b.config.Full()
		b.full[key] = f
	}
	return f(m), nil
}

// begin opens a batch.
func (b *batcher[T]) begin(key batchKey) *openBatch[T] {
	o := &openBatch[T]{key: key, batch: &Batch[T]{
		Messages:  make([]*Message[T], 0, min(b.config.Size, 1000)),
		Batcher:   b.config.Name,
		Key:       key.key,
		Partition: int(key.partition),
	}}
	if b.active() {
		o.batch.first = time.Now()
	}
	o.timer = b.self.SendAfter(b.config.Timeout, due{key, o.batch})
	b.open[key], b.latest = o, o
	return o
}

// find is the open batch of a key, mostly the one of the last message.
func (b *batcher[T]) find(key batchKey) *openBatch[T] {
	if b.latest == nil || b.latest.key != key {
		b.latest = b.open[key]
	}
	return b.latest
}

// send sends a batch off.
func (b *batcher[T]) send(key batchKey, trigger Trigger) {
	o := b.open[key]
	if o == nil {
		return
	}
	delete(b.open, key)
	b.latest = nil
	if trigger != BySize {
		delete(b.full, key) // what it has counted is gone
	}
	o.timer.Stop()
	o.batch.Trigger = trigger
	if b.active() {
		o.batch.due = time.Now()
	}
	b.out.Emit(o.batch)
}

// idleNow is the message of a batcher to itself: it may send a batch that is
// overdue.
type idleNow struct{}

// sendOverdue sends the first batch off whose time has come and that somebody
// has time for, and comes back for the next one: who has time is known when the
// first has been dispatched.
func (b *batcher[T]) sendOverdue() {
	for i, o := range b.overdue {
		if b.open[o.key] != o || b.idlers == nil || b.idlers.some(o.key.partition) {
			b.overdue = slices.Delete(b.overdue, i, i+1)
			if b.open[o.key] == o {
				b.send(o.key, ByTimeout)
			}
			b.asked()
			return
		}
	}
}

// asked is called when a batch processor has asked for a batch.
func (b *batcher[T]) asked() {
	if len(b.overdue) > 0 {
		b.self.Process().Send(idleNow{})
	}
}

// flush sends all batches off.
func (b *batcher[T]) flush() {
	for key := range b.open {
		b.send(key, ByFlush)
	}
}

// HandleInfo implements stage.InfoHandler.
func (b *batcher[T]) HandleInfo(_ *stage.Context[*Batch[T]], msg any) error {
	switch m := msg.(type) {
	case due:
		if o := b.open[m.key]; o != nil && any(o.batch) == m.batch {
			b.overdue = append(b.overdue, o)
			b.sendOverdue()
		}
	case idleNow:
		b.sendOverdue()
	case lookUp:
		if b.looking = false; b.hurried {
			b.hurry(m.sure)
		}
	case workerMessage:
		switch m {
		case hurryUp:
			b.hurried = b.core.hurried.Load() > 0
			b.hurry(false)
		case workedOff:
			b.cancelAll(b.worker)
		}
	case *process.Exit:
		return b.exit(b.parent, m)
	}
	return nil
}

// HandleSubscribe implements stage.SubscribeHandler.
func (b *batcher[T]) HandleSubscribe(_ *stage.Context[*Batch[T]], peer stage.Role, sub stage.Subscription, _ stage.SubscribeOptions) (stage.SubscriptionMode, error) {
	if peer == stage.RoleConsumer {
		b.added(b.worker, sub)
	} else {
		b.producers[sub.Ref()] = struct{}{}
	}
	return stage.Automatic, nil
}

// HandleCancel implements stage.CancelHandler: without processors, what is open
// will not grow any more.
func (b *batcher[T]) HandleCancel(ctx *stage.Context[*Batch[T]], kind stage.CancelKind, sub stage.Subscription, _ error) error {
	if _, mine := b.producers[sub.Ref()]; !mine {
		b.removed(b.worker, kind, sub)
		return nil
	}
	delete(b.producers, sub.Ref())
	if len(b.producers) == 0 && !b.gone {
		b.gone = true
		b.flush()
		stage.AsyncInfo(ctx.Self(), any(workedOff))
	}
	return nil
}

// startBatcher starts a batcher, subscribed to all processors.
func (e *engine[In, Out]) startBatcher(ctx context.Context, slot *batcherSlot[Out], parent *process.Process) (*process.Process, error) {
	b := newBatcher(&e.core, slot.config, parent)
	var from stage.Sources[*Message[Out]]
	opts := []stage.SubscribeOption{stage.MaxDemand(slot.config.MaxDemand), stage.OnCancel(stage.Temporary)}
	if len(e.batchers) > 1 {
		opts = append(opts, stage.Partition(slot.index))
	}
	for i := range e.processors {
		if p := e.processors[i].Load(); p != nil {
			from = from.And(p, opts...)
		}
	}
	h, err := stage.StartProducerConsumer(ctx, b, from, b.stageOptions(
		stage.Recycle(), stage.Dispatch(b.dispatch(slot.dispatch())), stage.OnSend(func(to *process.PID, message any) {
			if m, ok := message.(*stage.Events[*Batch[Out]]); ok {
				for _, batch := range m.Events {
					hand(b.worker, batch.Messages, batched, b.holders[to])
				}
			}
		}))...)
	if err != nil {
		return nil, err
	}
	slot.handle.Store(h)
	if e.hurried.Load() > 0 { // it may have been said between Init and here
		h.Process().Send(hurryUp)
	}
	return h.Process(), nil
}

// dispatch makes the dispatcher such that the batcher knows who is idle, if it
// wants to.
func (b *batcher[T]) dispatch(factory dispatcher.Factory[*Batch[T]]) dispatcher.Factory[*Batch[T]] {
	if !b.config.FillWhileBusy {
		return factory
	}
	return func(cfg dispatcher.Config) (dispatcher.Dispatcher[*Batch[T]], error) {
		d, err := factory(cfg)
		if err != nil {
			return nil, err
		}
		b.idlers = newIdlers(d, b.asked)
		return b.idlers, nil
	}
}

// dispatch is the dispatcher of a batcher.
func (s *batcherSlot[T]) dispatch() dispatcher.Factory[*Batch[T]] {
	if s.config.PartitionBy == nil {
		return dispatcher.Demand[*Batch[T]]()
	}
	return dispatcher.Partition(s.config.Concurrency, func(b *Batch[T]) int { return b.Partition })
}

// routing is the dispatcher of processors.
func (e *engine[In, Out]) routing() dispatcher.Factory[*Message[Out]] {
	if len(e.batchers) == 1 {
		return dispatcher.Demand[*Message[Out]](dispatcher.ShuffleFirst())
	}
	return dispatcher.Partition(len(e.batchers), func(m *Message[Out]) int { return int(m.route) })
}

func batcherName(kind, name string) string { return fmt.Sprintf("%s_%s", kind, name) }
