package broadway

import (
	"context"
	"fmt"
	"slices"

	"github.com/stagecraft-go/stagecraft/internal/guard"
	"github.com/stagecraft-go/stagecraft/stage"
	"github.com/stagecraft-go/stagecraft/supervisor"
)

// Source is where the messages of a [Producer] come from. Make it with
// [FromStage], [FromMessages], [FromFetch], [FromSeq] or [FromChan], or with a
// connector. It can be used in several pipelines, if what it reads can.
type Source[In any] struct {
	// open is called once for each pipeline.
	open func(in pipelineOf[In]) opened[In]
	// prepare are the hooks of PrepareForStart.
	prepare []func(s *Settings) ([]supervisor.Spec, error)
	finite  bool         // its normal end is the end of the data
	once    bool         // it can be read by one process
	mistake *ConfigError // what it was made of; nil: nothing
}

// pipelineOf is a pipeline as its source sees it.
type pipelineOf[In any] struct {
	ctx    context.Context     // of the callbacks, without an end
	paused func() bool         // the source is not to be asked
	late   func([]Message[In]) // fails messages that came when no process was left
}

// opened is a source in one pipeline.
type opened[In any] struct {
	// start makes the behaviour of one producer process. Emit is called with
	// its messages in its callbacks.
	start func(index int, emit emitter[In]) (*inner[In], error)
	// interrupt ends what the source waits for; close is the end. Both may be
	// nil.
	interrupt, close func()
}

// emitter takes messages in a callback of a producer.
type emitter[In any] = func(ctx *stage.Context[delivery[In]], messages []Message[In])

// inner is the behaviour of a source in its producer.
type inner[In any] struct {
	stage.Adapter[delivery[In]]
	onEnd  func(func(reason error) error)
	drain  func() error
	resume func() error // after a pause
	busy   func() bool  // more may come in a moment
}

// fetching is the part of a behaviour that fetches in the background.
type fetching[E any] interface {
	resume(ctx *stage.Context[E]) error
	busy() bool
}

// Drainer is an optional callback of a source's stage: it is called when the
// pipeline begins to stop, to end what brings messages in by itself. It may
// emit last messages. Broadway calls it prepare_for_draining.
type Drainer[E any] interface {
	PrepareForDraining(ctx *stage.Context[E]) error
}

// FromStage makes a source of any producer. NewStage makes a behaviour for each
// process, whenever it starts; index counts the processes of the [Producer] from
// 0. Transform makes a message of each event; an event that it refuses, or
// panics on, is dropped with an error in the log. Transform may be called by all
// processes at the same time.
//
// The producer gets its demand as any does. Of the optional callbacks it has
// Init, HandleCall, HandleCast, HandleInfo and Terminate, and [Drainer].
func FromStage[E, In any](newStage func(index int) (stage.DemandHandler[E], error), transform func(event E) (Message[In], error)) Source[In] {
	if transform == nil {
		return Source[In]{mistake: missing("transform")}
	}
	return fromStage(newStage, func(emit emitter[In]) func(*stage.Context[delivery[In]], []E) {
		return func(ctx *stage.Context[delivery[In]], events []E) {
			messages := make([]Message[In], 0, len(events))
			for _, event := range events {
				m, err := transformed(transform, event)
				if err != nil {
					logFailure(ctx.Logger(), fmt.Sprintf("an event of type %T was dropped", event), err)
					continue
				}
				messages = append(messages, m)
			}
			emit(ctx, messages)
		}
	})
}

func transformed[E, In any](transform func(E) (Message[In], error), event E) (m Message[In], err error) {
	defer guard.Recover(&err)
	return transform(event)
}

// FromMessages makes a source of a producer that emits messages.
func FromMessages[In any](newStage func(index int) (stage.DemandHandler[Message[In]], error)) Source[In] {
	return fromStage(newStage, func(emit emitter[In]) func(*stage.Context[delivery[In]], []Message[In]) {
		return emit
	})
}

// fromStage makes a source of a producer whose events go through pass.
func fromStage[E, In any](newStage func(index int) (stage.DemandHandler[E], error),
	pass func(emitter[In]) func(*stage.Context[delivery[In]], []E)) Source[In] {
	if newStage == nil {
		return Source[In]{mistake: missing("newStage")}
	}
	start := func(index int, emit emitter[In]) (*inner[In], error) {
		behaviour, err := newStage(index)
		if err != nil {
			return nil, err
		}
		return adapt(behaviour, pass(emit))
	}
	return Source[In]{open: func(pipelineOf[In]) opened[In] { return opened[In]{start: start} }}
}

// adapt puts a behaviour of a source into a producer.
func adapt[E, In any](behaviour stage.DemandHandler[E], pass func(*stage.Context[delivery[In]], []E)) (*inner[In], error) {
	a, err := stage.Adapt(behaviour, pass)
	if err != nil {
		return nil, err
	}
	nothing := func() error { return nil }
	in := &inner[In]{Adapter: a, onEnd: a.OnEnd, drain: nothing, resume: nothing, busy: func() bool { return false }}
	if f, ok := behaviour.(fetching[E]); ok {
		in.resume, in.busy = func() error { return a.Do(f.resume) }, f.busy
	}
	if d, ok := behaviour.(Drainer[E]); ok {
		in.drain = func() error { return a.Do(d.PrepareForDraining) }
	}
	return in, nil
}

// exhaustedSource stands for a source that has come to its end.
func exhaustedSource[In any](_ int, emit emitter[In]) (*inner[In], error) {
	nothing := stage.ProducerFunc[Message[In]](func(*stage.Context[Message[In]], int) error { return nil })
	return adapt[Message[In]](nothing, emit)
}

// Finite makes the normal end of the source's stage (process.Normal) the end of
// its data. When all sources of a pipeline have ended so, and all messages are
// settled, the pipeline ends. Without it a source that ends is started again.
func (s Source[In]) Finite() Source[In] {
	s.finite = true
	return s
}

// PrepareForStart adds a hook that runs before anything starts, behind those that
// the source has already. It may change settings of the pipeline, which are
// checked again, and return children that are started before all else and stopped
// after it: Broadway's prepare_for_start.
func (s Source[In]) PrepareForStart(hook func(s *Settings) ([]supervisor.Spec, error)) Source[In] {
	if hook != nil {
		s.prepare = append(slices.Clone(s.prepare), hook)
	}
	return s
}
