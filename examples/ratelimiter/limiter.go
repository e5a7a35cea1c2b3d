package main

import (
	"fmt"
	"time"

	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/stage"
)

// limiter is a consumer that takes from each of its producers at most so many
// events in an interval. It is the consumer that asks, so a producer that is
// always ready has no say in it, and needs no limit of its own.
type limiter[T any] struct {
	handle func(events []T, from stage.Subscription) error
	rates  map[*process.Ref]*rate
}

// rate is the limit of one subscription.
type rate struct {
	every time.Duration
	spare int // of what was asked for and has come; the next interval asks for it
}

// everyKey is where the option of a subscription is kept.
const everyKey = "every"

// from is a subscription of a limiter: at most n events in each interval.
func from[T any](source stage.Source[T], n int, every time.Duration) stage.Sources[T] {
	return stage.From(source, stage.MaxDemand(n), stage.Extra(everyKey, every.String()), stage.OnCancel(stage.Transient))
}

// HandleSubscribe takes on a producer. The subscription is manual: asks are made
// by the clock, and not by the stage.
func (l *limiter[T]) HandleSubscribe(ctx *stage.Context[stage.None], _ stage.Role, sub stage.Subscription, opts stage.SubscribeOptions) (stage.SubscriptionMode, error) {
	every, err := time.ParseDuration(opts.Extra[everyKey])
	if err != nil || every <= 0 {
		return 0, fmt.Errorf("limiter: option %s is %q, allowed is a duration above 0", everyKey, opts.Extra[everyKey])
	}
	if l.rates == nil {
		l.rates = make(map[*process.Ref]*rate)
	}
	l.rates[sub.Ref()] = &rate{every: every, spare: opts.MaxDemand}
	l.ask(ctx, sub)
	return stage.Manual, nil
}

// ask asks a producer for what it may send in this interval, and comes back in
// the next one.
func (l *limiter[T]) ask(ctx *stage.Context[stage.None], sub stage.Subscription) {
	r := l.rates[sub.Ref()]
	sub.Ask(r.spare)
	r.spare = 0
	stage.InfoAfter(ctx, r.every, next{sub})
}

// next says that the interval of a subscription is over.
type next struct{ sub stage.Subscription }

func (l *limiter[T]) HandleInfo(ctx *stage.Context[stage.None], m next) error {
	if l.rates[m.sub.Ref()] != nil {
		l.ask(ctx, m.sub)
	}
	return nil
}

func (l *limiter[T]) HandleEvents(_ *stage.Context[stage.None], events []T, from stage.Subscription) error {
	if r := l.rates[from.Ref()]; r != nil {
		r.spare += len(events)
	}
	return l.handle(events, from)
}

// HandleCancel forgets a producer that has ended.
func (l *limiter[T]) HandleCancel(_ *stage.Context[stage.None], _ stage.CancelKind, sub stage.Subscription, _ error) error {
	delete(l.rates, sub.Ref())
	return nil
}
