package main

import (
	"context"
	"errors"
	"time"

	"github.com/stagecraft-go/stagecraft/broadway"
	"github.com/stagecraft-go/stagecraft/supervisor"
)

const (
	sqs = "sqs" // takes even numbers
	s3  = "s3"  // takes odd numbers
)

var (
	errUnavailable = errors.New("the service is unavailable")
	errNotFound    = errors.New("there is no such number")
)

// pipeline is the whole of it, as a config.
func pipeline(n, rate int, files *files) broadway.Config[int, int] {
	const ticks = 20 // in a second
	return broadway.Config[int, int]{
		Name: "pipeline",
		Producers: []broadway.Producer[int]{{
			Source:    broadway.FromSeq(counter(n)),
			RateLimit: broadway.RateLimit{Allowed: max(rate/ticks, 1), Interval: time.Second / ticks},
		}},
		Processors: broadway.Processors[int]{Concurrency: 4},
		Handler:    broadway.MessageFunc[int, int](route),
		Batchers: []broadway.Batcher[int]{
			{Name: sqs, NewHandler: files.newQueueWriter, Concurrency: 2, Size: 100, Timeout: 200 * time.Millisecond},
			{Name: s3, NewHandler: files.newObjectWriter, Size: 500, Timeout: 100 * time.Millisecond},
		},
		Retry: broadway.Retry{
			Attempts: 10,
			Backoff:  supervisor.Backoff{Initial: 20 * time.Millisecond, Max: time.Second, Jitter: 0.2},
		},
		DeadLetter: files.bury,
		Shutdown:   5 * time.Second,
	}
}

// counter counts from 1 to n, or for ever.
func counter(n int) func(yield func(broadway.Message[int]) bool) {
	return func(yield func(broadway.Message[int]) bool) {
		for i := 1; n == 0 || i <= n; i++ {
			if !yield(broadway.Unacknowledged(i)) {
				return
			}
		}
	}
}

// route is the handler of messages: it finds the batcher for each. Now and then
// a service that it needs is not there, and a few numbers are beyond help.
func route(_ context.Context, m *broadway.Message[int]) (int, error) {
	switch {
	case m.Data%1000 == 0:
		return 0, broadway.NoRetry(errNotFound)
	case m.Data%100 == 1 && m.Attempt() == 1:
		return 0, errUnavailable
	}
	if m.Data%2 == 0 {
		m.Batcher = sqs
	} else {
		m.Batcher = s3
	}
	return m.Data, nil
}

// flaky fails every 20th time.
type flaky struct{ calls int }

func (f *flaky) call() error {
	if f.calls++; f.calls%20 == 0 {
		return errUnavailable
	}
	return nil
}
