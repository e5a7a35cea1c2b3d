package main

import (
	"github.com/stagecraft-go/stagecraft/examples/internal/book"
	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/stage"
)

// splitter is a producer_consumer: it turns lines into words.
type splitter struct{ upstreams[string] }

func (*splitter) HandleEvents(ctx *stage.Context[string], lines []string, _ stage.Subscription) error {
	for _, line := range lines {
		for word := range book.Words(line) {
			ctx.Emit(word)
		}
	}
	return nil
}

// HandleCancel prepares the end when there will be no more lines. Words that
// nobody has asked for yet may still be here: the end goes behind them.
func (s *splitter) HandleCancel(ctx *stage.Context[string], _ stage.CancelKind, sub stage.Subscription, reason error) error {
	last, err := s.ended(sub, reason)
	if last {
		stage.AsyncInfo(ctx.Self(), finished{})
	}
	return err
}

// HandleInfo ends the stage, now that the last word is on its way.
func (*splitter) HandleInfo(*stage.Context[string], finished) error { return process.Normal }
