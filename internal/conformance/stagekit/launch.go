package stagekit

import (
	"fmt"

	"github.com/stagecraft-go/stagecraft/stage"
)

// sutName is the registered name of the stage under test.
const sutName = "sut"

// launch starts the stage under test.
func (r *replay) launch() error {
	if r.sut.Type == "consumer_supervisor" {
		return r.supervise()
	}
	opts, err := startOptions(r.sut.Options)
	if err != nil {
		return err
	}
	from, err := r.sources()
	if err != nil {
		return err
	}
	opts = append(opts, stage.In(r.system), stage.Name(sutName), stage.Exact(), stage.OnSend(r.trace))
	switch r.sut.Type {
	case "producer":
		p, err := stage.StartProducer(r.ctx, newBehaviour(r.bench, same), opts...)
		return run(r, p, err)
	case "producer_consumer":
		p, err := stage.StartProducerConsumer(r.ctx, newBehaviour(r.bench, same), from, opts...)
		return run(r, p, err)
	case "consumer":
		c, err := stage.StartConsumer(r.ctx, newBehaviour(r.bench, none), from, opts...)
		return run(r, c, err)
	case "streamer":
		p, err := stage.FromSeq(r.ctx, r.sut.Enumerable.seq, opts...)
		return run(r, p, err)
	case "stream":
		r.reader = newReader(r.bench, stage.Stream(r.ctx, from, opts...))
		return nil
	}
	return fmt.Errorf("stage of unknown type %q", r.sut.Type)
}

// run makes a stage that has started the subject of the replay.
func run[Out any, S interface {
	stage.Stage[Out]
	handle
}](r *replay, s S, err error) error {
	if err == nil {
		r.handle = s
		r.requests = requests[Out]{stage.ByName[Out](r.system, sutName)}
	}
	return err
}

// sources are the subscriptions that the stage under test makes at its start.
func (r *replay) sources() (from stage.Sources[int], err error) {
	subs, err := r.sut.subscriptions()
	if err != nil {
		return nil, err
	}
	for _, sub := range subs {
		opts, err := subscribeOptions(sub.As, sub.Opts)
		if err != nil {
			return nil, err
		}
		from = from.And(r.source(sub.To), opts...)
	}
	return from, nil
}

// What a scripted stage emits for an event: it, or what consumers have instead.
func same(event int) int      { return event }
func none(int) (n stage.None) { return n }

// both is a behaviour for stages of all roles.
type both[Out any] interface {
	stage.DemandHandler[Out]
	stage.EventsHandler[int, Out]
}

func newBehaviour[Out any](b *bench, out func(int) Out) both[Out] {
	s := script[Out]{bench: b, out: out}
	if b.sut.Callbacks == "minimal" {
		return &s
	}
	return &full[Out]{s}
}
