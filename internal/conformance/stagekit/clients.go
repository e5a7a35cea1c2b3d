package stagekit

import (
	"errors"
	"testing/synctest"

	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/stage"
	"github.com/stagecraft-go/stagecraft/supervisor"
)

// clientStep does an operation of a client. Those that are asynchronous always
// succeed.
func (r *replay) clientStep(s *Step) any {
	switch s.Op {
	case "sut_subscribe", "sut_resubscribe":
		return r.subscribe(s)
	case "kill_sut":
		r.handle.Kill()
		return nil
	case "set_demand":
		r.handle.SetDemand(demandMode(s.Mode))
	case "cast":
		r.requests.cast(&s.Request)
	case "call":
		return r.call(s)
	case "info":
		return r.info(s)
	case "get_demand", "buffered":
		return r.control(s)
	case "stop":
		return okOr(r.handle.Stop(r.ctx, errOf(s.Reason)))
	case "start_child", "terminate_child", "which_children", "count_children":
		return r.nursery.step(r.ctx, s)
	default:
		return entry{"unknown operation": s.Op}
	}
	return entry{"ok": true}
}

// control asks for what every stage can tell.
func (r *replay) control(s *Step) any {
	return r.client(func() any {
		if s.Op == "get_demand" {
			mode, err := r.handle.DemandMode(r.ctx)
			return resultOf(mode.String(), err)
		}
		count, err := r.handle.EstimateBuffered(r.ctx)
		if errors.Is(err, stage.ErrNotAProducer) {
			err = nil // GenStage tells its log only; the count is there all the same
		}
		return resultOf(count, err)
	})
}

// call may stay without a reply: that comes later, under a label.
func (r *replay) call(s *Step) any {
	done := inBackground(func() any { return resultOf(r.requests.call(r.ctx, &s.Request)) })
	result := resultNow(done)
	if result == nil {
		r.late[s.Request.Defer] = done
		return entry{"pending": true}
	}
	return result
}

func (r *replay) info(s *Step) any {
	var msg any = s.Msg.Text
	if s.Msg.Request != nil {
		msg = s.Msg.Request
	}
	return r.client(func() any { return okOr(r.requests.info(r.ctx, s.Mode, msg)) })
}

// subscribe makes the stage under test subscribe to a source.
func (r *replay) subscribe(s *Step) any {
	opts, err := subscribeOptions(s.As, s.Opts)
	if err != nil {
		return resultOf(nil, err)
	}
	sut, source := stage.ByName[int](r.system, sutName), r.source(s.To)
	var old stage.Subscription
	if s.Current != nil {
		old = r.names.subscription(s.Current.Ref)
	}
	switch s.Op + " " + s.Mode {
	case "sut_subscribe sync":
		return r.client(func() any {
			return r.subscribed(s)(stage.SyncSubscribe(r.ctx, sut, source, opts...))
		})
	case "sut_resubscribe sync":
		return r.client(func() any {
			return r.subscribed(s)(stage.SyncResubscribe(r.ctx, sut, old, errOf(s.Reason), source, opts...))
		})
	case "sut_subscribe async":
		_ = stage.AsyncSubscribe(sut, source, opts...) // what fails is in the log of the stage
	default:
		_ = stage.AsyncResubscribe(sut, old, errOf(s.Reason), source, opts...)
	}
	return entry{"ok": true}
}

func (r *replay) subscribed(s *Step) func(stage.Subscription, error) any {
	return func(sub stage.Subscription, err error) any {
		if err != nil {
			return resultOf(nil, err)
		}
		return entry{"ok": r.names.returned(sub, s.As)}
	}
}

// client runs an operation that waits for the stage.
func (r *replay) client(op func() any) any {
	if result := resultNow(inBackground(op)); result != nil {
		return result
	}
	return entry{"pending": true}
}

func inBackground(op func() any) <-chan any {
	done := make(chan any, 1)
	go func() { done <- op() }()
	return done
}

// resultNow is the result of an operation, nil if it waits for something that
// will not happen in this step.
func resultNow(done <-chan any) any {
	synctest.Wait()
	select {
	case result := <-done:
		return result
	default:
		return nil
	}
}

func okOr(err error) any {
	if err != nil {
		return resultOf(nil, err)
	}
	return entry{"ok": true}
}

// resultOf is the result of a client's operation as the recordings write it.
func resultOf(value any, err error) any {
	var exit *process.ExitError
	option, isOption := optionOf(err)
	switch {
	case err == nil:
		return entry{"value": value}
	case errors.As(err, &exit):
		return entry{"exit": reasonOf(exit.Reason)}
	case errors.Is(err, process.NoProc):
		return entry{"exit": reasonOf(process.NoProc)}
	case errors.Is(err, supervisor.ErrNotFound):
		return entry{"error": "not_found"}
	case errors.Is(err, stage.ErrNotAConsumer):
		return entry{"error": "not_a_consumer"}
	case errors.Is(err, stage.ErrNotAProducer):
		return entry{"error": "not_a_producer"}
	case isOption:
		return entry{"error": entry{"bad_opts": entry{"option": option}}}
	}
	return entry{"error": err.Error()}
}
