package main

import (
	"strings"

	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/stage"
)

// tallier is a consumer: it counts the words of its partition, all of which
// come to it and to nobody else.
type tallier struct {
	upstreams[stage.None]
	counts map[string]*int
	result chan<- tally
}

// tally is what a tallier has in the end. It is complete if reason is
// process.Normal.
type tally struct {
	counts map[string]*int
	reason error
}

func (t *tallier) HandleEvents(_ *stage.Context[stage.None], words []string, _ stage.Subscription) error {
	for _, word := range words {
		if n := t.counts[word]; n != nil {
			*n++
			continue
		}
		one := 1
		t.counts[strings.Clone(word)] = &one // the word is part of a line, which is not to be kept
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
	t.result <- tally{t.counts, reason}
}
