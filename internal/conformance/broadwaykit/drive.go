package broadwaykit

import (
	"context"
	"errors"
	"testing/synctest"
	"time"

	"github.com/stagecraft-go/stagecraft/broadway"
	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/stage"
)

// step does a step of the script.
func (r *replay) step(s *Step) {
	j := r.journal
	switch s.Do {
	case "push":
		r.push(s)
	case "emit":
		r.emit(s)
	case "wait_processed":
		j.await(func(r *record) bool { return r.processed >= s.N })
	case "wait_acked":
		j.await(func(r *record) bool { return r.acked() >= s.N })
	case "wait_batches":
		j.await(func(r *record) bool { return len(r.batches) >= s.N })
	case "wait_draining":
		j.await(func(r *record) bool { return len(r.draining) > 0 })
	case "wait_gate":
		r.gates.await(s.Name)
	case "open_gate":
		close(r.gates.gate(s.Name))
	case "settle":
		j.settle(time.Duration(s.MS) * time.Millisecond)
	case "sleep":
		time.Sleep(time.Duration(s.MS) * time.Millisecond)
	case "mark":
		j.note(func(r *record) { r.marks = append(r.marks, len(r.messages)) })
	case "kill":
		r.kill(s)
	case "stop_async":
		go func() {
			r.stop(process.Normal)
			close(r.stopped)
		}()
	default:
		if result := r.ask(s); result != nil {
			r.result(s, result)
		}
	}
}

func (r *replay) result(s *Step, result any) {
	r.journal.note(func(r *record) { r.results = append(r.results, [2]any{s.Do, result}) })
}

// acked counts the messages in acknowledger calls.
func (r *record) acked() (n int) {
	for _, a := range r.acks {
		n += len(a.ok) + len(a.failed)
	}
	return n
}

// ask does a step that has a result.
func (r *replay) ask(s *Step) any {
	switch s.Do {
	case "stop", "stop_by_pid":
		return r.stop(reasonOf(s.Reason))
	case "await_stopped":
		<-r.stopped
		return reasonName(r.pipeline.Err())
	case "wait_down":
		<-r.pipeline.Done()
		return reasonName(r.pipeline.Err())
	case "restarts":
		return r.restarts()
	case "topology":
		return r.topology()
	case "producer_names":
		return r.producerNames()
	case "process_names":
		names := []string{}
		for _, name := range components(r.pipeline.Topology()) {
			if _, alive := r.process(name); alive {
				names = append(names, name)
			}
		}
		return names
	case "is_running":
		return r.pipeline.Err() == nil
	case "get_rate_limiting", "update_rate_limiting":
		return r.rateLimit(s)
	case "caller_ack":
		return r.callerAck(s)
	case "noop_ack":
		for _, d := range s.events() {
			r.hand(broadway.Unacknowledged(d))
		}
		return nil
	}
	return "unknown step"
}

// reasons are the exit reasons with a name.
var reasons = map[string]error{
	"normal": process.Normal, "shutdown": process.Shutdown, "killed": process.Killed, notRunning: process.NoProc,
}

const notRunning = "not running"

func reasonOf(name string) error {
	if reason, ok := reasons[name]; ok {
		return reason
	}
	return process.Normal
}

func reasonName(reason error) string {
	for name, known := range reasons {
		if errors.Is(reason, known) {
			return name
		}
	}
	return reason.Error()
}

// stop stops the pipeline and returns how it has ended.
func (r *replay) stop(reason error) string {
	r.journal.note(func(r *record) { r.stopping = true })
	if reason == process.Normal {
		_, _ = r.pipeline.Stop(context.Background()) // the reason is looked at
	} else {
		_ = r.pipeline.Process().Stop(context.Background(), reason)
	}
	return reasonName(r.pipeline.Err())
}

// push hands messages to a producer.
func (r *replay) push(s *Step) {
	var messages []broadway.Message[Data]
	for _, d := range s.Data {
		m := r.message(d)
		if s.Mode == "flush" || s.API == "test_message" {
			m.BatchMode = broadway.Flush
		}
		messages = append(messages, m)
	}
	if s.API != "test_message" {
		r.refusal(s, r.hand(messages...))
		return
	}
	for _, m := range messages {
		r.refusal(s, r.hand(m))
	}
}

func (r *replay) hand(messages ...broadway.Message[Data]) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	return r.pipeline.Push(ctx, messages...)
}

// refusal notes a push that was refused.
func (r *replay) refusal(s *Step, err error) {
	switch {
	case err == nil:
	case r.pipeline.Err() != nil:
		r.result(s, notRunning)
	case errors.Is(err, broadway.ErrStopping):
		r.result(s, draining)
	default:
		r.result(s, err.Error())
	}
}

const draining = "draining"

// emit lets the first producer emit.
func (r *replay) emit(s *Step) {
	request := &emission{data: s.events(), stop: s.How == "stop"}
	if r.scenario.Config.Producer.Transformer {
		send[Data](r, s.How, request)
	} else {
		send[broadway.Message[Data]](r, s.How, request)
	}
}

// send gives a request to the first producer, which emits E.
func send[E any](r *replay, how string, request *emission) {
	to := stage.ByName[E](r.system, pipelineName+".Broadway."+producerName(0))
	switch how {
	case "call":
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		_, _ = stage.Call[bool](ctx, to, request) // what was not emitted shows
	case "cast":
		stage.Cast(to, request)
	default:
		stage.Info(to, request)
	}
}

// afterKill is how long it has to be quiet after a kill.
const afterKill = 60 * time.Millisecond

// kill kills a component, and waits for its replacement.
func (r *replay) kill(s *Step) {
	victim, alive := r.process(s.Who)
	if !alive {
		return
	}
	victim.Kill()
	if s.NoWait {
		return
	}
	for range patience / time.Millisecond {
		synctest.Wait()
		if p, ok := r.process(s.Who); ok && p != victim {
			break
		}
		time.Sleep(time.Millisecond)
	}
	quiet := afterKill
	if s.Settle != nil {
		quiet = millis(s.Settle)
	}
	r.journal.settle(quiet)
}
