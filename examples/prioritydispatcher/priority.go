package main

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/stagecraft-go/stagecraft/dispatcher"
	"github.com/stagecraft-go/stagecraft/stage"
)

// Priority makes a dispatcher that sends each event to one consumer: to the one
// of the highest rank among those that have asked for events. Among equals it is
// the one with the largest open demand.
func Priority[T any]() dispatcher.Factory[T] {
	return func(dispatcher.Config) (dispatcher.Dispatcher[T], error) {
		return &priority[T]{}, nil
	}
}

// rankKey is where the option of a subscription is kept.
const rankKey = "rank"

// Rank is the option of a subscription to a producer with [Priority]. Higher
// ranks are served first; without it the rank is 0.
func Rank(n int) stage.SubscribeOption { return stage.Extra(rankKey, strconv.Itoa(n)) }

// RankError refuses a subscription whose rank is not a number.
type RankError struct{ Process, Rank string }

func (e *RankError) Error() string {
	return fmt.Sprintf("priority: rank of %s is %q, allowed is a whole number", e.Process, e.Rank)
}

type priority[T any] struct {
	seats []*seat[T]
	open  int // demand of all seats
	owed  int // demand of consumers that have left, which upstream still serves
}

// seat is one consumer.
type seat[T any] struct {
	consumer dispatcher.Consumer[T]
	rank     int
	open     int // what it has asked for and not got
}

// Subscribe adds a consumer. It has asked for nothing, so no demand goes
// upstream.
func (p *priority[T]) Subscribe(c dispatcher.Consumer[T], opts dispatcher.Options) (demand int, err error) {
	rank := 0
	if text, ok := opts.Extra[rankKey]; ok {
		if rank, err = strconv.Atoi(text); err != nil {
			return 0, &RankError{Process: c.Process(), Rank: text}
		}
	}
	p.seats = append(p.seats, &seat[T]{consumer: c, rank: rank})
	return 0, nil
}

// Ask adds to the demand of a consumer. Upstream is asked for as much, less what
// it still owes.
func (p *priority[T]) Ask(c dispatcher.Consumer[T], n int) (demand int) {
	p.seats[p.find(c)].open += n
	p.open += n
	paid := min(p.owed, n)
	p.owed -= paid
	return n - paid
}

// Cancel removes a consumer. What it had asked for upstream cannot be taken back.
func (p *priority[T]) Cancel(c dispatcher.Consumer[T]) (demand int) {
	i := p.find(c)
	p.open -= p.seats[i].open
	p.owed += p.seats[i].open
	p.seats = slices.Delete(p.seats, i, i+1)
	return 0
}

// Dispatch serves one consumer after the other, as long as there is demand. What
// is left has arrived, so it is no longer owed.
func (p *priority[T]) Dispatch(events []T) (leftover []T, discarded int) {
	for len(events) > 0 && p.open > 0 {
		s := p.first()
		n := min(s.open, len(events))
		s.open -= n
		p.open -= n
		s.consumer.Send(events[:n:n])
		events = events[n:]
	}
	p.owed = max(p.owed-len(events), 0)
	return events, 0
}

// first is the seat to be served next. There is one with open demand.
func (p *priority[T]) first() (best *seat[T]) {
	for _, s := range p.seats {
		switch {
		case s.open == 0:
		case best == nil, s.rank > best.rank, s.rank == best.rank && s.open > best.open:
			best = s
		}
	}
	return best
}

// find is the place of a consumer. The stage asks only for those that are there.
func (p *priority[T]) find(c dispatcher.Consumer[T]) int {
	return slices.IndexFunc(p.seats, func(s *seat[T]) bool { return s.consumer == c })
}

// Capacity is what Dispatch can place now.
func (p *priority[T]) Capacity() int { return p.open }

// Info delivers at once, as no event waits in here.
func (*priority[T]) Info(deliver func()) { deliver() }

// Passing says that no slice of events is kept, so that the stage may recycle it.
func (*priority[T]) Passing() {}
