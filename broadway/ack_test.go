package broadway_test

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/broadway"
	"github.com/stagecraft-go/stagecraft/stage"
)

// E5.
func TestAcknowledgersAreCalledOnceForEachChunk(t *testing.T) {
	inWorld(t, func(w *world) {
		b := new(book)
		p := w.start(config{
			Producers: from(idle()), Handler: failing(errBoom, 2, 3, 12),
			Processors: broadway.Processors[int]{Concurrency: 1, MaxDemand: 10}, // chunks of 5
		})
		w.push(p, b.messages(upTo(1, 12)...)...)
		w.settle()
		assert.Equal(w, []string{"ok [1 4 5] bad [2 3]", "ok [6 7 8 9 10] bad []", "ok [11] bad [12]"}, b.each())
	})
}

func TestWithBatchersOnlyWhatHasFailedIsAcknowledgedInTheProcessor(t *testing.T) {
	inWorld(t, func(w *world) {
		b := new(book)
		p := w.start(config{
			Producers: from(idle()), Handler: failing(errBoom, 2), Processors: one(10),
			Batchers: []broadway.Batcher[int]{{Handler: through, Size: 2}},
		})
		w.push(p, b.messages(1, 2, 3, 4, 5)...)
		w.settle()
		assert.Equal(w, []string{"ok [] bad [2]", "ok [1 3] bad []", "ok [4 5] bad []"}, b.each())
	})
}

// G23.
func TestEachAcknowledgerIsCalledOnceForItsMessages(t *testing.T) {
	inWorld(t, func(w *world) {
		a, b := new(book), new(book)
		p := w.start(config{Producers: from(idle()), Handler: failing(errBoom, 2, 3), Processors: one(10)})
		w.push(p, a.message(1), b.message(2), a.message(3), b.message(4), a.message(5), broadway.Unacknowledged(6))
		w.settle()
		assert.Equal(w, []string{"ok [1 5] bad [3]"}, a.each())
		assert.Equal(w, []string{"ok [4] bad [2]"}, b.each())
		report := w.stop(p)
		assert.Equal(w, 4, report.Succeeded)
		assert.Equal(w, 2, report.Failed)
	})
}

// queueRef is an acknowledger that is equal to others of the same queue.
type queueRef struct {
	queue string
	d     *diary
}

func (q queueRef) Ack(_ context.Context, ok, bad []broadway.Receipt[string]) error {
	q.d.note("%s %d %d", q.queue, len(ok), len(bad))
	return nil
}

func TestEqualAcknowledgersAreOne(t *testing.T) {
	inWorld(t, func(w *world) {
		d := new(diary)
		p := w.start(config{Producers: from(idle()), Handler: pass, Processors: one(10)})
		w.push(p, broadway.NewMessage(1, queueRef{"a", d}, "1"), broadway.NewMessage(2, queueRef{"b", d}, "2"),
			broadway.NewMessage(3, queueRef{"a", d}, "3"))
		w.settle()
		assert.ElementsMatch(w, []string{"a 2 0", "b 1 0"}, d.take())
	})
}

// H21.
func TestAnAcknowledgerThatFailsTakesNothingFromOthers(t *testing.T) {
	for name, fail := range map[string]func(acked) error{
		"error": func(acked) error { return errBoom },
		"panic": func(acked) error { panic(errBoom) },
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				a, b, c := new(book), &book{when: fail}, new(book)
				p := w.start(config{Producers: from(idle()), Handler: pass, Processors: one(10)})
				w.push(p, a.message(1), b.message(2), c.message(3), b.message(4))
				w.settle()
				assert.Equal(w, []int{1}, a.ok())
				assert.Equal(w, []string{"ok [2 4] bad []"}, b.each())
				assert.Equal(w, []int{3}, c.ok())
				assert.True(w, w.log.Has("an acknowledgement failed"))
				w.push(p, b.message(5))
				w.settle()
				assert.Equal(w, []string{"ok [2 4] bad []", "ok [5] bad []"}, b.each())
				report := w.stop(p)
				assert.Equal(w, 2, report.AckFailures)
				assert.Equal(w, 5, report.Succeeded)
				assert.Zero(w, report.Unfinished)
				assert.Zero(w, report.Crashes)
			})
		})
	}
}

// It ends the worker, but nothing is lost by it.
func TestAnAcknowledgerThatEndsItsGoroutineTakesNothingFromOthers(t *testing.T) {
	inWorld(t, func(w *world) {
		a, c := new(book), new(book)
		b := &book{when: func(acked) error { runtime.Goexit(); return nil }}
		p := w.start(config{
			Producers: from(idle()), Handler: failing(errBoom, 4), Processors: one(10),
			DeadLetter: func(context.Context, broadway.DeadLetter[int]) error { runtime.Goexit(); return nil },
		})
		w.push(p, a.message(1), b.message(2), c.message(3), c.message(4))
		require.NoError(w, p.Drain(background))
		assert.Equal(w, []int{1}, a.ok())
		assert.Equal(w, []int{2}, b.ok())
		assert.Equal(w, []string{"ok [3] bad [4]"}, c.each())
		report := w.stop(p)
		assert.Equal(w, 3, report.Succeeded)
		assert.Equal(w, 1, report.Failed)
		assert.Equal(w, 1, report.Crashes)
	})
}

// listed is an acknowledger that cannot be compared.
type listed []*book

func (l listed) Ack(ctx context.Context, ok, bad []receipt) error { return l[0].Ack(ctx, ok, bad) }

func TestAnAcknowledgerThatCannotBeComparedIsRefused(t *testing.T) {
	assert.PanicsWithValue(t, "broadway: an acknowledger of type broadway_test.listed cannot be compared with ==", func() {
		broadway.NewMessage(1, listed{}, 1)
	})
}

func TestMessagesCanBeAcknowledgedEarly(t *testing.T) {
	inWorld(t, func(w *world) {
		b, d := new(book), new(diary)
		p := w.start(config{
			Producers: from(idle()), Processors: one(10), Retry: broadway.Retry{Attempts: 3},
			DeadLetter: func(context.Context, broadway.DeadLetter[int]) error { d.note("dead letter"); return nil },
			Handler: broadway.MessageFunc[int, int](func(ctx context.Context, m *message) (int, error) {
				switch m.Data {
				case 2:
					m.Fail(errBoom)
				case 3:
					m.Fail(broadway.Discard(errBoom))
				case 4:
					return 0, nil
				}
				assert.NoError(w, broadway.AckNow(ctx, m))
				assert.NoError(w, broadway.AckNow(ctx, m)) // once is enough
				return m.Data, errors.Join(m.Failure())
			}),
			Batchers: []broadway.Batcher[int]{{Size: 2, Handler: broadway.BatchFunc[int](
				func(ctx context.Context, b *batch) ([]*message, error) {
					d.note("batch of %d", len(b.Messages))
					return b.Messages, broadway.AckNow(ctx, b.Messages...)
				})}},
		})
		w.push(p, b.messages(1, 2, 3, 4)...)
		w.settle()
		assert.Equal(w, []string{"ok [1] bad []", "ok [] bad [2]", "ok [3] bad []", "ok [4] bad []"}, b.each())
		assert.Equal(w, []string{"batch of 2"}, d.take())
		assert.Equal(w, broadway.Discarded, b.receipt(w, 3).Outcome)
		report := w.stop(p)
		assert.Equal(w, broadway.Report{Received: 4, Succeeded: 2, Failed: 1, Discarded: 1, DrainTook: report.DrainTook}, report)
	})
}

func TestWhoAcknowledgesEarlyHearsWhatTheAcknowledgerSays(t *testing.T) {
	inWorld(t, func(w *world) {
		d := new(diary)
		b := &book{when: func(acked) error { return errBoom }}
		p := w.start(config{Producers: from(idle()), Processors: one(10), Handler: broadway.MessageFunc[int, int](
			func(ctx context.Context, m *message) (int, error) {
				d.note("%v", broadway.AckNow(ctx, m))
				return 0, nil
			})})
		w.push(p, b.message(1))
		w.settle()
		assert.Equal(w, []string{"boom"}, d.take())
		assert.Len(w, b.each(), 1)
	})
}

func TestAMessageThatNobodyHasCannotBeAcknowledgedEarly(t *testing.T) {
	inWorld(t, func(w *world) {
		var kept message
		b := new(book)
		p := w.start(config{Producers: from(idle()), Processors: one(10), Handler: broadway.MessageFunc[int, int](
			func(_ context.Context, m *message) (int, error) {
				kept = *m
				return 0, nil
			})})
		w.push(p, b.message(1))
		w.settle()
		assert.ErrorIs(w, broadway.AckNow(background, &kept), broadway.ErrNotHeld)
		fresh := b.message(2)
		assert.ErrorIs(w, broadway.AckNow(background, &fresh), broadway.ErrNotHeld)
		assert.NoError(w, broadway.AckNow[int](background))
		assert.Len(w, b.each(), 1)
	})
}

// flexible is an acknowledger whose messages can be configured.
type flexible struct{ book }

func (f *flexible) Configure(id int, add string) (int, error) {
	if add == "" {
		return 0, errBoom
	}
	return id*10 + len(add), nil
}

func TestTheAcknowledgementOfAMessageCanBeConfigured(t *testing.T) {
	inWorld(t, func(w *world) {
		f, b := new(flexible), new(book)
		p := w.start(config{
			Producers: from(idle()), Processors: one(10),
			Handler: consoling{
				MessageFunc: func(_ context.Context, m *message) (int, error) {
					switch m.Data {
					case 1:
						assert.NoError(w, broadway.ConfigureAck[int](m, "abc"))
					case 2:
						assert.Equal(w, errBoom, broadway.ConfigureAck[int](m, ""))
					case 3:
						assert.ErrorIs(w, broadway.ConfigureAck[int](m, 3.5), broadway.ErrNotConfigurable)
						assert.ErrorIs(w, broadway.ConfigureAck[string](m, "a"), broadway.ErrNotConfigurable)
					case 5:
						assert.ErrorIs(w, broadway.ConfigureAck[int](m, "a"), broadway.ErrNotConfigurable)
					case 6:
						assert.ErrorIs(w, broadway.ConfigureAck[int](m, "a"), broadway.ErrNotConfigurable)
					default:
						return 0, errBoom
					}
					return 0, nil
				},
				failed: func(_ context.Context, failed []*message) error {
					return broadway.ConfigureAck[int](failed[0], "ab")
				},
			},
		})
		messages := []message{broadway.NewMessage(5, b, 5), broadway.Unacknowledged(6)}
		for n := 1; n <= 4; n++ {
			messages = append(messages, broadway.NewMessage(n, f, n))
		}
		w.push(p, messages...)
		w.settle()
		assert.Equal(w, []string{"ok [13 2 3] bad [42]"}, f.each())
		assert.Equal(w, []int{5}, b.ok())
	})
}

func TestAReceiptHasTheDataAtTheEnd(t *testing.T) {
	inWorld(t, func(w *world) {
		d := new(diary)
		var mu sync.Mutex
		ack := ackFunc(func(ok []receipt) {
			mu.Lock()
			defer mu.Unlock()
			for _, r := range ok {
				text, isText := broadway.DataOf[string](r)
				_, isInt := broadway.DataOf[int](r)
				d.note("%d %q %v %v", r.ID, text, isText, isInt)
			}
		})
		p := start(w, broadway.Config[int, string]{
			Producers: from(idle()), Processors: one(10),
			Handler: broadway.MessageFunc[int, string](func(context.Context, *message) (string, error) { return "text", nil }),
			Batchers: []broadway.Batcher[string]{{Size: 1, Handler: broadway.BatchFunc[string](
				func(_ context.Context, b *broadway.Batch[string]) ([]*broadway.Message[string], error) {
					b.Messages[0].Data += "!"
					return b.Messages, nil
				})}},
		})
		require.NoError(w, p.Push(background, broadway.NewMessage(1, ack, 1)))
		synctest.Wait()
		assert.Equal(w, []string{`1 "text!" true false`}, d.take())
	})
}

// ackFunc is an acknowledger.
func ackFunc(f func(ok []receipt)) broadway.Acknowledger[int] { return &acker{f} }

type acker struct{ f func(ok []receipt) }

func (a *acker) Ack(_ context.Context, ok, _ []receipt) error { a.f(ok); return nil }

func TestANilAcknowledgerIsNobody(t *testing.T) {
	inWorld(t, func(w *world) {
		p := start(w, broadway.Config[int, stage.None]{
			Producers: from(idle()), Processors: one(10),
			Handler: broadway.MessageFunc[int, stage.None](func(context.Context, *message) (stage.None, error) {
				return stage.None{}, errBoom
			}),
		})
		require.NoError(w, p.Push(background, broadway.NewMessage[int, int](1, nil, 1)))
		require.NoError(w, p.Drain(background))
		assert.Equal(w, 1, p.Report().Failed)
	})
}
