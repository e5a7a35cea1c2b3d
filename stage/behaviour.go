package stage

// None is the event type of the side that a stage does not have: what a
// consumer emits.
type None struct{}

// DemandHandler is the behaviour of a producer.
type DemandHandler[Out any] interface {
	// HandleDemand is called with new demand that the buffer could not serve;
	// demand is 1 or more. It may emit less, and must then remember the rest,
	// for it is not asked again; it may emit more, which is buffered.
	HandleDemand(ctx *Context[Out], demand int) error
}

// EventsHandler is the behaviour of a consumer (Out is [None]) and of a
// producer_consumer.
type EventsHandler[In, Out any] interface {
	// HandleEvents is called with one batch, of at most MaxDemand-MinDemand
	// events unless the subscription is manual. The slice belongs to the
	// callback for good, unless it is shared by a broadcast or the stage is
	// [ReadOnly] (then it may only be read), or the stage has opted in to [Recycle]
	// (then it must not be kept). from.Peer() is nil when the producer is gone.
	HandleEvents(ctx *Context[Out], events []In, from Subscription) error
}

// Initializer is called first, before the start function returns. An error is
// the error of the start; process.Ignore declines to start.
type Initializer[Out any] interface {
	Init(ctx *Context[Out]) error
}

// SubscribeHandler hears of a new subscription on either side. peer is the role
// of the other side. A consumer chooses between [Automatic] and [Manual]
// demand; for a producer only Automatic is allowed. Another mode stops the stage
// with [ErrBadReturn].
type SubscribeHandler[Out any] interface {
	HandleSubscribe(ctx *Context[Out], peer Role, sub Subscription, opts SubscribeOptions) (SubscriptionMode, error)
}

// CancelHandler hears of the end of a subscription on either side. reason is
// that of the cancel, or the exit reason of the other side.
type CancelHandler[Out any] interface {
	HandleCancel(ctx *Context[Out], kind CancelKind, sub Subscription, reason error) error
}

// CallHandler answers [Call]. Req and Rep are the types of one request and its
// reply. The reply is sent after what was emitted has been dispatched. Return
// [ErrNoReply] to answer through from, later or from elsewhere, and
// [ReplyThenStop] to stop after the reply. After another error the stage stops,
// and the caller gets a *process.ExitError.
type CallHandler[Out, Req, Rep any] interface {
	HandleCall(ctx *Context[Out], req Req, from Caller[Rep]) (Rep, error)
}

// CastHandler takes [Cast].
type CastHandler[Out, M any] interface {
	HandleCast(ctx *Context[Out], msg M) error
}

// InfoHandler takes [Info], [AsyncInfo] and [SyncInfo]. With M = any it also
// gets whatever plain actors send.
type InfoHandler[Out, M any] interface {
	HandleInfo(ctx *Context[Out], msg M) error
}

// DiscardFormatter hears of events that the buffer dropped: format_discarded. Its
// result says whether the standard warning is logged.
type DiscardFormatter interface {
	FormatDiscarded(count int) (warn bool)
}

// DiscardedHandler gets the events themselves that the buffer dropped, in order,
// before FormatDiscarded is asked. The slice is its own.
type DiscardedHandler[Out any] interface {
	HandleDiscarded(ctx *Context[Out], events []Out)
}

// Terminator is called last, with the exit reason. It is not called for a
// killed stage, nor when a linked process takes the stage down.
type Terminator[Out any] interface {
	Terminate(ctx *Context[Out], reason error)
}

// ProducerFunc makes a producer's behaviour of a function.
type ProducerFunc[Out any] func(ctx *Context[Out], demand int) error

// HandleDemand calls f.
func (f ProducerFunc[Out]) HandleDemand(ctx *Context[Out], demand int) error { return f(ctx, demand) }

// EventsFunc makes a producer_consumer's behaviour of a function.
type EventsFunc[In, Out any] func(ctx *Context[Out], events []In, from Subscription) error

// HandleEvents calls f.
func (f EventsFunc[In, Out]) HandleEvents(ctx *Context[Out], events []In, from Subscription) error {
	return f(ctx, events, from)
}

// ConsumerFunc makes a consumer's behaviour of a function.
type ConsumerFunc[In any] func(ctx *Context[None], events []In, from Subscription) error

// HandleEvents calls f.
func (f ConsumerFunc[In]) HandleEvents(ctx *Context[None], events []In, from Subscription) error {
	return f(ctx, events, from)
}
