package broadway_test

import (
	"context"
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/broadway"
)

func TestADeadLetterIsTheMessageAsItsSourceMadeIt(t *testing.T) {
	inWorld(t, func(w *world) {
		b, d := new(book), new(diary)
		p := w.start(config{
			Producers: from(idle()), Processors: one(10), Retry: broadway.Retry{Attempts: 2},
			Handler: consoling{
				MessageFunc: func(_ context.Context, m *message) (int, error) {
					m.Set("key", "changed")
					m.Data = 99
					return 0, errBoom
				},
				failed: func(_ context.Context, failed []*message) error { d.note("HandleFailed"); return nil },
			},
			DeadLetter: func(_ context.Context, l broadway.DeadLetter[int]) error {
				d.note("%d %q %v %d", l.Message.Data, l.Message.Get("key"), l.Err, l.Attempts)
				return nil
			},
		})
		w.push(p, b.message(1).WithMetadata(map[string]string{"key": "original"}))
		require.NoError(w, p.Drain(background))
		assert.Equal(w, []string{"HandleFailed", `1 "original" boom 2`}, d.take())
		assert.Equal(w, []string{"ok [1] bad []"}, b.each())
		assert.Equal(w, broadway.DeadLettered, b.receipt(w, 1).Outcome)
		assert.Equal(w, errBoom, b.receipt(w, 1).Err)
		report := w.stop(p)
		assert.Equal(w, 1, report.DeadLettered)
		assert.Zero(w, report.Failed)
	})
}

func TestADeadLetterThatIsNotTakenHasFailed(t *testing.T) {
	for name, take := range map[string]func() error{
		"error": func() error { return errBoom },
		"panic": func() error { panic(errBoom) },
		"exit":  func() error { runtime.Goexit(); return nil },
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				b := new(book)
				p := w.start(config{
					Producers: from(idle()), Processors: one(10), Handler: failing(errBoom, 1, 2, 3),
					DeadLetter: func(_ context.Context, l broadway.DeadLetter[int]) error {
						if l.Message.Data == 2 {
							return take()
						}
						return nil
					},
				})
				w.push(p, b.messages(1, 2, 3, 4)...)
				w.settle()
				assert.Equal(w, []string{"ok [4 1 3] bad [2]"}, b.each())
				assert.Equal(w, broadway.Failed, b.receipt(w, 2).Outcome)
				assert.True(w, w.log.Has("a dead letter was not taken"))
				assert.Zero(w, w.stop(p).Crashes)
			})
		})
	}
}

func TestDiscardedMessagesAreNoDeadLetters(t *testing.T) {
	inWorld(t, func(w *world) {
		b := new(book)
		p := w.start(config{
			Producers: from(idle()), Processors: one(10), Handler: failing(broadway.Discard(errBoom), 1),
			DeadLetter: func(context.Context, broadway.DeadLetter[int]) error { w.Error("called"); return nil },
		})
		w.push(p, b.message(1))
		w.settle()
		assert.Equal(w, broadway.Discarded, b.receipt(w, 1).Outcome)
	})
}

func TestABatchThatFailsMakesDeadLettersOfTheSourcesType(t *testing.T) {
	inWorld(t, func(w *world) {
		b, d := new(book), new(diary)
		p := start(w, broadway.Config[int, string]{
			Producers: from(idle()), Processors: one(10),
			Handler: broadway.MessageFunc[int, string](func(context.Context, *message) (string, error) { return "text", nil }),
			Batchers: []broadway.Batcher[string]{{Size: 2, Handler: broadway.BatchFunc[string](
				func(context.Context, *broadway.Batch[string]) ([]*broadway.Message[string], error) {
					return nil, errBoom
				})}},
			DeadLetter: func(_ context.Context, l broadway.DeadLetter[int]) error {
				d.note("%d %v", l.Message.Data, l.Err)
				return nil
			},
		})
		require.NoError(w, p.Push(background, b.messages(1, 2)...))
		w.settle()
		assert.Equal(w, []string{"1 boom", "2 boom"}, d.take())
	})
}

func TestDeadLettersOfACrash(t *testing.T) {
	inWorld(t, func(w *world) {
		b, d := new(book), new(diary)
		stuck := make(chan struct{})
		defer close(stuck)
		p := w.start(config{
			Name: "w", Producers: from(idle()), Processors: one(1), Handler: broadway.MessageFunc[int, int](
				func(ctx context.Context, m *message) (int, error) {
					<-stuck
					return 0, nil
				}),
			DeadLetter: func(ctx context.Context, l broadway.DeadLetter[int]) error {
				worker, _ := broadway.WorkerOf(ctx)
				d.note("%d %v in %s", l.Message.Data, l.Err, worker.Name)
				return nil
			},
		})
		w.push(p, b.message(1))
		w.settle()
		w.process("w", "Processor_default_0").Kill()
		require.NoError(w, p.Drain(background))
		assert.Equal(w, []string{"1 broadway: the worker died: killed in Pipeline"}, d.take())
		assert.Equal(w, broadway.DeadLettered, b.receipt(w, 1).Outcome)
	})
}

func TestDeadLettersMayGoToAnotherPipeline(t *testing.T) {
	inWorld(t, func(w *world) {
		b, second := new(book), new(book)
		morgue := w.start(config{Name: "morgue", Producers: from(idle()), Handler: pass})
		p := w.start(config{
			Producers: from(idle()), Processors: one(10), Handler: failing(errBoom, 1, 2),
			DeadLetter: func(ctx context.Context, l broadway.DeadLetter[int]) error {
				if l.Message.Data == 2 {
					return morgue.Push(ctx, second.message(l.Message.Data))
				}
				return morgue.Push(ctx, l.Message) // nobody waits for it there
			},
		})
		w.push(p, b.messages(1, 2, 3)...)
		require.NoError(w, p.Drain(background))
		require.NoError(w, morgue.Drain(background))
		assert.Equal(w, []int{1, 2, 3}, b.ok())
		assert.Equal(w, []int{2}, second.ok())
		assert.Equal(w, 2, morgue.Report().Succeeded)
	})
}

// All that a source says of a message comes to its handler, and back to what the
// source made of it when the handler panics.
func TestAMessageIsWhatItsSourceMade(t *testing.T) {
	inWorld(t, func(w *world) {
		type said struct {
			batcher, key, value string
			mode                broadway.BatchMode
			failure             error
		}
		of := func(m *message) said { return said{m.Batcher, m.BatchKey, m.Get("k"), m.BatchMode, m.Failure()} }
		var seen, buried []said
		p := w.start(config{
			Producers: from(idle()),
			Handler: broadway.MessageFunc[int, int](func(_ context.Context, m *message) (int, error) {
				seen = append(seen, of(m))
				m.Batcher, m.BatchKey, m.BatchMode = "c", "d", broadway.Bulk
				m.Set("k", "e")
				panic("ouch")
			}),
			Processors: broadway.Processors[int]{Concurrency: 1},
			DeadLetter: func(_ context.Context, letter broadway.DeadLetter[int]) error {
				buried = append(buried, of(&letter.Message))
				return nil
			},
		})
		m := new(book).message(1).WithMetadata(map[string]string{"k": "v"})
		m.Batcher, m.BatchKey, m.BatchMode = "a", "b", broadway.Flush
		m.Fail(errBoom)
		w.push(p, m)
		w.settle()
		assert.Equal(w, []said{{"a", "b", "v", broadway.Flush, errBoom}}, seen)
		assert.Equal(w, seen, buried)
	})
}
