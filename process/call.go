package process

import (
	"context"
	"fmt"
	"sync/atomic"

	"github.com/stagecraft-go/stagecraft/internal/ctxerr"
)

// Reply is the way back of a call. It travels inside the request; whoever holds
// it may answer, at once or later, from any goroutine.
type Reply[R any] struct {
	taken  atomic.Bool // an answer was given, or is no longer wanted
	answer chan answer[R]
}

// answer is a value or an error.
type answer[R any] struct {
	value R
	err   error
}

// NewReply makes a Reply for one answer.
func NewReply[R any]() *Reply[R] { return &Reply[R]{answer: make(chan answer[R], 1)} }

// Send answers with a value. Only the first answer counts: Send is false for those
// after it, and for one that comes after the caller has given up.
func (r *Reply[R]) Send(v R) bool { return r.Answer(v, nil) }

// Answer is Send for an answer that may be an error, which the caller gets as it
// is.
func (r *Reply[R]) Answer(v R, err error) bool {
	if !r.taken.CompareAndSwap(false, true) {
		return false
	}
	r.answer <- answer[R]{v, err}
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
	case a := <-r.answer:
		return a.value, a.err
	case <-died:
		return r.giveUp(func() error { return callee.exitError(callee.Err()) })
	case <-ctx.Done():
		return r.giveUp(func() error { return fmt.Errorf("process: call: %w", ctxerr.Of(ctx)) })
	}
}

// giveUp refuses later answers, but takes one that was faster.
func (r *Reply[R]) giveUp(why func() error) (R, error) {
	if r.taken.CompareAndSwap(false, true) {
		var none R
		return none, why()
	}
	a := <-r.answer
	return a.value, a.err
}

// Call is a request that wants an answer of type R. It arrives as *Call[Req, R];
// answer with its Send.
type Call[Req, R any] struct {
	Request Req
	*Reply[R]
}

// Request sends p a message of your own that carries the Reply, and waits for the
// answer. A nil process is [NoProc]; otherwise errors are those of [Reply.Wait],
// and the reason of a process that was dead before is NoProc. A process that asks
// itself waits until ctx ends.
func Request[R any](ctx context.Context, p *Process, message func(*Reply[R]) any) (R, error) {
	var none R
	switch {
	case p == nil:
		return none, fmt.Errorf("process: call: %w", NoProc)
	case p.gone():
		return none, p.exitError(NoProc)
	}
	reply := NewReply[R]()
	p.Send(message(reply))
	return reply.Wait(ctx, p)
}

// Ask sends a request as a [Call] and waits for the answer: gen_server:call. The
// end of ctx is the only time limit. The errors are those of [Request].
func Ask[R, Req any](ctx context.Context, p *Process, req Req) (R, error) {
	return Request(ctx, p, func(r *Reply[R]) any { return &Call[Req, R]{req, r} })
}
