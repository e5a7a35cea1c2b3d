package flow

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/stagecraft-go/stagecraft/internal/ctxerr"
	"github.com/stagecraft-go/stagecraft/process"
)

// Job is a running flow. Its methods may be called from anywhere.
type Job struct{ job *job }

// Done is closed when all stages of the flow have ended.
func (j *Job) Done() <-chan struct{} { return j.job.done }

// Err is the error that ended the flow, nil if it came to its end or is running.
func (j *Job) Err() error {
	select {
	case <-j.job.done:
		return j.job.err()
	default:
		return nil
	}
}

// Wait waits for the end and returns Err. If ctx, which is for the waiting alone,
// ends first, it returns the error of ctx and its cause; the flow goes on.
func (j *Job) Wait(ctx context.Context) error {
	select {
	case <-j.job.done:
		return j.job.err()
	case <-ctx.Done():
		return fmt.Errorf("flow: wait: %w", ctxerr.Of(ctx))
	}
}

// Stop ends the flow and waits for its stages. What is in flight is lost. If ctx
// ends first, its error is returned, and the flow goes on stopping. To stop a flow
// that has ended is no error. An operation of the flow must not call it, for it
// would wait for itself.
func (j *Job) Stop(ctx context.Context) error {
	select {
	case <-j.job.halt():
		return nil
	case <-ctx.Done():
		return fmt.Errorf("flow: stop: %w", ctxerr.Of(ctx))
	}
}

// ErrStopped is the error of a flow that was ended by [Job.Stop].
var ErrStopped = errors.New("flow: stopped")

// job is the life of the stages of one run.
type job struct {
	system *process.System
	caller context.Context // of whoever runs the flow
	ctx    context.Context // the life of all stages
	cancel context.CancelCauseFunc
	done   chan struct{}
	// stopping says that ctx has ended. Operations look at it, and it costs
	// less than to ask ctx.
	stopping atomic.Bool

	mu      sync.Mutex
	failure error
	stages  []watched // those that feed others before these
	running sync.WaitGroup
}

// fail keeps the first failure and ends the flow.
func (j *job) fail(err error) {
	j.mu.Lock()
	if j.failure == nil {
		j.failure = err
	}
	j.mu.Unlock()
	j.cancel(err)
}

func (j *job) err() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.failure
}

// watched is a stage of a job, and the operation to blame for its failure.
type watched struct {
	*process.Process
	culprit
	foreign bool // it belongs to others
}

// know makes a stage of others known, so that its failure can be explained if
// that takes the flow along.
func (j *job) know(p *process.Process, c culprit) {
	if p.Err() != nil {
		return // it has ended before the flow began
	}
	j.mu.Lock()
	j.stages = append(j.stages, watched{p, c, true})
	j.mu.Unlock()
}

// watch makes a stage part of the job: its failure is that of the flow.
func (j *job) watch(p *process.Process, c culprit) {
	j.mu.Lock()
	j.stages = append(j.stages, watched{p, c, false})
	j.mu.Unlock()
	j.running.Go(func() {
		<-p.Done()
		if !process.Orderly(p.Err()) {
			j.fail(j.blame())
		}
	})
}

// blame is the failure of the first stage that has failed, as seen from the
// sources: it has taken those behind it along. It is nil if none has.
func (j *job) blame() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, s := range j.stages {
		if s.Alive() {
			continue
		}
		<-s.Done() // others may have found it gone before
		if reason := s.Err(); !process.Orderly(reason) {
			return s.explain(reason)
		}
	}
	return nil
}

// explain names the operation, unless the failure says it.
func (c culprit) explain(reason error) error {
	var explained *OpError
	switch {
	case errors.As(reason, &explained):
		return explained
	case c.op == "":
		return fmt.Errorf("flow: %w", reason)
	}
	return &OpError{c.op, c.pos, reason}
}

// supervise waits for the end of all stages. When ctx ends they have to stop,
// and those that do not are killed.
func (j *job) supervise(patience time.Duration) {
	ctx := j.ctx
	ended := make(chan struct{})
	go func() {
		j.running.Wait()
		close(ended)
	}()
	select {
	case <-ended:
	case <-ctx.Done():
	}
	// Both may be true by now: then the stages have ended because of ctx.
	if cause := context.Cause(ctx); cause != nil {
		if cause != errFinished {
			j.fail(j.stopped(cause))
		}
		j.end(ended, patience)
	}
	j.cancel(nil)
	close(j.done)
}

// errFinished ends a flow that has come to its end before its sources.
var errFinished = errors.New("flow: finished")

// halt stops the flow. It returns the channel of its end.
func (j *job) halt() <-chan struct{} {
	j.cancel(ErrStopped)
	return j.done
}

// finish ends the flow without an error.
func (j *job) finish() { j.cancel(errFinished) }

// stopped is the error of a flow that did not come to its end.
func (j *job) stopped(cause error) error {
	switch {
	case cause == ErrStopped:
		return ErrStopped
	case j.caller.Err() != nil:
		cause = ctxerr.Of(j.caller)
	}
	return fmt.Errorf("flow: %w", cause)
}

func (j *job) end(ended <-chan struct{}, patience time.Duration) {
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-ended:
		return
	case <-timer.C:
	}
	j.mu.Lock()
	stages := j.stages
	j.mu.Unlock()
	for _, s := range stages {
		if !s.foreign {
			s.Kill()
		}
	}
	<-ended
}
