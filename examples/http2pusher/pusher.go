package main

import (
	"context"

	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/stage"
)

// pusher is a consumer that sends each notification in a request of its own, and
// asks for another one when a request has come to its end. So as many are in
// flight as it has asked for at the beginning, and never more.
type pusher struct {
	send   func(ctx context.Context, n notification) outcome
	source stage.Subscription
	flying int
	ended  bool // the source
	report *report
}

// HandleSubscribe asks for as many as may be in flight. The subscription is
// manual, as a request is not over when HandleEvents returns.
func (p *pusher) HandleSubscribe(_ *stage.Context[stage.None], _ stage.Role, sub stage.Subscription, opts stage.SubscribeOptions) (stage.SubscriptionMode, error) {
	p.source = sub
	sub.Ask(opts.MaxDemand)
	return stage.Manual, nil
}

// HandleEvents sends. It does not wait, so that the stage hears of the answers.
func (p *pusher) HandleEvents(ctx *stage.Context[stage.None], events []notification, _ stage.Subscription) error {
	self, life := ctx.Self(), ctx.Context()
	for _, n := range events {
		p.flying++
		go func() { stage.Info(self, p.send(life, n)) }()
	}
	return nil
}

// HandleInfo takes the outcome of a notification.
func (p *pusher) HandleInfo(_ *stage.Context[stage.None], o outcome) error {
	p.flying--
	p.report.add(o)
	p.source.Ask(1)
	return p.endIfDone()
}

// HandleCancel is told that there will be no more. Requests may still be in
// flight.
func (p *pusher) HandleCancel(_ *stage.Context[stage.None], _ stage.CancelKind, _ stage.Subscription, reason error) error {
	if !process.Orderly(reason) {
		return reason
	}
	p.ended = true
	return p.endIfDone()
}

func (p *pusher) endIfDone() error {
	if p.ended && p.flying == 0 {
		return process.Normal
	}
	return nil
}
