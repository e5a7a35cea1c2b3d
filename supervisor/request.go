package supervisor

import (
	"context"

	"github.com/stagecraft-go/stagecraft/process"
)

// request is a message that is answered by a supervisor of the sort S.
type request[S any] interface{ serve(s S) error }

// query is a request with an answer of type T.
type query[S, T any] struct {
	do    func(S) (T, error)
	reply *process.Reply[answer[T]]
}

// answer is a reply that can be an error.
type answer[T any] struct {
	value T
	err   error
}

// serve answers, unless the supervisor is about to end: then that is the answer.
func (q *query[S, T]) serve(s S) error {
	value, err := q.do(s)
	if err == errInterrupted {
		return err
	}
	q.reply.Send(answer[T]{value, err})
	return nil
}

// ask lets a supervisor answer a request, in the order of its queue. A request
// whose ctx has ended is carried out all the same.
func ask[S, T any](ctx context.Context, p *process.Process, do func(S) (T, error)) (T, error) {
	var none T
	if p.Err() != nil {
		return none, &process.ExitError{PID: p.PID(), Name: p.Name(), Reason: process.NoProc}
	}
	reply := process.NewReply[answer[T]]()
	p.Send(&query[S, T]{do, reply})
	got, err := reply.Wait(ctx, p)
	if err != nil {
		return none, err
	}
	return got.value, got.err
}

// done is the answer of requests that have no other.
type done = struct{}
