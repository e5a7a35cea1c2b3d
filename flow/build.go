package flow

import (
	"cmp"
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/stage"
)

// build is what the starting of a flow collects.
type build struct {
	*job
	invalid  error // a mistake in the options of the run
	watcher  func(stage string) stage.Option
	sources  []*process.Process
	held     []*process.Process // stages of others whose demand is held back
	patience time.Duration      // how long stages may take to stop
	offset   int                // of the positions in the branch that is being started
}

// culprit is the operation to blame when a stage fails outside of its own
// operations.
type culprit struct {
	op  string
	pos int
}

// culprit is an operation of the branch that is being started.
func (b *build) culprit(op string, pos int) culprit { return culprit{op, b.offset + pos} }

// options are those of each stage that the flow starts.
func (b *build) options(name string, more ...stage.Option) []stage.Option {
	opts := append(more, stage.In(b.system), stage.Quiet())
	if b.watcher != nil {
		opts = append(opts, b.watcher(name))
	}
	return opts
}

// stageName is the name of one of several stages of an operation.
func stageName(op string, index, total int) string {
	if total == 1 {
		return op
	}
	return op + "/" + strconv.Itoa(index)
}

// safely calls what starts something. A panic in it is an error of the operation.
func (c culprit) safely(start func() error) (err error) {
	defer func() {
		if value := recover(); value != nil {
			err = c.explain(process.NewCrash(value))
		}
	}()
	return start()
}

var errNoStage = errors.New("the start function returned neither a stage nor an error")

// startStage calls a function of the user that starts a stage.
func startStage[S any, P interface {
	*S
	Process() *process.Process
}](c culprit, start func() (P, error)) (s P, err error) {
	err = c.safely(func() (err error) {
		s, err = start()
		if err == nil && (s == nil || s.Process() == nil) {
			err = errNoStage
		}
		return err
	})
	if err != nil {
		return nil, c.explain(err)
	}
	return s, nil
}

// forward lets the events flow.
func (b *build) forward() {
	for _, p := range b.sources {
		p.Send(&stage.SetDemand{Mode: stage.Forward})
	}
}

// hold makes a producer of others wait until all stages have subscribed, so that
// it cannot end between the first and the last of them.
func (b *build) hold(p *process.Process) {
	p.Send(&stage.SetDemand{Mode: stage.Accumulate})
	b.held = append(b.held, p)
}

// release lets go of the producers of others when the flow does not come to it.
func (b *build) release() {
	for _, p := range b.held {
		p.Send(&stage.SetDemand{Mode: stage.Forward})
	}
}

func (b *build) sourcePIDs() (pids []*process.PID) {
	for _, p := range b.sources {
		pids = append(pids, p.PID())
	}
	return pids
}

// giveUp stops what has been started before something failed, and tells why.
func (b *build) giveUp(err error) error {
	first := cmp.Or(b.err(), b.blame()) // a stage that failed while others were started
	b.cancel(err)
	go b.supervise(b.patience)
	<-b.done
	b.release()
	if b.caller.Err() != nil { // whatever was at work is not to blame
		return b.stopped(nil)
	}
	return cmp.Or(first, err)
}

// broken ends the flow because its events cannot be received. The end of the
// caller's context is no failure of the flow, and known.
func (b *build) broken(ctx context.Context, err error) {
	if ctx.Err() == nil {
		b.fail(cmp.Or(b.blame(), culprit{}.explain(err)))
	}
}
