package process

import (
	"context"
	"fmt"
	"sync/atomic"
)

// Reply is the way back of a call. It travels inside the request; whoever holds
// it may answer, at once or later, from any goroutine.
type Reply[R any] struct {
	taken atomic.Bool // an answer was given, or is no longer wanted
	value chan R
}

// NewReply makes a Reply for one answer.
func NewReply[R any]() *Reply[R] { return &Reply[R]{value: make(chan R, 1)} }

// Send answers. Only the first answer counts: Send is false for those after it,
// and for one that comes after the caller has given up.
func (r *Reply[R]) Send(v R) bool {
	if !r.taken.CompareAndSwap(false, true) {
		return false
	}
	r.value <- v
	return true
}

// Wait waits once for the answer. It gives up with an error that wraps the
// cause when ctx ends, and with an [*ExitError] when the callee dies. A nil
// callee is not watched.
func (r *Reply[R]) Wait(ctx context.Context, callee *Process) (R, error) {
	var died <-chan struct{}
	if callee != nil {
		died = callee.Done()
	}
	select {
	case v := <-r.value:
		return v, nil
	case <-died:
		return r.giveUp(func() error { return callee.exitError(callee.Err()) })
	case <-ctx.Done():
		return r.giveUp(func() error { return fmt.Errorf("process: call: %w", context.Cause(ctx)) })
	}
}

// giveUp refuses later answers, but takes one that was faster.
func (r *Reply[R]) giveUp(why func() error) (R, error) {
	if r.taken.CompareAndSwap(false, true) {
		var none R
		return none, why()
	}
	return <-r.value, nil
}

// Call is a request that wants an answer of type R. It arrives as *Call[Req, R];
// answer with its Send.
type Call[Req, R any] struct {
	Request Req
	*Reply[R]
}

// Ask sends a request and waits for the answer: gen_server:call. The end of ctx
// is the only time limit. See [Reply.Wait] for the errors; the reason of a
// process that was dead before is [NoProc]. A process that asks itself waits
// until ctx ends.
func Ask[R, Req any](ctx context.Context, p *Process, req Req) (R, error) {
	if p.gone() {
		var none R
		return none, p.exitError(NoProc)
	}
	call := &Call[Req, R]{Request: req, Reply: NewReply[R]()}
	p.Send(call)
	return call.Wait(ctx, p)
}
