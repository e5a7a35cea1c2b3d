package stage

import (
	"context"
	"fmt"

	"github.com/stagecraft-go/stagecraft/process"
)

// result is a reply that can be an error.
type result[T any] struct {
	value T
	err   error
}

// request sends a message with a reply to a stage and waits for the answer.
func request[T any](ctx context.Context, p *process.Process, message func(*process.Reply[result[T]]) any) (T, error) {
	var none T
	switch {
	case p == nil:
		return none, fmt.Errorf("stage: %w", process.NoProc)
	case p.Err() != nil:
		return none, &process.ExitError{PID: p.PID(), Name: p.Name(), Reason: process.NoProc}
	}
	reply := process.NewReply[result[T]]()
	p.Send(message(reply))
	got, err := reply.Wait(ctx, p)
	if err != nil {
		return none, err
	}
	return got.value, got.err
}

// getDemand asks for the demand mode.
type getDemand struct {
	reply *process.Reply[result[DemandMode]]
}

// getBuffered asks for the number of buffered events.
type getBuffered struct{ reply *process.Reply[result[int]] }
