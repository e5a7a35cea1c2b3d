package stage

import (
	"context"
	"fmt"
	"time"

	"github.com/stagecraft-go/stagecraft/process"
)

// delivery is a user's message to a stage that emits Out: it knows the type of
// the message, the stage knows the rest.
type delivery[Out any] interface {
	deliver(s *producing[Out]) error
}

// rejectable is a user's message to a stage that emits something else.
type rejectable interface{ reject(err error) }

// Call sends a request and waits for the reply: GenServer's call. The stage
// must have HandleCall for this request and reply type, or the error is
// [ErrNoHandler]; it must emit Out, or the error is [ErrWrongEventType]. If the
// stage has ended or ends first the error is a *process.ExitError, for a name that
// nobody has process.NoProc; else it is that of ctx. A reply after ctx has ended
// is dropped. A stage that calls itself waits in vain.
func Call[Rep, Req, Out any](ctx context.Context, s Stage[Out], req Req) (Rep, error) {
	return process.Request(ctx, s.Process(), func(r *process.Reply[Rep]) any {
		return &callMessage[Out, Req, Rep]{req, Caller[Rep]{r, nil}}
	})
}

// Cast sends a message to HandleCast and returns at once. Without a handler
// for its type an error is logged and the message dropped; one to a stage that
// has ended is dropped.
func Cast[M, Out any](s Stage[Out], msg M) {
	send(s.Process(), &castMessage[Out, M]{msg})
}

// Info sends a message to HandleInfo and returns at once. Without a handler for
// its type a warning is logged and the message dropped; one to a stage that has
// ended is dropped.
func Info[M, Out any](s Stage[Out], msg M) {
	send(s.Process(), &infoMessage[Out, M]{msg})
}

// InfoAfter sends a message to the HandleInfo of the stage itself when d has
// passed: Process.send_after. Stopping the timer takes the message back.
func InfoAfter[M, Out any](ctx *Context[Out], d time.Duration, msg M) *process.Timer {
	return ctx.Process().SendAfter(d, &infoMessage[Out, M]{msg})
}

// AsyncInfo sends a message to HandleInfo behind the events that are in the
// stage's buffer at that moment: it arrives when they have been dispatched. (It
// does not wait until they are consumed.) A producer ends in order by emitting
// its last events, sending itself an AsyncInfo, and stopping when that comes.
func AsyncInfo[M, Out any](s Stage[Out], msg M) {
	send(s.Process(), &orderedInfo[Out]{info: &infoMessage[Out, M]{msg}})
}

// SyncInfo is [AsyncInfo], and waits until the message has taken its place in
// the queue. It fails as [Call] does, but not without a handler.
func SyncInfo[M, Out any](ctx context.Context, s Stage[Out], msg M) error {
	_, err := process.Request(ctx, s.Process(), func(r *process.Reply[None]) any {
		return &orderedInfo[Out]{&infoMessage[Out, M]{msg}, r}
	})
	return err
}

func send(p *process.Process, msg any) {
	if p != nil {
		p.Send(msg)
	}
}

// Caller is the caller of a [Call]; it can be kept to answer later.
type Caller[Rep any] struct {
	reply  *process.Reply[Rep]
	onSend func(to *process.PID, message any)
}

// Reply answers the call. The first answer counts: it reports whether this was
// the one. It may be called from any goroutine.
func (f Caller[Rep]) Reply(value Rep) bool {
	if f.onSend != nil {
		f.onSend(nil, value)
	}
	return f.reply.Send(value)
}

type callMessage[Out, Req, Rep any] struct {
	req  Req
	from Caller[Rep]
}

func (m *callMessage[Out, Req, Rep]) deliver(s *producing[Out]) error {
	handler, ok := s.behaviour.(CallHandler[Out, Req, Rep])
	if !ok {
		m.reject(fmt.Errorf("%w: call with %T", ErrNoHandler, m.req))
		return nil
	}
	m.from.onSend = s.onSend
	reply, err := handler.HandleCall(&s.ctx, m.req, m.from)
	if stop, ok := err.(*replyAndStop); ok {
		s.lastWords = func() { m.from.Reply(reply) }
		return stop.reason
	}
	if err != nil && err != ErrNoReply {
		return err
	}
	s.flush()
	if err == nil {
		m.from.Reply(reply)
	}
	return nil
}

func (m *callMessage[Out, Req, Rep]) reject(err error) { m.from.reply.Answer(*new(Rep), err) }

type castMessage[Out, M any] struct{ msg M }

func (m *castMessage[Out, M]) deliver(s *producing[Out]) error {
	handler, ok := s.behaviour.(CastHandler[Out, M])
	if !ok {
		s.log().Error(logUndefinedCast, "message", fmt.Sprintf("%T", m.msg))
		return nil
	}
	return s.emitAfter(handler.HandleCast(&s.ctx, m.msg))
}

func (*castMessage[Out, M]) reject(error) {} // nobody waits

type infoMessage[Out, M any] struct{ msg M }

func (m *infoMessage[Out, M]) deliver(s *producing[Out]) error {
	handler, ok := s.behaviour.(InfoHandler[Out, M])
	if !ok {
		return s.deliverUntyped(m.msg)
	}
	return inform(s, handler, m.msg)
}

func (*infoMessage[Out, M]) reject(error) {} // nobody waits

// deliverUntyped gives a message to a behaviour that takes any.
func (s *producing[Out]) deliverUntyped(msg any) error {
	handler, ok := s.behaviour.(InfoHandler[Out, any])
	if !ok {
		s.log().Warn(logUndefinedInfo, "message", fmt.Sprintf("%T", msg))
		return nil
	}
	return inform(s, handler, msg)
}

// inform calls HandleInfo, with room for as many events as it emitted last.
func inform[Out, M any](s *producing[Out], handler InfoHandler[Out, M], msg M) error {
	if s.counts.informed > 0 {
		s.prepare(int(s.counts.informed))
	}
	err := handler.HandleInfo(&s.ctx, msg)
	s.counts.inform(len(s.ctx.out))
	return s.emitAfter(err)
}
