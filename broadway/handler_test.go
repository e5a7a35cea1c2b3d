package broadway_test

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/broadway"
	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/telemetry"
)

// G19.
func TestWhatGoesWrongWithOneMessageIsItsOwnFailure(t *testing.T) {
	inWorld(t, func(w *world) {
		b := new(book)
		p := w.start(config{
			Producers: from(idle()), Processors: one(10),
			Handler: broadway.MessageFunc[int, int](func(_ context.Context, m *message) (int, error) {
				switch m.Data {
				case 1:
					return 0, errBoom
				case 2:
					panic("ouch")
				case 3:
					panic(errBoom)
				case 4:
					m.Fail(errBoom)
				case 5:
					m.Batcher = "nowhere"
				}
				return m.Data, nil
			}),
			Batchers: []broadway.Batcher[int]{{Handler: through, Size: 1}},
		})
		w.push(p, b.messages(upTo(1, 6)...)...)
		w.settle()
		assert.Equal(w, []string{"ok [] bad [1 2 3 4 5]", "ok [6] bad []"}, b.each())
		assert.Equal(w, errBoom, b.receipt(w, 1).Err)
		crash := new(process.Crash)
		require.ErrorAs(w, b.receipt(w, 2).Err, &crash)
		assert.Equal(w, "ouch", crash.Value)
		assert.Contains(w, string(crash.Stack), "TestWhatGoesWrongWithOneMessageIsItsOwnFailure")
		assert.ErrorIs(w, b.receipt(w, 3).Err, errBoom)
		assert.Equal(w, errBoom, b.receipt(w, 4).Err)
		assert.ErrorIs(w, b.receipt(w, 5).Err, broadway.ErrUnknownBatcher)
		assert.EqualError(w, b.receipt(w, 5).Err, `broadway: unknown batcher "nowhere"`)
		for _, r := range b.receipts()[:5] {
			assert.Equal(w, broadway.Failed, r.Outcome)
		}
		assert.True(w, w.log.Has("HandleMessage panicked"))
		report := w.stop(p)
		assert.Zero(w, report.Crashes)
		assert.Equal(w, 5, report.Failed)
		assert.Equal(w, 1, report.Succeeded)
	})
}

func TestWithoutBatchersTheNameOfOneMeansNothing(t *testing.T) {
	inWorld(t, func(w *world) {
		b := new(book)
		w.run(config{Producers: from(b.source(2)), Handler: broadway.MessageFunc[int, int](
			func(_ context.Context, m *message) (int, error) {
				m.Batcher = "nowhere"
				return 0, nil
			})})
		assert.Equal(w, []int{1, 2}, b.ok())
	})
}

func TestAPanicLeavesTheMessageAsItWas(t *testing.T) {
	inWorld(t, func(w *world) {
		b := new(book)
		p := w.start(config{Producers: from(idle()), Handler: broadway.MessageFunc[int, int](
			func(_ context.Context, m *message) (int, error) {
				m.Data = 77
				if m.Get("panic") != "" {
					panic("half done")
				}
				return 0, errBoom
			})})
		w.push(p, b.message(1), b.message(2).WithMetadata(map[string]string{"panic": "yes"}))
		w.settle()
		first, _ := b.dataOf(1)
		second, _ := b.dataOf(2)
		assert.Equal(w, 77, first)
		assert.Equal(w, 2, second)
	})
}

// A goroutine that ends itself cannot be held, so its worker is restarted. What
// was in its hands has failed, and the rest goes on.
func TestGoexitInHandleMessageFailsWhatWasInTheHandsOfTheWorker(t *testing.T) {
	inWorld(t, func(w *world) {
		b := new(book)
		report := w.run(config{
			Producers: from(b.source(50)), Processors: broadway.Processors[int]{Concurrency: 1, MaxDemand: 1},
			Handler: broadway.MessageFunc[int, int](func(_ context.Context, m *message) (int, error) {
				if m.Data == 7 {
					runtime.Goexit()
				}
				return m.Data, nil
			}),
		})
		assert.Equal(w, []int{7}, b.bad())
		assert.Len(w, b.ok(), 49)
		assert.ErrorIs(w, b.receipt(w, 7).Err, broadway.ErrWorkerDown)
		assert.ErrorContains(w, b.receipt(w, 7).Err, "Goexit")
		assert.Equal(w, 1, report.Crashes)
	})
}

func TestGoexitInHandleBatchFailsItsMessages(t *testing.T) {
	inWorld(t, func(w *world) {
		b := new(book)
		report := w.run(config{
			Producers: from(b.source(50)), Handler: pass, Processors: one(1),
			Batchers: []broadway.Batcher[int]{{Size: 2, Handler: broadway.BatchFunc[int](
				func(_ context.Context, b *batch) ([]*message, error) {
					if b.Messages[0].Data == 7 {
						runtime.Goexit()
					}
					return b.Messages, nil
				})}},
		})
		assert.Equal(w, []int{7, 8}, b.bad())
		assert.Len(w, b.ok(), 48)
		assert.ErrorIs(w, b.receipt(w, 7).Err, broadway.ErrWorkerDown)
		assert.Equal(w, 1, report.Crashes)
	})
}

// preparing is a handler with PrepareMessages.
type preparing struct {
	broadway.MessageFunc[int, int]
	prepare func(messages []*message) ([]*message, error)
}

func (p preparing) PrepareMessages(_ context.Context, messages []*message) ([]*message, error) {
	return p.prepare(messages)
}

func TestMessagesAreHandledInTheOrderInWhichTheyWerePrepared(t *testing.T) {
	inWorld(t, func(w *world) {
		b, d := new(book), new(diary)
		p := w.start(config{
			Producers: from(idle()), Processors: one(10),
			Handler: preparing{
				func(_ context.Context, m *message) (int, error) {
					d.note("%d %v", m.Data, m.Failure())
					if m.Data == 30 {
						m.Unfail()
					}
					return 0, nil
				},
				func(messages []*message) ([]*message, error) {
					slices.Reverse(messages)
					for _, m := range messages {
						m.Data *= 10
					}
					messages[0].Fail(errBoom)
					messages[1].Fail(errBoom)
					return messages, nil
				},
			},
		})
		w.push(p, b.messages(1, 2, 3, 4)...)
		w.settle()
		assert.Equal(w, []string{"40 boom", "30 boom", "20 <nil>", "10 <nil>"}, d.take())
		assert.Equal(w, []string{"ok [3 2 1] bad [4]"}, b.each())
	})
}

func TestAChunkThatCannotBePreparedFailsUnhandled(t *testing.T) {
	for name, c := range map[string]struct {
		prepare func(messages []*message) ([]*message, error)
		err     error
	}{
		"error": {func([]*message) ([]*message, error) { return nil, errBoom }, errBoom},
		"panic": {func(messages []*message) ([]*message, error) {
			messages[0].Data, messages[1] = 99, nil
			panic(errBoom)
		}, errBoom},
		"too few":  {func(messages []*message) ([]*message, error) { return messages[1:], nil }, broadway.ErrWrongCount},
		"none":     {func([]*message) ([]*message, error) { return nil, nil }, broadway.ErrWrongCount},
		"twice":    {func(m []*message) ([]*message, error) { return []*message{m[0], m[0], m[1]}, nil }, broadway.ErrWrongCount},
		"a nil":    {func(m []*message) ([]*message, error) { return []*message{m[0], nil, m[1]}, nil }, broadway.ErrWrongCount},
		"strange":  {func(m []*message) ([]*message, error) { return []*message{m[0], m[1], {Data: 3}}, nil }, broadway.ErrWrongCount},
		"too many": {func(m []*message) ([]*message, error) { return append(m, m[0]), nil }, broadway.ErrWrongCount},
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				b := new(book)
				p := w.start(config{
					Producers: from(idle()), Processors: one(10),
					Handler: preparing{func(context.Context, *message) (int, error) {
						w.Error("handled")
						return 0, nil
					}, c.prepare},
				})
				w.push(p, b.messages(1, 2, 3)...)
				w.settle()
				assert.Equal(w, []string{"ok [] bad [1 2 3]"}, b.each())
				assert.ErrorIs(w, b.receipt(w, 2).Err, c.err)
				data, _ := b.dataOf(1)
				assert.Equal(w, 1, data)
				assert.Zero(w, w.stop(p).Crashes)
			})
		})
	}
}

// consoling is a handler with HandleFailed, of messages and of batches.
type consoling struct {
	broadway.MessageFunc[int, int]
	broadway.BatchFunc[int]
	failed func(ctx context.Context, failed []*message) error
}

func (c consoling) HandleFailed(ctx context.Context, failed []*message) error {
	return c.failed(ctx, failed)
}

func TestHandleFailedSeesTheFailedOfAChunkAndMayChangeThem(t *testing.T) {
	inWorld(t, func(w *world) {
		b, d := new(book), new(diary)
		errOther := errors.New("other")
		p := w.start(config{
			Producers: from(idle()), Processors: one(10),
			Handler: consoling{MessageFunc: failing(errBoom, 1, 3, 4), failed: func(_ context.Context, failed []*message) error {
				d.note("%d %v", len(failed), failed[0].Failure())
				failed[0].Data = 100
				failed[0].Fail(errOther)
				failed[1].Unfail() // in vain
				return nil
			}},
		})
		w.push(p, b.messages(1, 2, 3, 4)...)
		w.settle()
		w.push(p, b.message(5)) // none has failed: no call
		w.settle()
		assert.Equal(w, []string{"3 boom"}, d.take())
		assert.Equal(w, []string{"ok [2] bad [1 3 4]", "ok [5] bad []"}, b.each())
		assert.Equal(w, errOther, b.receipt(w, 1).Err)
		assert.Equal(w, errBoom, b.receipt(w, 3).Err)
		data, _ := b.dataOf(1)
		assert.Equal(w, 100, data)
	})
}

func TestHandleFailedCanDoNoHarm(t *testing.T) {
	for name, failed := range map[string]func(context.Context, []*message) error{
		"error":   func(context.Context, []*message) error { return errBoom },
		"panic":   func(context.Context, []*message) error { panic(errBoom) },
		"removes": func(_ context.Context, failed []*message) error { failed[0], failed[1] = nil, nil; return errBoom },
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				b := new(book)
				p := w.start(config{
					Producers: from(idle()), Processors: one(10),
					Handler: consoling{MessageFunc: failing(errBoom, 1, 3), failed: failed},
				})
				w.push(p, b.messages(1, 2, 3)...)
				w.settle()
				assert.Equal(w, []string{"ok [2] bad [1 3]"}, b.each())
				assert.True(w, w.log.Has("HandleFailed failed error="))
				assert.Zero(w, w.stop(p).Crashes)
			})
		})
	}
}

func TestHandleFailedOfABatcherSeesTheFailedOfABatch(t *testing.T) {
	inWorld(t, func(w *world) {
		b, d := new(book), new(diary)
		p := w.start(config{
			Producers: from(idle()), Processors: one(10), Handler: pass,
			Batchers: []broadway.Batcher[int]{{Size: 3, Handler: consoling{
				BatchFunc: func(_ context.Context, b *batch) ([]*message, error) {
					b.Messages[1].Fail(errBoom)
					return b.Messages, nil
				},
				failed: func(ctx context.Context, failed []*message) error {
					worker, _ := broadway.WorkerOf(ctx)
					d.note("%s %d", worker.Name, failed[0].Data)
					failed[0].Set("seen", "yes")
					return nil
				},
			}}},
		})
		w.push(p, b.messages(1, 2, 3)...)
		w.settle()
		assert.Equal(w, []string{"BatchProcessor_default_0 2"}, d.take())
		assert.Equal(w, []string{"ok [1 3] bad [2]"}, b.each())
	})
}

// H20, G18.
func TestEveryMessageOfABatchIsAccountedFor(t *testing.T) {
	for name, c := range map[string]struct {
		handle broadway.BatchFunc[int]
		acked  string
		err    error // of message 2
	}{
		"all, in another order": {func(_ context.Context, b *batch) ([]*message, error) {
			slices.Reverse(b.Messages)
			return b.Messages, nil
		}, "ok [3 2 1] bad []", nil},
		"one is missing": {func(_ context.Context, b *batch) ([]*message, error) {
			return []*message{b.Messages[2], b.Messages[0]}, nil
		}, "ok [3 1] bad [2]", broadway.ErrNotReturned},
		"all are missing": {func(context.Context, *batch) ([]*message, error) { return nil, nil },
			"ok [] bad [1 2 3]", broadway.ErrNotReturned},
		"one comes twice": {func(_ context.Context, b *batch) ([]*message, error) {
			return []*message{b.Messages[0], b.Messages[0], b.Messages[2]}, nil
		}, "ok [1 3] bad [2]", broadway.ErrNotReturned},
		"a strange one": {func(_ context.Context, b *batch) ([]*message, error) {
			return append(b.Messages, new(message), nil), nil
		}, "ok [1 2 3] bad []", nil},
		"some are marked": {func(_ context.Context, b *batch) ([]*message, error) {
			b.Messages[1].Fail(errBoom)
			return b.Messages, nil
		}, "ok [1 3] bad [2]", errBoom},
		"marked and missing": {func(_ context.Context, b *batch) ([]*message, error) {
			b.Messages[1].Fail(errBoom)
			return []*message{b.Messages[0], b.Messages[2]}, nil
		}, "ok [1 3] bad [2]", broadway.ErrNotReturned},
		"an error": {func(_ context.Context, b *batch) ([]*message, error) { return b.Messages, errBoom },
			"ok [] bad [1 2 3]", errBoom},
		"a panic": {func(_ context.Context, b *batch) ([]*message, error) {
			b.Messages[0].Fail(broadway.Discard(nil)) // lost
			panic(errBoom)
		}, "ok [] bad [1 2 3]", errBoom},
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				b := new(book)
				p := w.start(config{
					Producers: from(idle()), Processors: one(10), Handler: pass,
					Batchers: []broadway.Batcher[int]{{Size: 3, Handler: c.handle}},
				})
				w.push(p, b.messages(1, 2, 3)...)
				w.settle()
				assert.Equal(w, []string{c.acked}, b.each())
				assert.ErrorIs(w, b.receipt(w, 2).Err, c.err)
				report := w.stop(p)
				assert.Zero(w, report.Unfinished)
				assert.Zero(w, report.Crashes)
			})
		})
	}
}

// counter is a handler with state of its own.
type counter struct {
	d *diary
	n int
}

func (c *counter) HandleMessage(ctx context.Context, m *message) (int, error) {
	if m.Data == 0 {
		runtime.Goexit()
	}
	c.n++
	return c.n, nil
}

func (c *counter) HandleBatch(_ context.Context, b *batch) ([]*message, error) {
	c.n += len(b.Messages)
	return b.Messages, nil
}

func (c *counter) Terminate(ctx context.Context, reason error) {
	worker, _ := broadway.WorkerOf(ctx)
	c.d.note("%s %d %v", worker.Name, c.n, reason)
	if worker.Index == 1 {
		panic("ouch")
	}
}

func TestEachWorkerHasAHandlerOfItsOwn(t *testing.T) {
	inWorld(t, func(w *world) {
		b, d := new(book), new(diary)
		p := w.start(config{
			Name:      "own",
			Producers: from(idle()), Processors: broadway.Processors[int]{Concurrency: 2, PartitionBy: func(m *message) int { return m.Data }},
			NewHandler: func(ctx context.Context, worker broadway.Worker) (broadway.MessageHandler[int, int], error) {
				same, _ := broadway.WorkerOf(ctx)
				assert.Equal(w, same, worker)
				d.note("%s %s %s %d %q", worker.Pipeline.Name(), worker.Kind, worker.Name, worker.Index, worker.Batcher)
				return &counter{d: d}, nil
			},
			Batchers: []broadway.Batcher[int]{{Name: "b", Size: 1, NewHandler: func(_ context.Context, worker broadway.Worker) (broadway.BatchHandler[int], error) {
				d.note("%s %s %s %d %q", worker.Pipeline.Name(), worker.Kind, worker.Name, worker.Index, worker.Batcher)
				return &counter{d: d}, nil
			}}, {Handler: through, Size: 1}},
		})
		assert.Equal(w, []string{
			`own processor Processor_default_0 0 ""`,
			`own processor Processor_default_1 1 ""`,
			`own batch_processor BatchProcessor_b_0 0 "b"`,
		}, d.take())
		w.push(p, b.messages(1, 2, 3, 5)...)
		w.settle()
		w.stop(p)
		assert.Equal(w, []string{
			"BatchProcessor_b_0 0 shutdown",
			"Processor_default_1 3 shutdown",
			"Processor_default_0 1 shutdown",
		}, d.take())
		assert.True(w, w.log.Has("Terminate failed error=panic: ouch"))
	})
}

func TestAWorkerThatIsRestartedGetsANewHandler(t *testing.T) {
	inWorld(t, func(w *world) {
		b, d := new(book), new(diary)
		p := w.start(config{
			Producers: from(idle()), Processors: one(1),
			NewHandler: func(context.Context, broadway.Worker) (broadway.MessageHandler[int, int], error) {
				return &counter{d: d}, nil
			},
		})
		w.push(p, b.messages(1, 2, 0)...)
		w.settle()
		w.push(p, b.messages(4, 5, 6)...)
		time.Sleep(time.Second)
		w.stop(p)
		lines := d.take()
		require.Len(w, lines, 2) // the first is that of the one that crashed
		assert.Contains(w, lines[0], "Processor_default_0 2")
		assert.Equal(w, "Processor_default_0 3 shutdown", lines[1])
		assert.Equal(w, []int{1, 2, 4, 5, 6}, b.ok())
		assert.Equal(w, []int{0}, b.bad())
	})
}

// A restart that fails is tried again, and counted.
func TestNewHandlerMayFailForAWhile(t *testing.T) {
	for name, fail := range map[string]func() (broadway.MessageHandler[int, int], error){
		"error": func() (broadway.MessageHandler[int, int], error) { return nil, errBoom },
		"nil":   func() (broadway.MessageHandler[int, int], error) { return nil, nil },
		"panic": func() (broadway.MessageHandler[int, int], error) { panic(errBoom) },
		"exit": func() (broadway.MessageHandler[int, int], error) {
			runtime.Goexit()
			return nil, nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				b := new(book)
				var calls atomic.Int32
				p := w.start(config{
					Name: "w", Producers: from(idle()), Processors: one(10),
					NewHandler: func(context.Context, broadway.Worker) (broadway.MessageHandler[int, int], error) {
						if n := calls.Add(1); n == 2 || n == 3 {
							return fail()
						}
						return pass, nil
					},
				})
				w.process("w", "Processor_default_0").Kill()
				w.push(p, b.messages(1, 2)...)
				time.Sleep(time.Second)
				assert.EqualValues(w, 4, calls.Load())
				assert.Equal(w, []int{1, 2}, b.ok())
			})
		})
	}
}

func TestAHandlerThatCannotBeMadeAgainEndsThePipeline(t *testing.T) {
	inWorld(t, func(w *world) {
		var calls atomic.Int32
		p := w.start(config{
			Name: "w", Producers: from(idle()), Processors: one(10),
			NewHandler: func(context.Context, broadway.Worker) (broadway.MessageHandler[int, int], error) {
				if calls.Add(1) > 1 {
					return nil, errBoom
				}
				return pass, nil
			},
		})
		w.process("w", "Processor_default_0").Kill()
		_, err := p.Wait(background)
		assert.ErrorIs(w, err, broadway.ErrGaveUp)
	})
}

func TestContextsOfCallbacksCarryTheWorkerAndTheValuesOfTheStart(t *testing.T) {
	inWorld(t, func(w *world) {
		type key struct{}
		b, d := new(book), new(diary)
		note := func(ctx context.Context) {
			worker, ok := broadway.WorkerOf(ctx)
			d.note("%v %v %s %v", ctx.Value(key{}), ok, worker.Name, worker.Kind == telemetry.Processor)
		}
		p, err := broadway.Start(context.WithValue(background, key{}, "value"), config{
			Producers: from(idle()), Processors: one(10), System: w.sys,
			Handler: consoling{
				MessageFunc: func(ctx context.Context, m *message) (int, error) {
					note(ctx)
					return 0, errBoom
				},
				failed: func(ctx context.Context, _ []*message) error { note(ctx); return nil },
			},
			DeadLetter: func(ctx context.Context, _ broadway.DeadLetter[int]) error { note(ctx); return nil },
		})
		require.NoError(w, err)
		w.push(p, b.message(1))
		w.settle()
		w.stop(p)
		line := "value true Processor_default_0 true"
		assert.Equal(w, []string{line, line, line}, d.take())
		_, ok := broadway.WorkerOf(background)
		assert.False(w, ok)
	})
}

func TestTheTimeOfAMessageAndOfABatchCanBeLimited(t *testing.T) {
	inWorld(t, func(w *world) {
		b := new(book)
		wait := func(ctx context.Context) error {
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(time.Minute):
				return nil
			}
		}
		p := w.start(config{
			Producers:  from(idle()),
			Processors: broadway.Processors[int]{Concurrency: 1, HandleTimeout: time.Second},
			Handler: broadway.MessageFunc[int, int](func(ctx context.Context, m *message) (int, error) {
				if m.Data == 1 {
					return 0, wait(ctx)
				}
				return m.Data, nil
			}),
			Batchers: []broadway.Batcher[int]{{Size: 1, HandleTimeout: 2 * time.Second, Handler: broadway.BatchFunc[int](
				func(ctx context.Context, b *batch) ([]*message, error) {
					if b.Messages[0].Data == 2 {
						return b.Messages, wait(ctx)
					}
					return b.Messages, nil
				})}},
		})
		took := stopwatch()
		w.push(p, b.messages(1, 2, 3)...)
		w.stop(p)
		assert.Equal(w, 3*time.Second, took())
		assert.Equal(w, []int{1, 2}, b.bad())
		assert.ErrorIs(w, b.receipt(w, 1).Err, context.DeadlineExceeded)
		assert.ErrorIs(w, b.receipt(w, 2).Err, context.DeadlineExceeded)
		assert.Equal(w, []int{3}, b.ok())
	})
}

// E4: workers trap exits.
func TestAProcessThatACallbackIsLinkedToMayDie(t *testing.T) {
	inWorld(t, func(w *world) {
		b := new(book)
		var self atomic.Pointer[process.Process]
		p := w.start(config{
			Name: "w", Producers: from(idle()), Handler: pass, Processors: one(10),
		})
		worker := w.process("w", "Processor_default_0")
		self.Store(worker)
		other, err := w.sys.Start(background, &linked{to: worker})
		require.NoError(w, err)
		w.settle()
		other.Exit(errBoom)
		w.settle()
		require.Error(w, other.Err())
		assert.NoError(w, worker.Err())
		assert.True(w, w.log.Has("a linked process crashed"))
		w.push(p, b.message(1))
		w.settle()
		assert.Equal(w, []int{1}, b.ok())
	})
}

// linked is a process that links itself to another.
type linked struct{ to *process.Process }

func (l *linked) Init(self *process.Self) error     { self.Link(l.to.PID()); return nil }
func (*linked) Handle(_ *process.Self, _ any) error { return nil }
func (*linked) Terminate(_ *process.Self, _ error)  {}
