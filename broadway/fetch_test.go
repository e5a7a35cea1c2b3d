package broadway_test

import (
	"context"
	"fmt"
	"io"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/broadway"
)

func fetching(f broadway.Fetch[int], o broadway.FetchOptions) []broadway.Producer[int] {
	return from(broadway.FromFetch(f, o))
}

func TestAFetchIsAskedForWhatIsWanted(t *testing.T) {
	inWorld(t, func(w *world) {
		b, d := new(book), new(diary)
		answers := []int{3, 4, 0, 3}
		next := 0
		p := w.start(config{
			Producers: fetching(func(_ context.Context, n int) (messages []message, err error) {
				d.note("%d", n)
				if len(answers) == 0 {
					return nil, nil
				}
				for range answers[0] {
					next++
					messages = append(messages, b.message(next))
				}
				answers = answers[1:]
				return messages, nil
			}, broadway.FetchOptions{Interval: time.Minute}),
			Handler: pass, Processors: one(10), // asks for 10 again when it has 10
		})
		w.settle()
		assert.Equal(w, []string{"10", "7", "3"}, d.take())
		time.Sleep(time.Minute)
		w.settle()
		assert.Equal(w, []string{"3", "10"}, d.take())
		assert.Equal(w, upTo(1, 10), b.ok())
		w.stop(p)
	})
}

func TestAFetchIsAskedForNoMoreThanMax(t *testing.T) {
	inWorld(t, func(w *world) {
		d := new(diary)
		w.start(config{
			Producers: fetching(func(_ context.Context, n int) ([]message, error) {
				d.note("%d", n)
				return nil, nil
			}, broadway.FetchOptions{Max: 4, Interval: time.Second}),
			Handler: pass, Processors: one(10),
		})
		time.Sleep(2500 * time.Millisecond)
		assert.Equal(w, []string{"4", "4", "4"}, d.take())
	})
}

func TestAFetchThatFailsIsTriedAgain(t *testing.T) {
	for name, fail := range map[string]func() error{
		"error":                 func() error { return errBoom },
		"panic":                 func() error { panic(errBoom) },
		"end of its goroutine.": func() error { runtime.Goexit(); return nil },
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				b := new(book)
				var calls atomic.Int32
				p := w.start(config{
					Producers: fetching(func(context.Context, int) ([]message, error) {
						switch n := calls.Add(1); n {
						case 1:
							return nil, fail()
						case 2:
							return b.messages(1, 2), io.EOF
						}
						return nil, io.EOF
					}, broadway.FetchOptions{Interval: time.Second}),
					Handler: pass,
				})
				took := stopwatch()
				report := w.wait(p)
				assert.Equal(w, time.Second, took())
				assert.True(w, w.log.Has("a fetch failed"))
				assert.Equal(w, 2, report.Succeeded)
				assert.Zero(w, report.Crashes)
			})
		})
	}
}

func TestMessagesBesideAnErrorAreNotLost(t *testing.T) {
	inWorld(t, func(w *world) {
		b := new(book)
		calls := 0
		report := w.run(config{
			Producers: fetching(func(context.Context, int) ([]message, error) {
				if calls++; calls == 1 {
					return b.messages(1, 2), errBoom
				}
				return b.messages(3), fmt.Errorf("wrapped: %w", io.EOF)
			}, broadway.FetchOptions{}),
			Handler: pass,
		})
		assert.Equal(w, upTo(1, 3), b.ok())
		assert.Equal(w, 3, report.Succeeded)
	})
}

func TestACrashOfTheProducerLosesNothingThatIsFetched(t *testing.T) {
	inWorld(t, func(w *world) {
		b := new(book)
		release := make(chan struct{})
		next := 0
		p := w.start(config{
			Name: "w", Handler: pass,
			Producers: fetching(func(_ context.Context, n int) (messages []message, err error) {
				<-release
				for range min(n, 100-next) {
					next++
					messages = append(messages, b.message(next))
				}
				if next == 100 {
					err = io.EOF
				}
				return messages, err
			}, broadway.FetchOptions{}),
		})
		w.settle()
		w.process("w", "Producer_0").Kill() // while it fetches
		w.settle()
		close(release)
		report := w.wait(p)
		assert.Equal(w, 100, report.Succeeded)
		assert.Equal(w, upTo(1, 100), b.ok())
		assert.Equal(w, 1, report.Crashes)
	})
}

func TestThereIsOneFetchAtATimeInEachProcess(t *testing.T) {
	inWorld(t, func(w *world) {
		var running, most atomic.Int32
		producer := broadway.Producer[int]{Concurrency: 3, Source: broadway.FromFetch(
			func(_ context.Context, n int) ([]message, error) {
				most.Store(max(most.Load(), running.Add(1)))
				defer running.Add(-1)
				time.Sleep(time.Second)
				return []message{broadway.Unacknowledged(1)}, nil
			}, broadway.FetchOptions{})}
		p := w.start(config{Producers: []broadway.Producer[int]{producer}, Handler: pass})
		time.Sleep(10*time.Second - 1)
		assert.EqualValues(w, 3, most.Load())
		assert.Equal(w, 27, p.Report().Succeeded)
	})
}

func TestTheContextOfAFetchEndsWithThePipeline(t *testing.T) {
	inWorld(t, func(w *world) {
		type key struct{}
		b, d := new(book), new(diary)
		p, err := broadway.Start(context.WithValue(background, key{}, "value"), config{
			System: w.sys, Handler: pass, Producers: fetching(func(ctx context.Context, _ int) ([]message, error) {
				d.note("%v", ctx.Value(key{}))
				<-ctx.Done()
				return b.messages(1, 2), nil
			}, broadway.FetchOptions{}),
		})
		require.NoError(w, err)
		w.settle()
		took := stopwatch()
		report := w.stop(p)
		assert.Less(w, took(), 100*time.Millisecond)
		assert.Equal(w, []string{"value"}, d.take())
		assert.Equal(w, []int{1, 2}, b.ok()) // there was time
		assert.Equal(w, 2, report.Succeeded)
	})
}

func TestWhatAFetchBringsTooLateFails(t *testing.T) {
	inWorld(t, func(w *world) {
		b := new(book)
		release := make(chan struct{})
		p := w.start(config{
			Handler: pass, Producers: fetching(func(context.Context, int) ([]message, error) {
				<-release
				return b.messages(1, 2), nil
			}, broadway.FetchOptions{}),
			DeadLetter: func(context.Context, broadway.DeadLetter[int]) error { w.Error("called"); return nil },
		})
		w.settle()
		report := w.stop(p)
		assert.Zero(w, report.Received)
		assert.Less(w, report.DrainTook, 200*time.Millisecond)
		close(release)
		w.settle()
		assert.Equal(w, []int{1, 2}, b.bad())
		assert.ErrorIs(w, b.receipt(w, 1).Err, broadway.ErrStopping)
	})
}

func TestASequenceIsReadAsFarAsIsAskedFor(t *testing.T) {
	inWorld(t, func(w *world) {
		b := new(book)
		var read atomic.Int32
		stuck := make(chan struct{})
		cleaned := false
		source := broadway.FromSeq(func(yield func(message) bool) {
			defer func() { cleaned = true }()
			for i := 1; ; i++ {
				read.Add(1)
				if !yield(b.message(i)) {
					return
				}
			}
		})
		p := w.start(config{Producers: from(source), Processors: one(10), Handler: broadway.MessageFunc[int, int](
			func(ctx context.Context, m *message) (int, error) {
				<-stuck
				return 0, nil
			})})
		w.settle()
		assert.EqualValues(w, 10, read.Load())
		close(stuck)
		report := w.stop(p)
		assert.True(w, cleaned)
		assert.Zero(w, report.Unfinished)
		assert.Equal(w, report.Received, report.Succeeded+report.Failed)
	})
}

func TestACrashOfTheProducerLosesNothingOfASequence(t *testing.T) {
	inWorld(t, func(w *world) {
		b := new(book)
		p := w.start(config{
			Name: "w", Producers: from(b.source(500)), Processors: one(1), ResubscribeInterval: new(time.Millisecond),
			Restarts: broadway.Restarts{Max: new(1000)},
			Handler: broadway.MessageFunc[int, int](func(context.Context, *message) (int, error) {
				time.Sleep(time.Second)
				return 0, nil
			}),
		})
		for range 20 {
			time.Sleep(3 * time.Second)
			w.process("w", "Producer_0").Kill()
		}
		report := w.wait(p)
		assert.Equal(w, upTo(1, 500), b.ok())
		assert.Equal(w, 20, report.Crashes)
	})
}

func TestASequenceThatWaitsHoldsNoStopUp(t *testing.T) {
	inWorld(t, func(w *world) {
		b := new(book)
		release := make(chan struct{})
		cleaned := make(chan struct{})
		source := broadway.FromSeq(func(yield func(message) bool) {
			defer close(cleaned)
			yield(b.message(1))
			<-release
			yield(b.message(2))
		})
		p := w.start(config{Producers: from(source), Handler: pass})
		w.settle()
		report := w.stop(p)
		assert.Less(w, report.DrainTook, 200*time.Millisecond)
		close(release)
		<-cleaned
		w.settle()
		// The fetch that waited had both.
		assert.Equal(w, []int{1, 2}, append(b.ok(), b.bad()...))
	})
}

func TestASequenceThatPanicsIsNoEndOfTheData(t *testing.T) {
	inWorld(t, func(w *world) {
		b := new(book)
		source := broadway.FromSeq(func(yield func(message) bool) {
			yield(b.message(1))
			panic(errBoom)
		})
		p := w.start(config{Producers: from(source), Handler: pass})
		report, err := p.Wait(background)
		assert.ErrorIs(w, err, broadway.ErrGaveUp)
		assert.True(w, w.log.Has("process terminated"))
		assert.Equal(w, 1, report.Succeeded)
		assert.Equal(w, []int{1}, b.ok())
	})
}

func TestAChannelIsASourceUntilItIsClosed(t *testing.T) {
	inWorld(t, func(w *world) {
		b := new(book)
		ch := make(chan message, 100)
		producer := broadway.Producer[int]{Source: broadway.FromChan(ch), Concurrency: 3}
		p := w.start(config{Producers: []broadway.Producer[int]{producer}, Handler: pass})
		for n := 1; n <= 50; n++ {
			ch <- b.message(n)
		}
		w.settle()
		assert.Equal(w, upTo(1, 50), b.ok())
		time.Sleep(time.Hour)
		ch <- b.message(51)
		close(ch)
		assert.Equal(w, 51, w.wait(p).Succeeded)
	})
}

func TestAStopLosesNothingThatWasReadFromAChannel(t *testing.T) {
	inWorld(t, func(w *world) {
		b := new(book)
		ch := make(chan message, 1000)
		for n := 1; n <= 1000; n++ {
			ch <- b.message(n)
		}
		p := w.start(config{Producers: from(broadway.FromChan(ch)), Handler: broadway.MessageFunc[int, int](
			func(context.Context, *message) (int, error) {
				time.Sleep(time.Millisecond)
				return 0, nil
			})})
		time.Sleep(50 * time.Millisecond)
		report := w.stop(p)
		w.settle()
		assert.Equal(w, 1000-len(ch), len(b.ok())+len(b.bad()))
		assert.Zero(w, report.Unfinished)
	})
}

func TestThePipelineEndsWithTheLastOfItsSources(t *testing.T) {
	inWorld(t, func(w *world) {
		b := new(book)
		ch := make(chan message)
		p := w.start(config{
			Producers: []broadway.Producer[int]{{Source: b.source(5)}, {Source: broadway.FromChan(ch)}, {Source: b.source(0)}},
			Handler:   pass,
		})
		time.Sleep(time.Hour)
		assert.NoError(w, p.Err())
		ch <- b.message(6)
		close(ch)
		assert.Equal(w, 6, w.wait(p).Succeeded)
		assert.Equal(w, upTo(1, 6), b.ok())
	})
}

func TestASourceCanBeUsedInSeveralPipelines(t *testing.T) {
	inWorld(t, func(w *world) {
		var mu sync.Mutex
		left := upTo(1, 100)
		b := new(book)
		source := broadway.FromFetch(func(_ context.Context, n int) ([]message, error) {
			mu.Lock()
			defer mu.Unlock()
			n = min(n, len(left), 5)
			got := b.messages(left[:n]...)
			if left = slices.Clone(left[n:]); len(left) == 0 {
				return got, io.EOF
			}
			return got, nil
		}, broadway.FetchOptions{})
		one, two := w.start(config{Producers: from(source), Handler: pass}), w.start(config{Producers: from(source), Handler: pass})
		total := w.wait(one).Succeeded + w.wait(two).Succeeded
		assert.Equal(w, 100, total)
		assert.Equal(w, upTo(1, 100), b.ok())
	})
}

func TestADrainWaitsForAFetchHoweverManyAsksCome(t *testing.T) {
	inWorld(t, func(w *world) {
		b := new(book)
		n := 0
		fetch := func(ctx context.Context, want int) (all []message, err error) {
			if n >= 60 {
				<-ctx.Done()
				time.Sleep(50 * time.Millisecond) // the answer is on its way
				return b.messages(1000), nil
			}
			for range want {
				n++
				all = append(all, b.message(n))
			}
			return all, nil
		}
		p := w.start(config{
			Name: "fetch", Producers: []broadway.Producer[int]{{Source: broadway.FromFetch(fetch, broadway.FetchOptions{})}},
			Processors: broadway.Processors[int]{Concurrency: 30, MaxDemand: 2},
			Handler: broadway.MessageFunc[int, int](func(_ context.Context, m *message) (int, error) {
				time.Sleep(100 * time.Millisecond)
				if m.Data > 30 {
					time.Sleep(time.Duration(m.Data-30) * 10 * time.Millisecond)
				}
				return 0, nil
			}),
		})
		time.Sleep(201 * time.Millisecond)
		report := w.stop(p)
		time.Sleep(time.Hour)
		assert.Zero(w, report.Failed)
		assert.Empty(w, b.bad())
	})
}
