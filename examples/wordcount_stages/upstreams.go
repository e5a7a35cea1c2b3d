package main

import (
	"errors"

	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/stage"
)

// upstreams are the subscriptions on which events may still come. A stage that
// emits Out and has to know when its input is complete embeds it.
type upstreams[Out any] struct {
	open map[stage.Subscription]struct{}
}

// HandleSubscribe notes a subscription to a producer. Those of consumers, which
// a producer_consumer has as well, are none of its business.
func (u *upstreams[Out]) HandleSubscribe(_ *stage.Context[Out], peer stage.Role, sub stage.Subscription, _ stage.SubscribeOptions) (stage.SubscriptionMode, error) {
	if peer == stage.RoleProducer {
		if u.open == nil {
			u.open = make(map[stage.Subscription]struct{})
		}
		u.open[sub] = struct{}{}
	}
	return stage.Automatic, nil
}

// ended takes the end of a subscription. last tells that no more events will
// come. A producer that ends in any other way than by itself has not sent all:
// then err is its reason, and the stage has to end with it.
func (u *upstreams[Out]) ended(sub stage.Subscription, reason error) (last bool, err error) {
	if _, upstream := u.open[sub]; !upstream {
		return false, nil
	}
	if !errors.Is(reason, process.Normal) {
		return false, reason
	}
	delete(u.open, sub)
	return len(u.open) == 0, nil
}
