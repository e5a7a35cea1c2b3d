package broadway_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/broadway"
	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/stage"
	"github.com/stagecraft-go/stagecraft/supervisor"
)

// slow takes a while for each message.
func slow(d time.Duration) broadway.MessageFunc[int, int] {
	return func(_ context.Context, m *message) (int, error) {
		time.Sleep(d)
		return m.Data, nil
	}
}

// E9.
func TestAStopFinishesWhatIsThere(t *testing.T) {
	inWorld(t, func(w *world) {
		b, d := new(book), new(diary)
		p := w.start(config{
			Producers: from(idle()), Handler: slow(20 * time.Millisecond), Processors: one(10),
			Batchers: []broadway.Batcher[int]{{Timeout: time.Hour, Handler: noting(d)}},
		})
		w.push(p, b.messages(upTo(1, 10)...)...)
		took := stopwatch()
		report := w.stop(p)
		assert.Equal(w, 200*time.Millisecond, took())
		assert.Equal(w, []string{"flush [1 2 3 4 5 6 7 8 9 10] 200ms"}, d.take())
		assert.Equal(w, broadway.Report{Received: 10, Succeeded: 10, DrainTook: 200 * time.Millisecond}, report)
		assert.Equal(w, process.Normal, p.Err())
	})
}

func TestACallbackMayStopItsPipeline(t *testing.T) {
	for name, callback := range map[string]func(c *config, stop func(ctx context.Context)){
		"HandleMessage": func(c *config, stop func(context.Context)) {
			c.Handler = broadway.MessageFunc[int, int](func(ctx context.Context, m *message) (int, error) { stop(ctx); return 0, nil })
		},
		"HandleBatch": func(c *config, stop func(context.Context)) {
			c.Batchers = []broadway.Batcher[int]{{Size: 1, Handler: broadway.BatchFunc[int](func(ctx context.Context, b *batch) ([]*message, error) {
				stop(ctx)
				return b.Messages, nil
			})}}
		},
		"DeadLetter": func(c *config, stop func(context.Context)) {
			c.Handler = failing(errBoom, 1, 2, 3)
			c.DeadLetter = func(ctx context.Context, _ broadway.DeadLetter[int]) error { stop(ctx); return nil }
		},
		"a fetch": func(c *config, stop func(context.Context)) {
			c.Producers = append(c.Producers, fetching(func(ctx context.Context, _ int) ([]message, error) { stop(ctx); return nil, nil }, broadway.FetchOptions{})...)
		},
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				b := new(book)
				var p *broadway.Pipeline[int]
				started := make(chan struct{})
				c := config{Producers: from(b.source(3)), Handler: pass}
				callback(&c, func(ctx context.Context) {
					<-started
					_, err := p.Stop(ctx)
					assert.NoError(w, err)
				})
				p = w.start(c)
				close(started)
				took := stopwatch()
				report := w.wait(p)
				assert.Less(w, took(), time.Second)
				assert.Zero(w, report.Unfinished)
				assert.Equal(w, report.Received, len(b.receipts()))
			})
		})
	}
}

func TestStopsAreOneStop(t *testing.T) {
	inWorld(t, func(w *world) {
		b := new(book)
		p := w.start(config{Producers: from(idle()), Handler: slow(time.Second), Processors: one(1)})
		w.push(p, b.messages(1, 2)...)
		w.settle()
		ctx, cancel := context.WithTimeout(background, time.Second/2)
		defer cancel()
		_, err := p.Stop(ctx)
		assert.ErrorIs(w, err, context.DeadlineExceeded)
		var wait sync.WaitGroup
		for range 3 {
			wait.Go(func() {
				report, err := p.Stop(background)
				assert.NoError(w, err)
				assert.Equal(w, 2, report.Succeeded)
			})
		}
		wait.Wait()
		first := w.stop(p)
		assert.Equal(w, first, w.stop(p))
		assert.Equal(w, first, w.wait(p))
	})
}

func TestToStopAPipelineThatHasEndedIsNoError(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.start(config{Producers: from(new(book).source(3)), Handler: pass})
		w.wait(p)
		assert.Equal(w, 3, w.stop(p).Succeeded)
	})
}

func TestTheEndOfTheContextOfTheStartDrains(t *testing.T) {
	inWorld(t, func(w *world) {
		b := new(book)
		ctx, cancel := context.WithCancel(background)
		ended := make(chan struct{})
		p, err := broadway.Start(ctx, config{
			Producers: from(idle()), System: w.sys, Processors: one(1),
			Handler: broadway.MessageFunc[int, int](func(ctx context.Context, m *message) (int, error) {
				select {
				case <-ctx.Done():
					close(ended)
				case <-time.After(time.Second):
				}
				return 0, nil
			}),
		})
		require.NoError(w, err)
		w.push(p, b.messages(1, 2, 3)...)
		w.settle()
		cancel()
		report := w.wait(p)
		assert.Equal(w, 3, report.Succeeded)
		assert.Equal(w, 3*time.Second, report.DrainTook)
		assert.ErrorIs(w, p.Err(), context.Canceled)
		select {
		case <-ended:
			w.Error("the callback was told to end")
		default:
		}
	})
}

// H24: one deadline for all, whatever hangs.
func TestAStopNeverTakesLongerThanItMay(t *testing.T) {
	const shutdown = 10 * time.Second
	stuckStage := func(stuck chan struct{}, when string) broadway.Source[int] {
		return broadway.FromMessages(func(int) (stage.DemandHandler[message], error) { return &hanging{stuck, when}, nil })
	}
	for name, c := range map[string]struct {
		config     func(stuck chan struct{}) config
		unfinished int
	}{
		"handlers": {func(stuck chan struct{}) config {
			return config{Processors: broadway.Processors[int]{Concurrency: 5, MaxDemand: 1},
				Handler: broadway.MessageFunc[int, int](func(context.Context, *message) (int, error) { <-stuck; return 0, nil })}
		}, 9},
		"batch handlers": {func(stuck chan struct{}) config {
			return config{Batchers: []broadway.Batcher[int]{{Size: 2, Concurrency: 3, Handler: broadway.BatchFunc[int](
				func(_ context.Context, b *batch) ([]*message, error) { <-stuck; return b.Messages, nil })}}}
		}, 9},
		"acknowledger": {func(stuck chan struct{}) config {
			return config{Processors: one(4), Name: "stuck acknowledger"}
		}, 9},
		"dead letters": {func(stuck chan struct{}) config {
			return config{Handler: failing(errBoom, upTo(1, 9)...), Processors: one(3), DeadLetter: func(context.Context, broadway.DeadLetter[int]) error {
				<-stuck
				return nil
			}}
		}, 9},
		"HandleDemand": {func(stuck chan struct{}) config {
			return config{Producers: append(from(idle()), from(stuckStage(stuck, "demand"))...)}
		}, 0},
		"PrepareForDraining": {func(stuck chan struct{}) config {
			return config{Producers: append(from(idle()), from(stuckStage(stuck, "draining"))...)}
		}, 0},
		"Terminate of a handler": {func(stuck chan struct{}) config {
			return config{NewHandler: func(context.Context, broadway.Worker) (broadway.MessageHandler[int, int], error) {
				return reluctant{pass, stuck}, nil
			}}
		}, 0},
		"a child of a source": {func(stuck chan struct{}) config {
			return config{Producers: from(idle().PrepareForStart(func(*broadway.Settings) ([]supervisor.Spec, error) {
				spec := supervisor.Process("child", func(ctx context.Context) (*process.Process, error) {
					return process0(ctx, stuck)
				})
				spec.Shutdown = supervisor.Infinity()
				return []supervisor.Spec{spec}, nil
			}))}
		}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				stuck := make(chan struct{})
				b := new(book)
				conf := c.config(stuck)
				if conf.Name != "" {
					b.when = func(acked) error { <-stuck; return nil }
				}
				if conf.Producers == nil {
					conf.Producers = from(idle())
				}
				if conf.Handler == nil && conf.NewHandler == nil {
					conf.Handler = pass
				}
				conf.Shutdown = shutdown
				p, err := broadway.Start(context.WithValue(background, systemKey{}, w.sys), withSystem(w, conf))
				require.NoError(w, err)
				pushed := make(chan error, 1)
				go func() { pushed <- p.Push(background, b.messages(upTo(1, 9)...)...) }()
				w.settle()
				took := stopwatch()
				report := w.stop(p)
				assert.GreaterOrEqual(w, took(), shutdown)
				assert.LessOrEqual(w, took(), shutdown+100*time.Millisecond)
				assert.Equal(w, c.unfinished, report.Unfinished)
				assert.Equal(w, report.Received, report.Succeeded+report.Unfinished+report.Failed)
				close(stuck)
				time.Sleep(time.Minute)
				assert.Equal(w, report, p.Report()) // what comes later does not count
			})
		})
	}
}

type systemKey struct{}

func withSystem(w *world, c config) config {
	c.System = w.sys
	if c.Processors.Concurrency == 0 {
		c.Processors.Concurrency = 2
	}
	return c
}

// process0 starts a process whose Terminate hangs.
func process0(ctx context.Context, stuck chan struct{}) (*process.Process, error) {
	return ctx.Value(systemKey{}).(*process.System).Start(ctx, stubborn{stuck})
}

type stubborn struct{ stuck chan struct{} }

func (stubborn) Init(self *process.Self) error { self.TrapExit(true); return nil }
func (stubborn) Handle(_ *process.Self, msg any) error {
	if m, ok := msg.(*process.Exit); ok {
		return m.Reason
	}
	return nil
}
func (s stubborn) Terminate(*process.Self, error) { <-s.stuck }

// hanging is a stage of a source that hangs in a callback.
type hanging struct {
	stuck chan struct{}
	when  string
}

func (h *hanging) hang(when string) {
	if h.when == when {
		<-h.stuck
	}
}

func (h *hanging) HandleDemand(*stage.Context[message], int) error { h.hang("demand"); return nil }
func (h *hanging) PrepareForDraining(*stage.Context[message]) error {
	h.hang("draining")
	return nil
}

// reluctant is a handler whose Terminate hangs.
type reluctant struct {
	broadway.MessageFunc[int, int]
	stuck chan struct{}
}

func (r reluctant) Terminate(context.Context, error) { <-r.stuck }

func TestAStopDoesNotWaitForANewHandlerThatHangs(t *testing.T) {
	inWorld(t, func(w *world) {
		stuck := make(chan struct{})
		first := true
		p := w.start(config{
			Name: "w", Producers: from(idle()), Processors: one(1), Shutdown: 10 * time.Second,
			NewHandler: func(context.Context, broadway.Worker) (broadway.MessageHandler[int, int], error) {
				if !first {
					<-stuck
				}
				first = false
				return pass, nil
			},
		})
		w.process("w", "Processor_default_0").Kill()
		w.settle()
		w.push(p, new(book).messages(1, 2)...)
		took := stopwatch()
		report := w.stop(p)
		assert.LessOrEqual(w, took(), 10*time.Second+100*time.Millisecond)
		assert.Equal(w, 2, report.Unfinished)
		close(stuck)
		time.Sleep(time.Minute)
	})
}

// journal is a source that remembers what it gave away, and when.
type journal struct {
	book
	mu    sync.Mutex
	given []int
}

func (j *journal) fetch(ctx context.Context, n int) (messages []message, err error) {
	time.Sleep(time.Duration(rand.IntN(3)) * time.Millisecond)
	j.mu.Lock()
	defer j.mu.Unlock()
	for range n {
		id := len(j.given)
		j.given = append(j.given, id)
		messages = append(messages, j.message(id))
	}
	return messages, nil
}

func TestAtAnyMomentAStopAccountsForEveryMessage(t *testing.T) {
	rounds := 150
	if testing.Short() {
		rounds = 30
	}
	for round := range rounds {
		t.Run(fmt.Sprint(round), func(t *testing.T) {
			inWorld(t, func(w *world) {
				j := new(journal)
				stuck := make(chan struct{})
				hangs := round%3 == 0
				p := w.start(config{
					Producers:  []broadway.Producer[int]{{Source: broadway.FromFetch(j.fetch, broadway.FetchOptions{Max: 7, Interval: time.Millisecond}), Concurrency: 2}},
					Processors: broadway.Processors[int]{Concurrency: 3}, Shutdown: 200 * time.Millisecond,
					Retry: broadway.Retry{Attempts: 3, Backoff: supervisor.Backoff{Initial: 5 * time.Millisecond, Max: 20 * time.Millisecond, Jitter: 1}},
					Handler: broadway.MessageFunc[int, int](func(_ context.Context, m *message) (int, error) {
						time.Sleep(time.Duration(rand.IntN(2000)) * time.Microsecond)
						switch {
						case hangs && m.Data > 40 && m.Data%100 == 41:
							<-stuck
						case m.Data%7 == 0:
							return 0, errBoom
						case m.Data%11 == 0:
							m.Batcher = "other"
						}
						return m.Data, nil
					}),
					Batchers: []broadway.Batcher[int]{
						{Handler: through, Size: 10, Concurrency: 2, Timeout: 10 * time.Millisecond},
						{Name: "other", Size: 5, Handler: broadway.BatchFunc[int](func(_ context.Context, b *batch) ([]*message, error) {
							time.Sleep(time.Millisecond)
							return b.Messages[:len(b.Messages)-1], nil
						})},
					},
				})
				time.Sleep(time.Duration(rand.IntN(200_000)) * time.Microsecond)
				took := stopwatch()
				report := w.stop(p)
				assert.LessOrEqual(w, took(), 300*time.Millisecond)
				assert.Equal(w, report.Received, report.Succeeded+report.Failed+report.Unfinished, "%+v", report)
				close(stuck)
				time.Sleep(time.Minute)
				seen := make(map[int]int)
				for _, r := range j.receipts() {
					seen[r.ID]++
				}
				for id, times := range seen {
					assert.Equal(w, 1, times, "receipts of %d", id)
				}
				missing := len(j.given) - len(seen)
				assert.LessOrEqual(w, missing, report.Unfinished, "%+v", report)
				if !hangs {
					assert.Zero(w, report.Unfinished, "%+v", report)
				}
			})
		})
	}
}

func TestAPipelineThatIsKilledTakesItsProcessesAlong(t *testing.T) {
	inWorld(t, func(w *world) {
		b := new(book)
		ch := make(chan message)
		p := w.start(config{
			Producers: []broadway.Producer[int]{{Source: broadway.FromChan(ch)}, {Source: broadway.FromSeq(func(yield func(message) bool) {
				for yield(b.message(1)) {
				}
			})}},
			Handler: slow(time.Second), Batchers: []broadway.Batcher[int]{{Handler: through}},
		})
		time.Sleep(10 * time.Second)
		p.Process().Kill()
		time.Sleep(time.Minute)
		assert.Zero(w, w.sys.Count())
		_, err := p.Wait(background)
		assert.Equal(w, process.Killed, err)
		assert.ErrorIs(w, p.Drain(background), broadway.ErrStopping)
	})
}

func TestASupervisorRestartsAPipeline(t *testing.T) {
	inWorld(t, func(w *world) {
		var pipelines []*broadway.Pipeline[int]
		b := new(book)
		s, err := supervisor.Start(background, []supervisor.Spec{{ID: "pipeline", Type: supervisor.TypeSupervisor, Start: func(ctx context.Context) (supervisor.Child, error) {
			p, err := broadway.Start(ctx, withSystem(w, config{Name: "w", Producers: from(idle()), Handler: slow(time.Second)}))
			pipelines = append(pipelines, p)
			return p, err
		}}}, supervisor.In(w.sys))
		require.NoError(w, err)
		pipelines[0].Process().Kill()
		w.settle()
		require.Len(w, pipelines, 2)
		w.push(pipelines[1], b.message(1))
		w.settle()
		require.NoError(w, s.Stop(background, nil)) // drains
		assert.Equal(w, []int{1}, b.ok())
	})
}

func TestAThousandPipelinesStartAndStopTogether(t *testing.T) {
	const n = 1000
	w := outside(t)
	b := new(book)
	bound := 2 * time.Second
	if raceDetector {
		bound = 30 * time.Second
	}
	began := time.Now()
	pipelines := make([]*broadway.Pipeline[int], n)
	for i := range pipelines {
		p, err := broadway.Start(background, withSystem(w, config{
			Name: fmt.Sprint("pipeline-", i), Producers: from(idle()), Handler: pass,
			Batchers: []broadway.Batcher[int]{{Handler: through, Timeout: time.Hour}},
		}))
		require.NoError(t, err)
		pipelines[i] = p
	}
	t.Logf("started in %v", time.Since(began))
	assert.Less(t, time.Since(began), bound)
	for i, p := range pipelines {
		w.push(p, b.message(i))
	}
	var wait sync.WaitGroup
	began = time.Now()
	for _, p := range pipelines {
		wait.Go(func() {
			report, err := p.Stop(background)
			assert.NoError(t, err)
			assert.Equal(t, 1, report.Succeeded)
		})
	}
	wait.Wait()
	t.Logf("stopped in %v", time.Since(began))
	assert.Less(t, time.Since(began), bound)
	assert.Len(t, b.ok(), n)
}
