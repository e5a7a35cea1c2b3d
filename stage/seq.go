package stage

import (
	"context"
	"errors"
	"iter"
	"sync/atomic"
	"time"

	"github.com/stagecraft-go/stagecraft/dispatcher"
	"github.com/stagecraft-go/stagecraft/process"
)

// ErrNilSeq says that [FromSeq] was given no sequence.
var ErrNilSeq = errors.New("stage: nil sequence")

// Seq is the behaviour of [FromSeq], for those who start it by other means. It
// can be started once. Without a sequence its start fails with [ErrNilSeq].
func Seq[T any](seq iter.Seq[T]) DemandHandler[T] { return &seqProducer[T]{seq: seq} }

// FromSeq starts a producer of the elements of a sequence, which may be lazy
// and endless: GenStage's from_enumerable. The sequence is suspended between
// demands. It runs in a coroutine of its own, never in parallel with itself. For
// live input use flow.FromChan or a producer of your own: a sequence that waits
// for its next element holds back those that have come before it.
//
// For a demand of n exactly n elements are pulled. If that takes longer than
// about a millisecond, those that are there are emitted with the next one, and
// the stage looks at its other messages before it goes on. (With [Exact] the
// whole demand is filled first, however long it takes.) A sequence that waits
// cannot be interrupted; behind the element that it waits for it is told to
// stop if the stage has to.
//
// When the sequence ends the producer stops with process.Normal, behind its
// last events. A panic in it crashes the producer. With
// [StopAfterLastConsumer] the producer also ends with its last consumer.
// However it ends, the sequence is told to stop.
//
// It fails with [ErrNilSeq], and otherwise as [StartProducer].
func FromSeq[T any](ctx context.Context, seq iter.Seq[T], opts ...Option) (*Producer[T], error) {
	if seq == nil {
		return nil, ErrNilSeq
	}
	return startSeq(ctx, &seqProducer[T]{seq: seq}, opts)
}

// FromSeq2 is [FromSeq] for a sequence that can fail, such as a [Stream]. Its
// first error ends it: the producer stops with that error, behind the events
// before it.
func FromSeq2[T any](ctx context.Context, seq iter.Seq2[T, error], opts ...Option) (*Producer[T], error) {
	if seq == nil {
		return nil, ErrNilSeq
	}
	p := new(seqProducer[T])
	p.seq = func(yield func(T) bool) {
		for element, err := range seq {
			if err != nil {
				p.failure = err
				return
			}
			if !yield(element) {
				return
			}
		}
	}
	return startSeq(ctx, p, opts)
}

func startSeq[T any](ctx context.Context, p *seqProducer[T], opts []Option) (*Producer[T], error) {
	c := &config{role: RoleProducer, fromSeq: true}
	if err := c.apply(opts); err != nil {
		return nil, err
	}
	p.stopOnLast = c.stopOnLast
	return startProducer(ctx, p, c)
}

// seqProducer is the behaviour of FromSeq.
type seqProducer[T any] struct {
	seq        iter.Seq[T]
	stopOnLast bool
	consumers  int

	// running holds a token while the sequence runs. It is a channel, not a
	// mutex, so that a test with fake time can wait for it.
	running  chan struct{}
	stopping atomic.Bool
	want     int // elements that are asked for and not pulled
	ctx      *Context[T]
	next     func() (struct{}, bool)
	stop     func()
	ended    bool
	failure  error // of the sequence
	watch    stopwatch
}

// seqSignal is what the producer says to itself.
type seqSignal uint8

const (
	seqMore seqSignal = iota // go on pulling
	seqEnd                   // the last events are on their way
)

// Init makes the coroutine. It switches once for each demand, not for each
// element: that is what makes it cheap.
func (p *seqProducer[T]) Init(ctx *Context[T]) error {
	if p.seq == nil {
		return ErrNilSeq
	}
	p.ctx = ctx
	p.running = make(chan struct{}, 1)
	p.next, p.stop = iter.Pull(p.rounds)
	p.watch = stopwatch{off: ctx.stage.exact, base: time.Now()}
	// A killed stage runs no Terminate, and the coroutine must end all the same.
	context.AfterFunc(ctx.Context(), p.close)
	return nil
}

// rounds emits elements between two yields, until as many as are wanted are
// there or it has taken long. Elements go straight into what the callback emits,
// as many at a time as need no look at the clock: an element is to cost no more
// than its place there.
func (p *seqProducer[T]) rounds(yield func(struct{}) bool) {
	room := p.ctx.Extend(min(p.want, p.watch.unwatched()))
	n := 0
	defer func() {
		// Nothing is spare when the sequence is told to stop, which may be in
		// another goroutine.
		if spare := len(room) - n; spare > 0 {
			p.ctx.shrink(spare)
		}
	}()
	for element := range p.seq {
		if p.stopping.Load() {
			return
		}
		room[n] = element
		if n++; n < len(room) {
			continue
		}
		p.want -= n
		if (p.watch.long() || p.want == 0) && !yield(struct{}{}) {
			return
		}
		room, n = p.ctx.Extend(min(p.want, p.watch.unwatched())), 0
	}
}

// Terminate ends the sequence before the stage is done.
func (p *seqProducer[T]) Terminate(*Context[T], error) { p.close() }

// close ends the sequence, whose own clean-up may fail: it runs in no callback of
// the stage.
func (p *seqProducer[T]) close() {
	p.stopping.Store(true)
	p.running <- struct{}{}
	defer func() {
		<-p.running
		if v := recover(); v != nil {
			p.ctx.Logger().Error(logSeqFailed, process.LogAttrs("error", process.NewCrash(v))...)
		}
	}()
	p.stop()
}

// HandleDemand pulls as many elements as are asked for.
func (p *seqProducer[T]) HandleDemand(_ *Context[T], demand int) error {
	pulling := p.want > 0
	p.want += demand
	if !pulling { // else the signal to go on is on its way
		p.pull()
	}
	return nil
}

// pull lets the sequence run for a round.
func (p *seqProducer[T]) pull() {
	if p.ended {
		return
	}
	p.running <- struct{}{}
	defer func() { <-p.running }()
	p.watch.begin()
	_, more := p.next()
	switch {
	case !more:
		p.ended = true
		AsyncInfo(p.ctx.Self(), seqEnd)
	case p.want > 0:
		Info(p.ctx.Self(), seqMore)
	}
}

// HandleInfo goes on, or stops the stage when its last events are on their way.
func (p *seqProducer[T]) HandleInfo(_ *Context[T], signal seqSignal) error {
	switch {
	case signal == seqMore:
		p.pull()
		return nil
	case p.failure != nil:
		return p.failure
	}
	return process.Normal
}

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

const (
	longRound = time.Millisecond
	// mostUnwatched is the most elements between two looks at the clock, which
	// costs as much as dozens of quick elements.
	mostUnwatched = 64
)

// stopwatch tells when a round has taken long because the sequence is slow. It
// looks at the clock at each element of a slow one, and the more rarely the
// quicker it is: a quick one that the processor was taken from goes on.
type stopwatch struct {
	off   bool
	base  time.Time // any: the time since it is cheaper to get than the time
	began time.Duration
	last  time.Duration // look at the clock
	quick int           // elements between two looks, less one
}

func (w *stopwatch) begin() {
	if w.off {
		return
	}
	w.began = time.Since(w.base)
	w.last = w.began
}

// unwatched is how many elements may come until long is asked.
func (w *stopwatch) unwatched() int {
	if w.off {
		return mostUnwatched
	}
	return w.quick + 1
}

// long is asked behind as many elements, or behind the last of a round.
func (w *stopwatch) long() bool {
	if w.off {
		return false
	}
	now := time.Since(w.base)
	slow := now-w.last >= longRound/16
	waited := slow && w.quick == 0 // for this very element
	if w.quick = min(2*w.quick+1, mostUnwatched-1); slow {
		w.quick = 0
	}
	w.last = now
	return waited && now-w.began >= longRound
}
