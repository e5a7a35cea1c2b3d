package broadway_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/broadway"
	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/stage"
	"github.com/stagecraft-go/stagecraft/supervisor"
)

// ticker is a stage of a source that listens to everything.
type ticker struct {
	b    *book
	d    *diary
	self chan *process.Process
	next int
}

func (s *ticker) Init(ctx *stage.Context[message]) error {
	s.d.note("init")
	if s.self != nil {
		s.self <- ctx.Process().Process()
	}
	ctx.Process().SendAfter(time.Second, "tick")
	return nil
}

func (s *ticker) emit(ctx *stage.Context[message], why string) {
	s.next++
	s.d.note("%d: %s", s.next, why)
	ctx.Emit(s.b.message(s.next))
}

func (s *ticker) HandleDemand(ctx *stage.Context[message], demand int) error {
	s.emit(ctx, fmt.Sprintf("demand %d", demand))
	return nil
}

func (s *ticker) HandleInfo(ctx *stage.Context[message], msg any) error {
	s.emit(ctx, fmt.Sprintf("info %v", msg))
	return nil
}

func (s *ticker) HandleCall(ctx *stage.Context[message], n int, _ stage.Caller[int]) (int, error) {
	s.emit(ctx, fmt.Sprintf("call %d", n))
	return n * 2, nil
}

func (s *ticker) HandleCast(ctx *stage.Context[message], text string) error {
	s.emit(ctx, "cast "+text)
	return nil
}

func (s *ticker) PrepareForDraining(ctx *stage.Context[message]) error {
	s.emit(ctx, "draining")
	return nil
}

func (s *ticker) Terminate(_ *stage.Context[message], reason error) { s.d.note("terminate %v", reason) }

func TestAStageOfASourceGetsItsCallbacks(t *testing.T) {
	inWorld(t, func(w *world) {
		b, d := new(book), new(diary)
		self := make(chan *process.Process, 1)
		p := w.start(config{Name: "w", Producers: from(broadway.FromMessages(func(index int) (stage.DemandHandler[message], error) {
			d.note("stage %d", index)
			return &ticker{b: b, d: d, self: self}, nil
		})), Handler: pass, Processors: one(10)})
		producer := stage.ByName[message](w.sys, "w.Broadway.Producer_0")
		require.Same(w, <-self, producer.Process())
		w.settle()
		reply, err := stage.Call[int](background, producer, 21)
		require.NoError(w, err)
		assert.Equal(w, 42, reply)
		stage.Cast(producer, "hello")
		stage.Info(producer, any("by handle"))
		w.sys.Send(producer.Process().PID(), "by an actor")
		time.Sleep(time.Second)
		w.settle()
		w.stop(p)
		assert.Equal(w, []string{
			"stage 0", "init", "1: demand 10", "2: call 21", "3: cast hello", "4: info by handle", "5: info by an actor",
			"6: info tick", "7: draining",
		}, slices.DeleteFunc(d.take(), func(line string) bool { return line == "8: demand 5" }))
		assert.Equal(w, upTo(1, 7), b.ok())
	})
}

func TestASourceThatPushesNeedsNoDemand(t *testing.T) {
	inWorld(t, func(w *world) {
		b := new(book)
		p := w.start(config{Name: "w", Producers: from(broadway.FromMessages(func(int) (stage.DemandHandler[message], error) {
			return &ticker{b: b, d: new(diary)}, nil
		})), Handler: pass, Processors: one(2)})
		producer := stage.ByName[message](w.sys, "w.Broadway.Producer_0")
		for range 50 {
			stage.Cast(producer, "more")
		}
		w.settle()
		require.NoError(w, p.Drain(background))
		assert.GreaterOrEqual(w, len(b.ok()), 50)
	})
}

func TestEventsAreMadeMessages(t *testing.T) {
	inWorld(t, func(w *world) {
		b := new(book)
		source := broadway.FromStage(func(int) (stage.DemandHandler[string], error) {
			sent := false
			return stage.ProducerFunc[string](func(ctx *stage.Context[string], _ int) error {
				if !sent {
					sent = true
					ctx.EmitAll([]string{"a", "bb", "error", "panic", "ccc"})
				}
				return nil
			}), nil
		}, func(event string) (message, error) {
			switch event {
			case "error":
				return message{}, errBoom
			case "panic":
				panic(errBoom)
			}
			return b.message(len(event)), nil
		})
		p := w.start(config{Producers: from(source), Handler: pass, Processors: one(10)})
		w.settle()
		assert.Equal(w, []int{1, 2, 3}, b.ok())
		assert.Equal(w, 3, p.Report().Received)
		assert.True(w, w.log.Has("an event of type string was dropped error=boom"))
		assert.True(w, w.log.Has("an event of type string was dropped error=panic: boom"))
		assert.Zero(w, w.stop(p).Crashes)
	})
}

// finite is a stage that emits n messages and ends.
func finite(b *book, n int) func(int) (stage.DemandHandler[message], error) {
	return func(index int) (stage.DemandHandler[message], error) {
		return stage.Seq(func(yield func(message) bool) {
			for i := range n {
				if !yield(b.message(index*n + i + 1)) {
					return
				}
			}
		}), nil
	}
}

func TestAFiniteStageEndsThePipeline(t *testing.T) {
	inWorld(t, func(w *world) {
		b := new(book)
		report := w.run(config{
			Producers: []broadway.Producer[int]{{Source: broadway.FromMessages(finite(b, 50)).Finite(), Concurrency: 3}},
			Handler:   pass,
		})
		assert.Equal(w, 150, report.Succeeded)
		assert.Equal(w, upTo(1, 150), b.ok())
		assert.Zero(w, report.Crashes)
	})
}

func TestAStageThatEndsIsStartedAgainUnlessItIsFinite(t *testing.T) {
	inWorld(t, func(w *world) {
		d := new(diary)
		p := w.start(config{
			Producers: from(broadway.FromMessages(func(int) (stage.DemandHandler[message], error) {
				d.note("stage")
				return stage.ProducerFunc[message](func(ctx *stage.Context[message], _ int) error {
					ctx.Process().SendAfter(time.Minute, nil)
					return process.Normal
				}), nil
			})),
			Handler: pass, ResubscribeInterval: new(time.Minute), Processors: one(1),
		})
		time.Sleep(150 * time.Second)
		assert.Equal(w, []string{"stage", "stage", "stage", "stage"}, d.take())
		assert.NoError(w, p.Err())
	})
}

func TestAStageThatCannotBeMadeFailsTheStart(t *testing.T) {
	for name, make := range map[string]func() (stage.DemandHandler[message], error){
		"error": func() (stage.DemandHandler[message], error) { return nil, errBoom },
		"panic": func() (stage.DemandHandler[message], error) { panic(errBoom) },
		"init":  func() (stage.DemandHandler[message], error) { return badInit{}, nil },
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				_, err := broadway.Start(background, config{
					Producers: from(broadway.FromMessages(func(int) (stage.DemandHandler[message], error) { return make() })),
					Handler:   pass, System: w.sys,
				})
				assert.ErrorIs(w, err, errBoom)
				assert.Zero(w, w.sys.Count())
			})
		})
	}
}

type badInit struct{}

func (badInit) Init(*stage.Context[message]) error              { return errBoom }
func (badInit) HandleDemand(*stage.Context[message], int) error { return nil }

func TestChildrenOfASourceStartFirstAndStopLast(t *testing.T) {
	inWorld(t, func(w *world) {
		d := new(diary)
		source := broadway.FromMessages(func(int) (stage.DemandHandler[message], error) {
			d.note("stage")
			return &ticker{b: new(book), d: d}, nil
		}).PrepareForStart(func(s *broadway.Settings) ([]supervisor.Spec, error) {
			d.note("prepare %s", s.Name)
			return []supervisor.Spec{supervisor.Process("client", func(ctx context.Context) (*process.Process, error) {
				return w.sys.Start(ctx, &noted{d})
			})}, nil
		})
		p := w.start(config{Name: "w", Producers: from(source), Handler: pass, Processors: one(10)})
		assert.Equal(w, []string{"prepare w", "client init", "stage", "init"}, d.take()[:4])
		w.settle()
		w.stop(p)
		lines := d.take()
		assert.Equal(w, []string{"2: draining", "client shutdown"}, lines[len(lines)-2:])
	})
}

// noted is a process that writes its life down.
type noted struct{ d *diary }

func (n *noted) Init(self *process.Self) error {
	self.TrapExit(true)
	n.d.note("client init")
	return nil
}

func (*noted) Handle(_ *process.Self, msg any) error {
	if m, ok := msg.(*process.Exit); ok {
		return m.Reason
	}
	return nil
}

func (n *noted) Terminate(_ *process.Self, reason error) { n.d.note("client %v", reason) }

// E8: everything behind it starts again.
func TestAChildOfASourceThatCrashesTakesThePipelineAlong(t *testing.T) {
	inWorld(t, func(w *world) {
		b := new(book)
		var child *process.Process
		source := idle().PrepareForStart(func(*broadway.Settings) ([]supervisor.Spec, error) {
			return []supervisor.Spec{supervisor.Process("client", func(ctx context.Context) (p *process.Process, err error) {
				child, err = w.sys.Start(ctx, &noted{new(diary)})
				return child, err
			})}, nil
		})
		p := w.start(config{Name: "w", Producers: from(source), Handler: pass})
		before := w.process("w", "Processor_default_0")
		child.Kill()
		w.settle()
		assert.Error(w, before.Err())
		w.push(p, b.message(1))
		w.settle()
		assert.Equal(w, []int{1}, b.ok())
	})
}

// Who adds a hook to a source leaves those that it has.
func TestASourceHasSeveralHooks(t *testing.T) {
	inWorld(t, func(w *world) {
		d := new(diary)
		hook := func(name string) func(*broadway.Settings) ([]supervisor.Spec, error) {
			return func(s *broadway.Settings) ([]supervisor.Spec, error) {
				d.note("%s %d", name, s.Processors.Concurrency)
				s.Processors.Concurrency++
				return nil, nil
			}
		}
		base := idle().PrepareForStart(hook("a"))
		both := base.PrepareForStart(hook("b")).PrepareForStart(nil)
		base.PrepareForStart(hook("c"))
		w.start(config{Producers: from(both), Handler: pass, Processors: one(1)})
		assert.Equal(w, []string{"a 1", "b 2"}, d.take())
	})
}

func TestWhatDoesNotFitIntoTheBufferFails(t *testing.T) {
	for keep, lost := range map[stage.Keep][]int{stage.KeepLast: {11, 12}, stage.KeepFirst: {14, 15}} {
		t.Run(fmt.Sprint(keep), func(t *testing.T) {
			inWorld(t, func(w *world) {
				b := new(book)
				stuck := make(chan struct{})
				p := w.start(config{
					Producers:  []broadway.Producer[int]{{Source: idle(), BufferSize: new(3), BufferKeep: keep}},
					Processors: one(10), Handler: broadway.MessageFunc[int, int](func(context.Context, *message) (int, error) {
						<-stuck
						return 0, nil
					}),
				})
				w.push(p, b.messages(upTo(1, 10)...)...)
				w.settle()
				w.push(p, b.messages(upTo(11, 15)...)...)
				w.settle()
				assert.Equal(w, lost, b.bad())
				assert.ErrorIs(w, b.receipt(w, lost[0]).Err, broadway.ErrDiscarded)
				close(stuck)
				report := w.stop(p)
				assert.Equal(w, 13, report.Succeeded)
				assert.Equal(w, 2, report.Failed)
			})
		})
	}
}

func TestASourceStageThatCrashesIsStartedAgain(t *testing.T) {
	inWorld(t, func(w *world) {
		b := new(book)
		var starts atomic.Int32
		p := w.start(config{
			Producers: from(broadway.FromMessages(func(int) (stage.DemandHandler[message], error) {
				start, n := int(starts.Add(1)), 0
				return stage.ProducerFunc[message](func(ctx *stage.Context[message], demand int) error {
					if n++; n == 2 {
						return errors.New("broken")
					}
					ctx.Emit(b.message(start))
					return nil
				}), nil
			})),
			Handler: pass, Processors: one(1), ResubscribeInterval: new(time.Second),
		})
		time.Sleep(3500 * time.Millisecond)
		assert.Equal(w, upTo(1, 4), b.ok())
		assert.EqualValues(w, starts.Load()-1, w.stop(p).Crashes)
	})
}
