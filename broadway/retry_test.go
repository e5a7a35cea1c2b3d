package broadway_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/broadway"
	"github.com/stagecraft-go/stagecraft/supervisor"
)

// attempts writes each attempt down and fails the first n of them.
func attempts(d *diary, n int, err error) broadway.MessageFunc[int, int] {
	began := time.Now()
	return func(_ context.Context, m *message) (int, error) {
		d.note("%d: %d %v", m.Data, m.Attempt(), time.Since(began))
		if m.Attempt() <= n {
			return 0, err
		}
		return m.Data, nil
	}
}

func TestAFailedMessageIsTriedAgainAfterAWhile(t *testing.T) {
	inWorld(t, func(w *world) {
		b, d := new(book), new(diary)
		p := w.start(config{
			Producers: from(idle()), Handler: attempts(d, 3, errBoom), Processors: one(1),
			Retry: broadway.Retry{Attempts: 4, Backoff: supervisor.Backoff{Initial: time.Second, Max: 3 * time.Second}},
		})
		w.push(p, b.message(1))
		time.Sleep(time.Minute)
		assert.Equal(w, []string{"1: 1 0s", "1: 2 1s", "1: 3 3s", "1: 4 6s"}, d.take())
		assert.Equal(w, []string{"ok [1] bad []"}, b.each())
		assert.Equal(w, 4, b.receipt(w, 1).Attempts)
		report := w.stop(p)
		assert.Equal(w, 3, report.Retried)
		assert.Equal(w, 1, report.Succeeded)
	})
}

func TestAttemptsAreLimited(t *testing.T) {
	inWorld(t, func(w *world) {
		b, d := new(book), new(diary)
		p := w.start(config{
			Producers: from(idle()), Processors: one(1), Retry: broadway.Retry{Attempts: 3},
			Handler: consoling{MessageFunc: attempts(d, 9, errBoom), failed: func(_ context.Context, failed []*message) error {
				d.note("failed for good, attempt %d", failed[0].Attempt())
				return nil
			}},
		})
		w.push(p, b.message(1))
		require.NoError(w, p.Drain(background))
		assert.Equal(w, []string{"1: 1 0s", "1: 2 0s", "1: 3 0s", "failed for good, attempt 3"}, d.take())
		assert.Equal(w, errBoom, b.receipt(w, 1).Err)
		assert.Equal(w, 3, b.receipt(w, 1).Attempts)
	})
}

func TestWithoutAPolicyNothingIsTriedAgain(t *testing.T) {
	inWorld(t, func(w *world) {
		b, d := new(book), new(diary)
		p := w.start(config{Producers: from(idle()), Handler: attempts(d, 9, broadway.RetryAfter(1, errBoom)), Processors: one(1)})
		w.push(p, b.message(1))
		w.settle()
		assert.Equal(w, []string{"1: 1 0s"}, d.take())
		assert.Equal(w, errBoom, b.receipt(w, 1).Err)
	})
}

func TestAFailureSaysWhatIsToBecomeOfTheMessage(t *testing.T) {
	for name, c := range map[string]struct {
		failure error
		times   []string
		outcome broadway.Outcome
		err     error
	}{
		"no retry":         {broadway.NoRetry(errBoom), []string{"1: 1 0s"}, broadway.Failed, errBoom},
		"wrapped no retry": {fmt.Errorf("so: %w", broadway.NoRetry(errBoom)), []string{"1: 1 0s"}, broadway.Failed, errBoom},
		"retry after":      {broadway.RetryAfter(7*time.Second, errBoom), []string{"1: 1 0s", "1: 2 7s", "1: 3 14s"}, broadway.Failed, errBoom},
		"discard":          {broadway.Discard(errBoom), []string{"1: 1 0s"}, broadway.Discarded, errBoom},
		"bare discard":     {broadway.Discard(nil), []string{"1: 1 0s"}, broadway.Discarded, nil},
		"policy says no":   {errors.New("hopeless"), []string{"1: 1 0s"}, broadway.Failed, nil},
		"policy panics":    {errors.New("panic"), []string{"1: 1 0s"}, broadway.Failed, nil},
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				b, d := new(book), new(diary)
				p := w.start(config{
					Producers: from(idle()), Handler: attempts(d, 9, c.failure), Processors: one(1),
					Retry: broadway.Retry{Attempts: 3, If: func(failure error) bool {
						if failure.Error() == "panic" {
							panic(failure)
						}
						return failure.Error() != "hopeless"
					}},
				})
				w.push(p, b.message(1))
				require.NoError(w, p.Drain(background))
				assert.Equal(w, c.times, d.take())
				r := b.receipt(w, 1)
				assert.Equal(w, c.outcome, r.Outcome)
				if c.err != nil || c.outcome == broadway.Discarded {
					assert.ErrorIs(w, r.Err, c.err)
				}
				if c.outcome == broadway.Discarded {
					assert.Equal(w, []int{1}, b.ok())
				}
				assert.Zero(w, w.stop(p).Crashes)
			})
		})
	}
}

func TestNoWorkerWaitsForARetry(t *testing.T) {
	inWorld(t, func(w *world) {
		b, d := new(book), new(diary)
		began := time.Now()
		p := w.start(config{
			Producers: from(idle()), Processors: one(1),
			Retry: broadway.Retry{Attempts: 2, Backoff: supervisor.Backoff{Initial: time.Minute, Max: time.Minute}},
			Handler: broadway.MessageFunc[int, int](func(_ context.Context, m *message) (int, error) {
				if m.Data == 1 && m.Attempt() == 1 {
					return 0, errBoom
				}
				d.note("%d %v", m.Data, time.Since(began))
				return 0, nil
			}),
		})
		w.push(p, b.messages(1, 2, 3)...)
		w.settle()
		assert.Equal(w, []int{2, 3}, b.ok())
		assert.Equal(w, 1, p.Report().Unfinished)
		require.NoError(w, p.Drain(background))
		assert.Equal(w, []string{"2 0s", "3 0s", "1 1m0s"}, d.take())
	})
}

func TestAMessageThatFailsInItsBatchBeginsAgainAtAProcessor(t *testing.T) {
	inWorld(t, func(w *world) {
		b, d := new(book), new(diary)
		p := w.start(config{
			Producers: from(idle()), Processors: one(10), Retry: broadway.Retry{Attempts: 2},
			Handler: broadway.MessageFunc[int, int](func(_ context.Context, m *message) (int, error) {
				d.note("handle %d, %q", m.Data, m.Get("seen"))
				m.Set("seen", "yes") // not by the next attempt
				return m.Data * 10, nil
			}),
			Batchers: []broadway.Batcher[int]{{Size: 2, Handler: broadway.BatchFunc[int](func(_ context.Context, b *batch) ([]*message, error) {
				d.note("batch %v", numbers(b))
				if b.Messages[0].Attempt() == 1 {
					b.Messages[0].Fail(errBoom)
				}
				return b.Messages, nil
			})}},
		})
		w.push(p, b.messages(1, 2)...)
		require.NoError(w, p.Drain(background))
		assert.Equal(w, []string{`handle 1, ""`, `handle 2, ""`, "batch [10 20]", `handle 1, ""`, "batch [10]"}, d.take())
		assert.Equal(w, []string{"ok [2] bad []", "ok [1] bad []"}, b.each())
		assert.Equal(w, 2, b.receipt(w, 1).Attempts)
	})
}

func TestThoseThatWaitForARetryAreLimited(t *testing.T) {
	inWorld(t, func(w *world) {
		b, d := new(book), new(diary)
		p := w.start(config{
			Producers: from(idle()), Processors: one(10),
			Handler: consoling{MessageFunc: attempts(new(diary), 1, errBoom), failed: func(_ context.Context, failed []*message) error {
				d.note("%d failed", len(failed))
				return nil
			}},
			Retry: broadway.Retry{Attempts: 2, MaxWaiting: 2, Backoff: supervisor.Backoff{Initial: time.Second, Max: time.Second}},
		})
		w.push(p, b.messages(1, 2, 3, 4)...)
		time.Sleep(time.Minute)
		assert.Equal(w, []int{1, 2}, b.ok())
		assert.Equal(w, []int{3, 4}, b.bad())
		assert.Equal(w, errBoom, b.receipt(w, 3).Err)
		assert.Equal(w, 1, b.receipt(w, 3).Attempts)
		assert.Equal(w, []string{"2 failed"}, d.take())
	})
}

func TestAStopFailsWhatWaitsForARetry(t *testing.T) {
	inWorld(t, func(w *world) {
		b := new(book)
		slow := make(chan struct{})
		p := w.start(config{
			Producers: from(idle()), Processors: one(1),
			Handler: broadway.MessageFunc[int, int](func(_ context.Context, m *message) (int, error) {
				if m.Data == 2 {
					<-slow
				}
				return 0, errBoom
			}),
			Retry: broadway.Retry{Attempts: 5, Backoff: supervisor.Backoff{Initial: time.Hour, Max: time.Hour}},
		})
		w.push(p, b.messages(1, 2)...)
		w.settle()
		time.AfterFunc(time.Second, func() { close(slow) }) // fails while the pipeline drains
		took := stopwatch()
		report := w.stop(p)
		assert.Equal(w, time.Second, took())
		assert.Equal(w, []int{1, 2}, b.bad())
		for n := 1; n <= 2; n++ {
			assert.ErrorIs(w, b.receipt(w, n).Err, broadway.ErrStopping)
			assert.ErrorIs(w, b.receipt(w, n).Err, errBoom)
			assert.Equal(w, 1, b.receipt(w, n).Attempts)
		}
		assert.Equal(w, 2, report.Failed)
		assert.Zero(w, report.Unfinished)
	})
}

func TestACrashIsAFailureThatMayBeTriedAgain(t *testing.T) {
	inWorld(t, func(w *world) {
		b, d := new(book), new(diary)
		stuck := make(chan struct{})
		defer close(stuck)
		p := w.start(config{
			Name: "w", Producers: from(idle()), Processors: one(1), Retry: broadway.Retry{Attempts: 2},
			Handler: broadway.MessageFunc[int, int](func(ctx context.Context, m *message) (int, error) {
				d.note("attempt %d", m.Attempt())
				if m.Attempt() == 1 {
					<-stuck
				}
				return 0, nil
			}),
		})
		w.push(p, b.message(1))
		w.settle()
		w.process("w", "Processor_default_0").Kill()
		require.NoError(w, p.Drain(background))
		assert.Equal(w, []string{"attempt 1", "attempt 2"}, d.take())
		assert.Equal(w, []string{"ok [1] bad []"}, b.each())
	})
}

// What comes back waits until it is asked for, not in the buffer.
func TestRetriesDoNotOverflowTheBuffer(t *testing.T) {
	inWorld(t, func(w *world) {
		b := new(book)
		p := w.start(config{
			Producers:  []broadway.Producer[int]{{Source: idle(), BufferSize: new(30)}},
			Processors: broadway.Processors[int]{Concurrency: 1, MaxDemand: 2},
			Retry:      broadway.Retry{Attempts: 2, Backoff: supervisor.Backoff{Initial: time.Hour, Max: time.Hour}},
			Handler: broadway.MessageFunc[int, int](func(_ context.Context, m *message) (int, error) {
				if m.Attempt() == 1 {
					return 0, errBoom
				}
				time.Sleep(time.Second) // so that many are due at once
				return 0, nil
			}),
		})
		for n := 1; n <= 200; n += 25 {
			w.push(p, b.messages(upTo(n, n+24)...)...)
			w.settle()
		}
		require.NoError(w, p.Drain(background))
		assert.ElementsMatch(w, upTo(1, 200), b.ok())
		assert.Empty(w, b.bad())
		report := w.stop(p)
		assert.Equal(w, 200, report.Retried)
	})
}
