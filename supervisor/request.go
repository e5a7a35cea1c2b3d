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
	reply *process.Reply[T]
}

// serve answers, unless the supervisor is about to end: then that is the answer.
func (q *query[S, T]) serve(s S) error {
	value, err := q.do(s)
	if err == errInterrupted {
		return err
	}
	q.reply.Answer(value, err)
	return nil
}

// ask lets a supervisor answer a request, in the order of its queue. A request
// whose ctx has ended is carried out all the same.
func ask[S, T any](ctx context.Context, p *process.Process, do func(S) (T, error)) (T, error) {
	return process.Request(ctx, p, func(r *process.Reply[T]) any { return &query[S, T]{do, r} })
}

// done is the answer of requests that have no other.
type done = struct{}
