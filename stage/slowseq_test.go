package stage_test

import (
	"context"
	"iter"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/stage"
)

// slowly yields 1, 2, 3 and so on, each after a time.
func slowly(each time.Duration, pulled *int) iter.Seq[int] {
	return func(yield func(int) bool) {
		for {
			time.Sleep(each)
			*pulled++
			if !yield(*pulled) {
				return
			}
		}
	}
}

// A slow sequence does not make its first elements wait for the last of a
// demand, and no element is pulled that is not asked for.
func TestASlowSequenceEmitsWhatIsThere(t *testing.T) {
	inWorld(t, func(w *world) {
		pulled, to := 0, w.probe()
		p := w.fromSeq(slowly(10*time.Millisecond, &pulled))
		ref := to.asking(p.PID(), 3)
		time.Sleep(15 * time.Millisecond)
		w.settle()
		assert.Equal(t, []string{"events [1]"}, to.take())
		to.ask(p.PID(), ref, 2) // while it is at work
		time.Sleep(100 * time.Millisecond)
		w.settle()
		assert.Equal(t, []string{"events [2]", "events [3]", "events [4]", "events [5]"}, to.take())
		assert.Equal(t, 5, pulled)
		require.NoError(t, p.Stop(background, nil))
	})
}

// GenStage fills the whole demand first.
func TestAnExactSequenceFillsTheDemand(t *testing.T) {
	inWorld(t, func(w *world) {
		pulled, to := 0, w.probe()
		p := w.fromSeq(slowly(time.Second, &pulled), stage.Exact())
		to.asking(p.PID(), 3)
		time.Sleep(3500 * time.Millisecond)
		w.settle()
		assert.Equal(t, []string{"events [1 2 3]"}, to.take())
		require.NoError(t, p.Stop(background, nil))
	})
}

// A sequence that was quick before is found to be slow after some elements.
func TestASequenceThatBecomesSlow(t *testing.T) {
	inWorld(t, func(w *world) {
		to, rest := w.probe(), 0
		p := w.fromSeq(func(yield func(int) bool) {
			for range 10_000 {
				if !yield(0) {
					return
				}
			}
			slowly(10*time.Millisecond, &rest)(yield)
		})
		ref := to.asking(p.PID(), 10_000)
		w.settle()
		to.take()
		to.ask(p.PID(), ref, 1000)
		time.Sleep(time.Second)
		w.settle()
		assert.NotEmpty(t, to.take())
		require.NoError(t, p.Stop(background, nil))
	})
}

// A stage that has to stop waits for one element, not for a demand.
func TestASlowSequenceIsStopped(t *testing.T) {
	for name, opts := range map[string][]stage.Option{"": nil, "exact": {stage.Exact()}} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				ctx, cancel := context.WithCancel(background)
				defer cancel()
				pulled := 0
				p, err := stage.FromSeq(ctx, slowly(time.Second, &pulled), w.options(opts)...)
				require.NoError(t, err)
				w.probe().asking(p.PID(), 1000)
				time.Sleep(2500 * time.Millisecond)
				w.settle()
				begin := time.Now()
				cancel()
				<-p.Done()
				assert.Equal(t, 500*time.Millisecond, time.Since(begin))
				w.settle()
				assert.Equal(t, 3, pulled)
			})
		})
	}
}

func TestASequenceThatCanFail(t *testing.T) {
	inWorld(t, func(w *world) {
		to := w.probe()
		p, err := stage.FromSeq2(background, func(yield func(int, error) bool) {
			for n := range 3 {
				if !yield(n, nil) {
					return
				}
			}
			assert.False(t, yield(0, assert.AnError))
		}, w.options(nil)...)
		require.NoError(t, err)
		to.watch(p.PID())
		to.asking(p.PID(), 10)
		w.settle()
		assert.Equal(t, []string{"events [0 1 2]", "down " + assert.AnError.Error()}, to.take())
		assert.ErrorIs(t, p.Err(), assert.AnError)
	})
}

func TestASequenceThatCouldFailAndDoesNot(t *testing.T) {
	inWorld(t, func(w *world) {
		first := w.fromSeq(slices.Values(upTo(1, 20)))
		p, err := stage.FromSeq2(background, stage.Stream(background, stage.From(first), stage.In(w.sys)), w.options(nil)...)
		require.NoError(t, err)
		to := &sink{}
		w.consumer(to, stage.From(p))
		w.settle()
		assert.Equal(t, upTo(1, 20), to.got)
		assert.Equal(t, process.Normal, p.Err())
		none, err := stage.FromSeq2[int](background, nil)
		assert.Nil(t, none)
		assert.ErrorIs(t, err, stage.ErrNilSeq)
	})
}
