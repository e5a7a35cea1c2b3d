package stagekit

import (
	"github.com/stagecraft-go/stagecraft/internal/conformance"
	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/stage"
)

// script is the behaviour of the stage under test: what it emits, when it stops
// and when it fails is told by the scenario. This type has the callbacks that a
// stage with minimal callbacks has; [full] has all.
type script[Out any] struct {
	*bench
	out func(event int) Out

	calls    int // of HandleDemand
	next     int // the event to come
	pending  int // demand to be served later
	held     []int
	finished bool
	deferred map[string]stage.Caller[int]
}

// Init implements stage.Initializer.
func (s *script[Out]) Init(*stage.Context[Out]) error {
	s.next = s.sut.Params.Start
	s.deferred = make(map[string]stage.Caller[int])
	if s.sut.Init == nil {
		return nil
	}
	return s.sut.Init.err()
}

// err is what a callback returns for a verb.
func (v *Verb) err() error {
	switch {
	case v.Stop != nil:
		return errOf(*v.Stop)
	case v.Word == "ignore":
		return process.Ignore
	}
	return errBadReturn
}

// HandleDemand implements stage.DemandHandler.
func (s *script[Out]) HandleDemand(ctx *stage.Context[Out], demand int) error {
	s.journal.callback("handle_demand", entry{"n": demand})
	s.calls++
	params := s.sut.Params
	switch {
	case params.StopOnDemand != nil && params.StopOnDemand.Nth == s.calls:
		return errOf(params.StopOnDemand.Reason)
	case params.RaiseOnDemand == s.calls:
		panic("callback")
	case params.BadOnDemand == s.calls:
		return errBadReturn
	}
	s.emit(ctx, s.produce(ctx, demand))
	return nil
}

// produce is what a behaviour emits on demand.
func (s *script[Out]) produce(ctx *stage.Context[Out], demand int) []int {
	params := s.sut.Params
	switch s.sut.Behaviour {
	case "counter":
		return s.count(demand)
	case "over":
		return s.count(demand + params.K)
	case "short":
		most := params.K
		if most == 0 {
			most = 2
		}
		return s.count(min(demand, most))
	case "late":
		s.pending += demand
	case "finite":
		left := max(params.Limit-s.next, 0)
		if demand >= left && !s.finished {
			s.finished = true
			stage.AsyncInfo[any](ctx.Self(), finished)
		}
		return s.count(min(demand, left))
	}
	return nil // a queue emits in requests only
}

// finished is the info that ends a finite producer.
const finished = "finished"

func (s *script[Out]) count(n int) []int {
	events := make([]int, n)
	for i := range events {
		events[i] = s.next
		s.next++
	}
	return events
}

// HandleEvents implements stage.EventsHandler.
func (s *script[Out]) HandleEvents(ctx *stage.Context[Out], batch []int, from stage.Subscription) error {
	s.journal.callback("handle_events", entry{"events": append([]int{}, batch...), "from": s.from(from)})
	params := s.sut.Params
	for _, event := range batch {
		switch {
		case params.StopOn != nil && params.StopOn.Event == event:
			return errOf(params.StopOn.Reason)
		case params.RaiseOn != nil && *params.RaiseOn == event:
			panic("callback")
		case params.BadOn != nil && *params.BadOn == event:
			return errBadReturn
		}
	}
	s.emit(ctx, s.transform(batch))
	return nil
}

// transform is what a behaviour emits for a batch.
func (s *script[Out]) transform(batch []int) (events []int) {
	switch s.sut.Behaviour {
	case "leaky", "identity":
		return batch
	case "double":
		for _, event := range batch {
			events = append(events, event, event)
		}
	case "drop_odd":
		for _, event := range batch {
			if event%2 == 0 {
				events = append(events, event)
			}
		}
	case "batch_sum":
		sum := 0
		for _, event := range batch {
			sum += event
		}
		return []int{sum}
	case "hold":
		s.held = append(s.held, batch...)
	}
	return events // a sink emits nothing
}

func (s *script[Out]) emit(ctx *stage.Context[Out], events []int) {
	for _, event := range events {
		ctx.Emit(s.out(event))
	}
}

// from is a subscription as the recordings write it.
func (s *script[Out]) from(sub stage.Subscription) []any {
	return []any{s.probes.nameAt(sub.Peer()), s.names.name(sub.Ref())}
}

// full is a script with all callbacks.
type full[Out any] struct{ script[Out] }

// HandleSubscribe implements stage.SubscribeHandler.
func (f *full[Out]) HandleSubscribe(_ *stage.Context[Out], peer stage.Role, sub stage.Subscription, opts stage.SubscribeOptions) (stage.SubscriptionMode, error) {
	f.journal.callback("handle_subscribe", entry{
		"peer": peer.String(), "from": f.from(sub), "opts": recordOptions(opts),
	})
	text, given := opts.Extra[extraMode]
	if !given {
		return stage.Automatic, nil
	}
	var mode Verb
	if err := mode.UnmarshalJSON([]byte(text)); err != nil {
		return 0, err
	}
	if mode.Stop != nil {
		return 0, errOf(*mode.Stop)
	}
	return conformance.Choice[stage.SubscriptionMode](mode.Word, "automatic", "manual"), nil
}

// HandleCancel implements stage.CancelHandler.
func (f *full[Out]) HandleCancel(ctx *stage.Context[Out], kind stage.CancelKind, sub stage.Subscription, reason error) error {
	f.journal.callback("handle_cancel", entry{"kind": kind.String(), "from": f.from(sub), "reason": reasonOf(reason)})
	on := f.sut.Params.OnCancel
	if on.Stop != nil {
		return errOf(*on.Stop)
	}
	f.emit(ctx, on.Emit)
	return nil
}

// HandleInfo implements stage.InfoHandler.
func (f *full[Out]) HandleInfo(ctx *stage.Context[Out], msg any) error {
	if r, ok := msg.(*Request); ok {
		f.journal.callback("handle_info", entry{"msg": r.Text})
		return f.perform(ctx, r, nil)
	}
	f.journal.callback("handle_info", entry{"msg": msg})
	if f.sut.Behaviour == "finite" && msg == finished {
		return process.Normal
	}
	return nil
}

// FormatDiscarded implements stage.DiscardFormatter.
func (f *full[Out]) FormatDiscarded(count int) bool {
	f.journal.callback("format_discarded", entry{"n": count})
	warn := f.sut.Params.FormatDiscarded
	return warn == nil || *warn
}

// Terminate implements stage.Terminator.
func (f *full[Out]) Terminate(_ *stage.Context[Out], reason error) {
	f.journal.callback("terminate", entry{"reason": reasonOf(reason)})
}
