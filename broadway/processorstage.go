package broadway

import (
	"context"

	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/stage"
)

// processorStage is the stage of a processor. E is what it emits: messages for
// the batchers, or nothing without any.
type processorStage[In, Out, E any] struct {
	*processor[In, Out]
	downstreams
	parent  *process.Process
	config  *Config[In, Out]
	forward func(ctx *stage.Context[E], out []*Message[Out])
}

// finalProcessor is a processor without batchers.
type finalProcessor[In, Out any] = processorStage[In, Out, stage.None]

// Init implements stage.Initializer.
func (p *processorStage[In, Out, E]) Init(ctx *stage.Context[E]) error {
	return p.begin(ctx.Process(), p.config)
}

// HandleEvents implements stage.EventsHandler.
func (p *processorStage[In, Out, E]) HandleEvents(ctx *stage.Context[E], chunk []delivery[In], _ stage.Subscription) error {
	if out := p.work(chunk); len(out) > 0 {
		p.forward(ctx, out)
	}
	return nil
}

// HandleSubscribe implements stage.SubscribeHandler.
func (p *processorStage[In, Out, E]) HandleSubscribe(_ *stage.Context[E], peer stage.Role, sub stage.Subscription, opts stage.SubscribeOptions) (stage.SubscriptionMode, error) {
	if peer == stage.RoleConsumer {
		p.added(p.worker, sub)
	} else {
		p.joined(sub, opts)
	}
	return stage.Automatic, nil
}

// HandleCancel implements stage.CancelHandler.
func (p *processorStage[In, Out, E]) HandleCancel(ctx *stage.Context[E], kind stage.CancelKind, sub stage.Subscription, _ error) error {
	switch mine, last := p.left(sub); {
	case last:
		p.through(ctx)
	case !mine:
		p.removed(p.worker, kind, sub)
	}
	return nil
}

// workerMessage is what processors, batchers and batch processors are told.
type workerMessage uint8

const (
	willTerminate workerMessage = iota + 1 // the pipeline drains
	workedOff                              // all that came before has been dispatched
	hurryUp                                // do not let messages wait for others
)

// HandleInfo implements stage.InfoHandler.
func (p *processorStage[In, Out, E]) HandleInfo(ctx *stage.Context[E], msg any) error {
	switch m := msg.(type) {
	case lookFor:
		p.look(int(m))
	case workerMessage:
		p.hear(ctx, m)
	case *process.Exit:
		return p.exit(p.parent, m)
	}
	return nil
}

func (p *processorStage[In, Out, E]) hear(ctx *stage.Context[E], m workerMessage) {
	switch m {
	case willTerminate:
		p.ending = true
		if p.allGone() {
			p.through(ctx)
		}
	case workedOff:
		if len(p.batchers) == 0 {
			p.reportDone()
			return
		}
		p.cancelAll(p.worker)
	}
}

// through puts the end behind what is being worked on.
func (p *processorStage[In, Out, E]) through(ctx *stage.Context[E]) {
	stage.AsyncInfo(ctx.Self(), any(workedOff))
}

// Terminate implements stage.Terminator.
func (p *processorStage[In, Out, E]) Terminate(_ *stage.Context[E], reason error) { p.end(reason) }

// exit is what an exit signal means to a worker: only its supervisor can stop
// it. A process that user code is linked to may crash.
func (w *worker) exit(parent *process.Process, m *process.Exit) error {
	if m.From == nil || parent == nil || m.From.Equal(parent.PID()) {
		return m.Reason
	}
	if !process.Orderly(m.Reason) {
		w.log().Error("broadway: a linked process crashed", "process", m.From.Id, "reason", m.Reason)
	}
	return nil
}

// look subscribes to a producer again, as soon as it is there.
func (u *upstreams[In]) look(index int) {
	if u.ending {
		return
	}
	slot := u.engine.slots()[index]
	h, sink := slot.handle.Load(), u.sink.Load()
	if h == nil || sink == nil || h.Err() != nil {
		u.self.SendAfter(u.engine.resubscribeInterval(), lookFor(index))
		return
	}
	err := stage.AsyncSubscribe[delivery[In]](*sink, h, u.engine.options(u.identity.Index, index)...)
	if err != nil {
		u.log().Error("broadway: cannot subscribe to a producer", "error", err)
	}
}

// startProcessor starts a processor, subscribed to all producers.
func (e *engine[In, Out]) startProcessor(ctx context.Context, index int, parent *process.Process) (*process.Process, error) {
	p := newProcessor(e, index)
	if len(e.batchers) == 0 {
		c, err := stage.StartConsumer(ctx, &finalProcessor[In, Out]{processor: p, config: &e.config, parent: parent},
			p.sources(), p.stageOptions(stage.Recycle())...)
		if err != nil {
			return nil, err
		}
		p.sink.Store(new(stage.Sink[delivery[In]](c)))
		return c.Process(), nil
	}
	s := &processorStage[In, Out, *Message[Out]]{
		processor: p, config: &e.config, parent: parent,
		forward: func(ctx *stage.Context[*Message[Out]], out []*Message[Out]) { ctx.EmitAll(out) },
	}
	pc, err := stage.StartProducerConsumer(ctx, s, p.sources(), p.stageOptions(
		stage.Recycle(), stage.Dispatch(e.routing()), stage.OnSend(func(to *process.PID, message any) {
			if m, ok := message.(*stage.Events[*Message[Out]]); ok {
				hand(p.worker, m.Events, routed, s.holders[to])
			}
		}))...)
	if err != nil {
		return nil, err
	}
	p.sink.Store(new(stage.Sink[delivery[In]](pc)))
	e.processors[index].Store(pc)
	return pc.Process(), nil
}

// hand notes who gets messages.
func hand[T any](w *worker, messages []*Message[T], from place, holder uint32) {
	for _, m := range messages {
		if !m.acked {
			m.record.move(m.epoch, from, w.id, batched, holder)
		}
	}
}
