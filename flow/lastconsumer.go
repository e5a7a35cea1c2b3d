package flow

import (
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
func (l *lastConsumer[T]) HandleCancel(*stage.Context[T], stage.CancelKind, stage.Subscription, error) error {
	if l.consumers--; l.consumers == 0 {
		return process.Normal
	}
	return nil
}
