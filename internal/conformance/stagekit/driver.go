package stagekit

import (
	"context"
	"errors"
	"testing/synctest"

	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/stage"
)

// replay is one scenario in progress.
type replay struct {
	*bench
	ctx      context.Context
	cancel   context.CancelFunc
	handle   handle
	requests requester
	reader   *reader // of a stream
	gone     bool    // it was reported that the stage has exited
	late     map[string]<-chan any
}

func newReplay(sut *SUT) *replay {
	r := &replay{bench: newBench(sut), handle: absent{}, requests: absent{}, late: make(map[string]<-chan any)}
	r.ctx, r.cancel = context.WithCancel(context.Background())
	return r
}

// end ends everything that runs.
func (r *replay) end() error {
	r.cancel()
	if r.reader != nil {
		close(r.reader.credits)
	}
	return r.system.Shutdown(context.Background())
}

// start starts the stage under test.
func (r *replay) start() Record {
	for _, name := range r.sut.DeadProbes {
		r.probes.named(name).die(process.Normal)
	}
	err := r.launch()
	synctest.Wait()
	record := r.journal.take()
	switch {
	case err == nil:
		record.Result = entry{"ok": true}
		record.Stage = r.stageNow()
		return record
	case errors.Is(err, errUnwritable):
		record.Result = entry{"error": err.Error()}
	default:
		record.Result = startResult(err)
	}
	record.Stage, r.gone = dead, true
	return record
}

// step does one step, until nothing moves any more.
func (r *replay) step(s *Step) Record {
	result := r.do(s)
	synctest.Wait()
	record := r.journal.take()
	record.Result = result
	record.ChildExits = r.nursery.exits()
	record.LateResults = r.lateResults()
	record.Stage = r.stageNow()
	return record
}

const dead = "dead"

// stageNow says how the stage has exited, once, and then that it is dead.
func (r *replay) stageNow() any {
	if r.gone {
		return dead
	}
	reason := r.exited()
	if reason == nil {
		return nil
	}
	r.gone = true
	return entry{"exit": reasonOf(reason)}
}

// exited is the exit reason of the stage, nil while it runs.
func (r *replay) exited() error {
	if r.reader == nil {
		return r.handle.Err()
	}
	select {
	case reason := <-r.reader.exit:
		return reason
	default:
		return nil
	}
}

// lateResults are the results of earlier calls that have come now.
func (r *replay) lateResults() map[string]any {
	results := make(map[string]any)
	for label, result := range r.late {
		select {
		case results[label] = <-result:
			delete(r.late, label)
		default:
		}
	}
	return results
}

// do does a step. Its result is nil if the recordings note none.
func (r *replay) do(s *Step) any {
	switch s.Op {
	case "subscribe", "ask", "cancel", "send_events", "producer_cancel", "die":
		r.probeStep(s)
		return nil
	case "batch":
		r.batch(s.Steps)
		return nil
	case "child_exit":
		r.nursery.exit(s)
		return nil
	case "take":
		r.reader.grant(r.count(s))
		return nil
	case "send_down":
		r.send(&process.Down{Ref: process.NewRef(), Reason: errOf(s.Reason)})
		return nil
	}
	return r.clientStep(s)
}

// batch does steps while the stage under test takes nothing from its mailbox.
func (r *replay) batch(steps []Step) {
	release := make(chan struct{})
	if p, alive := r.system.Whereis(sutName); alive {
		go p.Inspect(r.ctx, func() { <-release }) // its error would be that the stage is gone
		synctest.Wait()
	}
	for i := range steps {
		r.do(&steps[i])
	}
	close(release)
}

// probeStep lets a probe send a message to the stage under test, or die.
func (r *replay) probeStep(s *Step) {
	p := r.probes.named(s.Probe)
	from, ref := p.process.PID(), r.names.ref(s.Ref)
	switch s.Op {
	case "subscribe":
		m := &stage.Subscribe{From: from, Ref: ref, Options: rawOptions(s.Opts)}
		if s.Current != nil {
			m.Replaces = &stage.Replacement{Ref: r.names.ref(s.Current.Ref), Reason: errOf(s.Current.Reason)}
		}
		r.send(m)
	case "ask":
		r.send(&stage.Ask{From: from, Ref: ref, N: r.count(s)})
	case "cancel":
		r.send(&stage.Cancel{From: from, Ref: ref, Reason: errOf(s.Reason)})
	case "send_events":
		r.send(&stage.Events[int]{From: from, Ref: ref, Events: s.Events})
	case "producer_cancel":
		r.send(&stage.Canceled{From: from, Ref: ref, Reason: errOf(s.Reason)})
	case "die":
		p.die(errOf(s.Reason))
	}
}

// count is the number of a step. A malformed one becomes the only kind of
// malformed ask that Go can write.
func (r *replay) count(s *Step) int {
	if n, ok := wholeNumber(s.N); ok {
		return n
	}
	return -1
}

func (r *replay) send(msg any) {
	if p, alive := r.system.Whereis(sutName); alive {
		p.Send(msg)
	}
}
