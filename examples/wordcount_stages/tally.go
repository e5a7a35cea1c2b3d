package main

import (
	"github.com/stagecraft-go/stagecraft/examples/internal/tally"
	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/stage"
)

// tallier is a consumer: it counts the words of its partition, all of which
// come to it and to nobody else.
type tallier struct {
	upstreams[stage.None]
	counts tally.Counts
	result chan<- result
}

// result is what a tallier has in the end. It is complete if reason is
// process.Normal.
type result struct {
	counts tally.Counts
	reason error
}

func (t *tallier) HandleEvents(_ *stage.Context[stage.None], words []string, _ stage.Subscription) error {
	for _, word := range words {
		t.counts.Add(word)
	}
	return nil
}

// HandleCancel ends the stage when there will be no more words.
func (t *tallier) HandleCancel(_ *stage.Context[stage.None], _ stage.CancelKind, sub stage.Subscription, reason error) error {
	last, err := t.ended(sub, reason)
	if last {
		return process.Normal
	}
	return err
}

// Terminate hands over the result, however the stage ends.
func (t *tallier) Terminate(_ *stage.Context[stage.None], reason error) {
	t.result <- result{t.counts, reason}
}
