package stagekit

import "github.com/stagecraft-go/stagecraft/stage"

// HandleCast implements stage.CastHandler.
func (s *script[Out]) HandleCast(ctx *stage.Context[Out], r *Request) error {
	s.journal.callback("handle_cast", entry{"request": r.Text})
	return s.perform(ctx, r, nil)
}

// HandleCall implements stage.CallHandler.
func (s *script[Out]) HandleCall(ctx *stage.Context[Out], r *Request, from stage.Caller[int]) (int, error) {
	s.journal.callback("handle_call", entry{"request": r.Text})
	err := s.perform(ctx, r, &from)
	switch {
	case err != nil && r.Stop != nil && r.Reply != nil && !r.BadReturn:
		return *r.Reply, stage.ReplyThenStop(err)
	case err != nil:
		return 0, err
	case r.Reply == nil:
		return 0, stage.ErrNoReply
	}
	return *r.Reply, nil
}

// perform does what a request says, in this order. from is the caller, if any.
func (s *script[Out]) perform(ctx *stage.Context[Out], r *Request, from *stage.Caller[int]) error {
	if r.Raise {
		panic("callback")
	}
	s.sendUpstream(r)
	for _, info := range r.AsyncInfo {
		stage.AsyncInfo[any](ctx.Self(), info)
	}
	if r.Defer != "" {
		s.deferred[r.Defer] = *from
	}
	if late := r.ReplyDeferred; late != nil {
		s.deferred[late.Name].Reply(late.Value)
	}
	if r.ReplyFirst != nil {
		from.Reply(*r.ReplyFirst)
	}
	s.emit(ctx, r.Emit)
	served := min(r.Serve, s.pending)
	s.pending -= served
	s.emit(ctx, s.count(served))
	if r.Flush {
		s.emit(ctx, s.held)
		s.held = nil
	}
	switch {
	case r.BadReturn:
		return errBadReturn
	case r.Stop != nil:
		return errOf(*r.Stop)
	}
	return nil
}

// sendUpstream asks and cancels. The trace of the stage shows only what the
// stage sends by itself.
func (s *script[Out]) sendUpstream(r *Request) {
	for _, ask := range r.Ask {
		sub := s.names.subscription(ask.Name)
		if ask.Value > 0 {
			s.sent(sub.Peer())
		}
		sub.Ask(ask.Value)
	}
	for _, cancel := range r.Cancel {
		sub := s.names.subscription(cancel.Name)
		s.sent(sub.Peer())
		sub.Cancel(errOf(cancel.Value))
	}
}
