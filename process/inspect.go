package process

import (
	"context"
	"fmt"
	"sync/atomic"

	"github.com/stagecraft-go/stagecraft/internal/ctxerr"
)

// inspection is a function that runs as if it were a message.
type inspection struct {
	fn    func()
	taken atomic.Bool // it runs, or must not any more
	done  chan struct{}
}

func (i *inspection) run() error {
	if i.taken.CompareAndSwap(false, true) {
		i.fn()
		close(i.done)
	}
	return nil
}

// Inspect runs fn in the process, between two messages and in the order of the
// mail, and waits for it: sys:get_state. So fn may look at the behaviour's state
// without a race. If ctx ends before fn has begun, fn never runs and the error
// wraps the cause. If the process dies first, the error is an [*ExitError]. A
// panic in fn crashes the process.
func (p *Process) Inspect(ctx context.Context, fn func()) error {
	if p.gone() {
		return p.exitError(NoProc)
	}
	i := &inspection{fn: fn, done: make(chan struct{})}
	p.Send(i)
	end := ctx.Done()
	for {
		select {
		case <-i.done:
			return nil
		case <-p.Done():
			return p.exitError(p.Err())
		case <-end:
			if i.taken.CompareAndSwap(false, true) {
				return fmt.Errorf("process: inspect: %w", ctxerr.Of(ctx))
			}
			end = nil // fn has begun
		}
	}
}
