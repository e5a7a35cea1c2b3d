package flow

import (
	"errors"

	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/stage"
)

// lastConsumer ends a source in order when its last consumer is gone.
type lastConsumer[T any] struct{ consumers int }

// HandleSubscribe implements stage.SubscribeHandler.
func (l *lastConsumer[T]) HandleSubscribe(*stage.Context[T], stage.Role, stage.Subscription, stage.SubscribeOptions) (stage.SubscriptionMode, error) {
	l.consumers++
	return stage.Automatic, nil
}

// HandleCancel implements stage.CancelHandler.
func (l *lastConsumer[T]) HandleCancel(_ *stage.Context[T], kind stage.CancelKind, _ stage.Subscription, reason error) error {
	return consumerGone(&l.consumers, kind, reason)
}

// consumerGone ends a stage without consumers. One that its dispatcher has
// refused is the end of the flow: the others are not to hear of something else
// before.
func consumerGone(consumers *int, kind stage.CancelKind, reason error) error {
	*consumers--
	var refused *OpError
	if *consumers > 0 || kind == stage.ByCancel && errors.As(reason, &refused) {
		return nil
	}
	return process.Normal
}
