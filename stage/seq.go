package stage

import (
	"context"
	"errors"
	"iter"

	"github.com/stagecraft-go/stagecraft/dispatcher"
	"github.com/stagecraft-go/stagecraft/process"
)

// ErrNilSeq says that [FromSeq] was given no sequence.
var ErrNilSeq = errors.New("stage: nil sequence")

// FromSeq starts a producer of the elements of a sequence, which may be lazy
// and endless: GenStage's from_enumerable. The sequence is suspended between
// demands; for a demand of n exactly n elements are pulled, which takes as long
// as the sequence takes. It runs in a coroutine of its own, never in parallel
// with itself.
//
// When the sequence ends the producer stops with process.Normal, behind its
// last events. A panic in it crashes the producer. With
// [StopAfterLastConsumer] the producer also ends with its last consumer.
// However it ends, the sequence is told to stop.
func FromSeq[T any](ctx context.Context, seq iter.Seq[T], opts ...Option) (*Producer[T], error) {
	if seq == nil {
		return nil, ErrNilSeq
	}
	c := &config{role: RoleProducer, fromSeq: true}
	if err := c.apply(opts); err != nil {
		return nil, err
	}
	return startProducer(ctx, &seqProducer[T]{seq: seq, stopOnLast: c.stopOnLast}, c)
}

// seqProducer is the behaviour of FromSeq.
type seqProducer[T any] struct {
	seq        iter.Seq[T]
	stopOnLast bool
	consumers  int

	// running holds a token while the sequence runs. It is a channel, not a
	// mutex, so that a test with fake time can wait for it.
	running chan struct{}
	want    int
	ctx     *Context[T]
	next    func() (struct{}, bool)
	stop    func()
	ended   bool
}

// seqEnded is the info that follows the last events.
type seqEnded struct{}

// Init makes the coroutine. It switches once for each demand, not for each
// element: that is what makes it cheap.
func (p *seqProducer[T]) Init(ctx *Context[T]) error {
	p.ctx = ctx
	p.running = make(chan struct{}, 1)
	p.next, p.stop = iter.Pull(p.rounds)
	// A killed stage runs no Terminate, and the coroutine must end all the same.
	context.AfterFunc(ctx.Context(), p.close)
	return nil
}

// rounds emits as many elements as are wanted between two yields.
func (p *seqProducer[T]) rounds(yield func(struct{}) bool) {
	for element := range p.seq {
		p.ctx.Emit(element)
		p.want--
		if p.want == 0 && !yield(struct{}{}) {
			return
		}
	}
}

func (p *seqProducer[T]) close() {
	p.running <- struct{}{}
	defer func() { <-p.running }()
	p.stop()
}

// HandleDemand pulls as many elements as are asked for.
func (p *seqProducer[T]) HandleDemand(ctx *Context[T], demand int) error {
	if p.ended {
		return nil
	}
	p.running <- struct{}{}
	defer func() { <-p.running }()
	p.want = demand
	if _, more := p.next(); !more {
		p.ended = true
		AsyncInfo(ctx.Self(), seqEnded{})
	}
	return nil
}

// HandleInfo stops the stage when its last events are on their way.
func (p *seqProducer[T]) HandleInfo(*Context[T], seqEnded) error { return process.Normal }

// HandleSubscribe counts consumers.
func (p *seqProducer[T]) HandleSubscribe(*Context[T], Role, Subscription, SubscribeOptions) (SubscriptionMode, error) {
	p.consumers++
	return Automatic, nil
}

// HandleCancel stops the stage with its last consumer, if it is told to.
func (p *seqProducer[T]) HandleCancel(_ *Context[T], _ CancelKind, _ Subscription, reason error) error {
	p.consumers--
	var refused *dispatcher.SubscribeError
	if errors.As(reason, &refused) {
		return nil // it never was one
	}
	if p.stopOnLast && p.consumers == 0 {
		return process.Normal
	}
	return nil
}
