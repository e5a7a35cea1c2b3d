package broadway_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/broadway"
)

func TestAPausedPipelineFetchesNothing(t *testing.T) {
	inWorld(t, func(w *world) {
		var calls atomic.Int32
		b := new(book)
		p := w.start(config{
			Producers: fetching(func(context.Context, int) ([]message, error) {
				return b.messages(int(calls.Add(1))), nil
			}, broadway.FetchOptions{}),
			Handler: slow(time.Second), Processors: one(10),
		})
		time.Sleep(3500 * time.Millisecond)
		p.Pause()
		time.Sleep(time.Minute)
		before := calls.Load()
		assert.Equal(w, upTo(1, int(before)), b.ok()) // what was there has been handled
		time.Sleep(time.Hour)
		assert.Equal(w, before, calls.Load())
		p.Resume()
		time.Sleep(time.Minute)
		assert.Greater(w, len(b.ok()), int(before)+50)
	})
}

func TestAPauseHoldsBackWhatIsPushed(t *testing.T) {
	inWorld(t, func(w *world) {
		b := new(book)
		p := w.start(config{Producers: from(idle()), Handler: pass})
		p.Pause()
		p.Pause()
		w.push(p, b.messages(1, 2, 3)...)
		time.Sleep(time.Hour)
		assert.Empty(w, b.receipts())
		p.Resume()
		w.settle()
		assert.Equal(w, upTo(1, 3), b.ok())
	})
}

func TestAPausedPipelineCanBeStopped(t *testing.T) {
	inWorld(t, func(w *world) {
		b := new(book)
		p := w.start(config{Producers: from(idle()), Handler: pass})
		p.Pause()
		w.push(p, b.messages(1, 2, 3)...)
		assert.Equal(w, 3, w.stop(p).Succeeded)
		p.Pause() // of no use, and no harm
		p.Resume()
	})
}

func TestADrainWaitsUntilNothingIsLeft(t *testing.T) {
	inWorld(t, func(w *world) {
		b, d := new(book), new(diary)
		p := w.start(config{
			Producers: from(idle()), Handler: slow(time.Second), Processors: one(10),
			Batchers: []broadway.Batcher[int]{{Timeout: time.Hour, Handler: noting(d)}},
		})
		w.push(p, b.messages(1, 2, 3)...)
		took := stopwatch()
		require.NoError(w, p.Drain(background))
		assert.Less(w, took(), 3*time.Second+10*time.Millisecond)
		assert.Equal(w, upTo(1, 3), b.ok())
		assert.Zero(w, p.Report().Unfinished)
		assert.Len(w, d.take(), 1)

		p.Resume()
		w.push(p, b.message(4))
		time.Sleep(time.Minute)
		assert.Empty(w, d.take()) // batches wait again
		require.NoError(w, p.Drain(background))
		assert.Equal(w, upTo(1, 4), b.ok())
	})
}

func TestADrainThatIsGivenUpLeavesBatchesInPeace(t *testing.T) {
	inWorld(t, func(w *world) {
		d := new(diary)
		b := new(book)
		p := w.start(config{
			Producers: from(idle()), Handler: slow(time.Second), Processors: one(10),
			Batchers: []broadway.Batcher[int]{{Timeout: time.Hour, Handler: noting(d)}},
		})
		w.push(p, b.messages(1, 2, 3)...)
		ctx, cancel := context.WithTimeout(background, 1500*time.Millisecond)
		defer cancel()
		require.ErrorIs(w, p.Drain(ctx), context.DeadlineExceeded)
		p.Resume()
		time.Sleep(time.Minute)
		assert.Empty(w, d.take())
	})
}

func TestADrainLetsGoOfWhatALimitHoldsBack(t *testing.T) {
	inWorld(t, func(w *world) {
		b := new(book)
		p := w.start(config{Producers: []broadway.Producer[int]{limited(broadway.FromFetch(once(b.messages(upTo(1, 7)...)), broadway.FetchOptions{}), 2)}, Handler: pass})
		w.settle()
		took := stopwatch()
		require.NoError(w, p.Drain(background))
		assert.Equal(w, 3*time.Second, took())
		assert.Equal(w, upTo(1, 7), b.ok())
	})
}

func TestADrainEndsWithThePipeline(t *testing.T) {
	inWorld(t, func(w *world) {
		stuck := make(chan struct{})
		p := w.start(config{Producers: from(idle()), Shutdown: time.Second, Handler: broadway.MessageFunc[int, int](
			func(context.Context, *message) (int, error) { <-stuck; return 0, nil })})
		w.push(p, broadway.Unacknowledged(1))
		result := make(chan error, 1)
		go func() { result <- p.Drain(background) }()
		w.settle()
		w.stop(p)
		assert.ErrorIs(w, <-result, broadway.ErrStopping)
		close(stuck)
		w.settle()
	})
}

func TestWhatIsPushedInAPausePassesTheLimit(t *testing.T) {
	inWorld(t, func(w *world) {
		b := new(book)
		p := w.start(config{
			Producers: []broadway.Producer[int]{{Source: idle(), RateLimit: broadway.RateLimit{Allowed: 1, Interval: time.Hour}}},
			Handler:   pass, Processors: one(10),
		})
		p.Pause()
		w.push(p, b.messages(upTo(1, 5)...)...)
		p.Resume()
		w.settle()
		assert.Len(w, b.ok(), 5)
	})
}
