package broadway_test

import (
	"context"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/broadway"
	"github.com/stagecraft-go/stagecraft/internal/testworld"
	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/stage"
)

// numbered is a source of numbers up to a limit that counts what is acknowledged.
type numbered struct {
	next, limit int
	acked       atomic.Int64
}

func (s *numbered) HandleDemand(ctx *stage.Context[message], demand int) error {
	messages := ctx.Extend(min(demand, s.limit-s.next))
	for i := range messages {
		messages[i] = broadway.NewMessage(s.next, broadway.Acknowledger[int](s), s.next)
		s.next++
	}
	if s.next == s.limit && len(messages) > 0 {
		stage.AsyncInfo(ctx.Self(), numbersEnd{})
	}
	return nil
}

type numbersEnd struct{}

func (s *numbered) HandleInfo(*stage.Context[message], numbersEnd) error { return process.Normal }

func (s *numbered) Ack(_ context.Context, ok, failed []receipt) error {
	s.acked.Add(int64(len(ok) + len(failed)))
	return nil
}

// A message costs the allocation of what its source identifies it by, and with
// batches its part of what a batch costs.
func TestWhatAMessageAllocates(t *testing.T) {
	if raceDetector {
		t.Skip("under it pools forget on purpose")
	}
	const messages = 200_000
	batches := broadway.BatchFunc[int](func(_ context.Context, b *batch) ([]*message, error) { return b.Messages, nil })
	for name, batchers := range map[string][]broadway.Batcher[int]{
		"alone":      nil,
		"in batches": {{Handler: batches, Size: 100}},
	} {
		t.Run(name, func(t *testing.T) {
			w := outside(t)
			s := &numbered{limit: messages}
			before := testworld.Mallocs()
			p := w.start(config{
				Producers: []broadway.Producer[int]{{Source: broadway.FromMessages(
					func(int) (stage.DemandHandler[message], error) { return s, nil }).Finite()}},
				Handler: broadway.MessageFunc[int, int](func(_ context.Context, m *message) (int, error) {
					return m.Data, nil
				}),
				Batchers: batchers,
			})
			_, err := p.Wait(background)
			allocated := testworld.Mallocs() - before
			require.NoError(t, err)
			require.EqualValues(t, messages, s.acked.Load())
			assert.Less(t, float64(allocated)/messages, 1.2)
		})
	}
}
