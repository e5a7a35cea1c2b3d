package broadway_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/broadway"
	"github.com/stagecraft-go/stagecraft/process"
)

func TestWhatIsPushedIsHandledLikeTheRest(t *testing.T) {
	inWorld(t, func(w *world) {
		b := new(book)
		p := w.start(config{Producers: []broadway.Producer[int]{{Source: idle(), Concurrency: 3}}, Handler: failing(errBoom, 7)})
		for n := 1; n <= 20; n++ {
			w.push(p, b.message(n))
		}
		w.settle()
		assert.Len(w, b.ok(), 19)
		assert.Equal(w, []int{7}, b.bad())
	})
}

func TestNothingCanBePushed(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.start(config{Producers: from(idle()), Handler: pass})
		w.push(p)
		require.NoError(w, p.Drain(background))
		assert.Zero(w, p.Report().Received)
	})
}

// H23.
func TestAPipelineThatDrainsTakesNothing(t *testing.T) {
	inWorld(t, func(w *world) {
		b := new(book)
		p := w.start(config{Producers: from(idle()), Handler: broadway.MessageFunc[int, int](
			func(context.Context, *message) (int, error) { time.Sleep(time.Second); return 0, nil })})
		w.push(p, b.message(1))
		w.settle()
		ctx, cancel := context.WithCancel(background)
		cancel()
		_, err := p.Stop(ctx)
		require.ErrorIs(w, err, context.Canceled)
		w.settle()
		assert.ErrorIs(w, p.Push(background, b.message(2)), broadway.ErrStopping)
		<-p.Done()
		assert.ErrorIs(w, p.Push(background, b.message(3)), broadway.ErrStopping)
		assert.Equal(w, []int{1}, b.ok())
		assert.Len(w, b.receipts(), 1)
	})
}

func TestAPipelineThatWasKilledTakesNothing(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.start(config{Producers: from(idle()), Handler: pass})
		p.Process().Kill()
		w.settle()
		down := new(process.ExitError)
		assert.ErrorAs(w, p.Push(background, broadway.Unacknowledged(1)), &down)
	})
}

func TestAPushHeedsItsContext(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.start(config{Producers: from(idle()), Handler: pass})
		ctx, cancel := context.WithCancelCause(background)
		cancel(errBoom)
		assert.ErrorIs(w, p.Push(ctx, broadway.Unacknowledged(1)), errBoom)
	})
}

// What is pushed stays the caller's, who may push it to several pipelines at once.
func TestTheSameMessagesPushedToTwoPipelines(t *testing.T) {
	b := new(book)
	messages := []message{b.message(1), b.message(2), b.message(3)}
	inWorld(t, func(w *world) {
		var pushed sync.WaitGroup
		for range 2 {
			p := w.start(config{
				Producers: from(idle()), Handler: pass,
				Processors: broadway.Processors[int]{Concurrency: 2, PartitionBy: func(m *message) int {
					m.Data *= 10
					assert.Equal(w, 1, m.Attempt())
					return m.Data
				}},
			})
			pushed.Go(func() { assert.NoError(w, p.Push(background, messages...)) })
		}
		pushed.Wait()
		w.settle()
	})
	got := b.ok()
	slices.Sort(got)
	assert.Equal(t, []int{1, 1, 2, 2, 3, 3}, got)
	assert.Equal(t, 1, messages[0].Data)
}

// A message that has been through a pipeline can go to another one.
func TestAMessageThatWasAcknowledgedEarlyCanBePushedAgain(t *testing.T) {
	inWorld(t, func(w *world) {
		b := new(book)
		second := w.start(config{Producers: from(idle()), Handler: pass})
		first := w.start(config{Producers: from(idle()), Handler: broadway.MessageFunc[int, int](
			func(ctx context.Context, m *message) (int, error) {
				if err := broadway.AckNow(ctx, m); err != nil {
					return 0, err
				}
				return 0, second.Push(ctx, *m)
			})})
		w.push(first, b.message(1))
		w.settle()
		require.NoError(w, second.Drain(background))
		assert.Equal(w, []int{1, 1}, b.ok())
		assert.Zero(w, second.Report().Unfinished)
	})
}
