package stage_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/stage"
)

func TestEveryCallbackOfAProducerMayEmit(t *testing.T) {
	inWorld(t, func(w *world) {
		from := &source{onDemand: func(ctx *stage.Context[int], _ int) error { ctx.Emit(3); return nil }}
		from.onInit = func(ctx *stage.Context[int]) error { ctx.Emit(1); return nil }
		from.onSubscribe = func(ctx *stage.Context[int], _ stage.Subscription) (stage.SubscriptionMode, error) {
			ctx.Emit(2)
			return stage.Automatic, nil
		}
		from.onCall = func(ctx *stage.Context[int], _ string, _ stage.Caller[string]) (string, error) {
			ctx.Emit(4)
			return "", nil
		}
		from.onInfo = func(ctx *stage.Context[int], _ any) error { ctx.Emit(6); return nil }
		from.onCancel = func(ctx *stage.Context[int], _ error) error { ctx.Emit(7); return nil }
		from.onTerminate = func(ctx *stage.Context[int], _ error) { ctx.Emit(8) }

		p, to, other := w.producer(from), w.probe(), w.probe()
		to.asking(p.PID(), 100)
		_, err := stage.Call[string](background, p, "emit")
		require.NoError(t, err)
		push(p, 5)
		stage.Info(p, "emit")
		ref := other.subscribe(p.PID())
		other.cancel(p.PID(), ref, process.Normal)
		w.settle()
		assert.Equal(t, []string{
			"events [1 2]", "events [3]", "events [4]", "events [5]", "events [6]",
			"events [2]", // the subscription of the other one
			"events [7]",
		}, to.take())
		require.NoError(t, p.Stop(background, nil))
		w.settle()
		assert.Empty(t, to.take(), "what Terminate emits goes nowhere")
	})
}

func TestEventsOfOneCallbackAreOneList(t *testing.T) {
	inWorld(t, func(w *world) {
		p, to := w.producer(&source{}), w.probe()
		to.asking(p.PID(), 100)
		w.settle()
		kept := append(make([]int, 0, 8), 2, 3)
		do(p, func(ctx *stage.Context[int]) error {
			ctx.Emit(1)
			ctx.EmitOwned(kept)
			ctx.EmitAll(nil)
			ctx.Emit(4)
			return nil
		})
		do(p, func(ctx *stage.Context[int]) error {
			ctx.EmitOwned(kept)
			ctx.EmitOwned(nil)
			ctx.EmitAll([]int{5, 6})
			return nil
		})
		do(p, func(ctx *stage.Context[int]) error {
			ctx.EmitOwned(kept)
			copy(ctx.Extend(2), []int{7, 8})
			ctx.Emit(9)
			ctx.Extend(1)[0] = 10
			ctx.Extend(0)
			return nil
		})
		w.settle()
		assert.Equal(t, []string{"events [1 2 3 4]", "events [2 3 5 6]", "events [2 3 7 8 9 10]"}, to.take())
		assert.Equal(t, []int{2, 3, 0, 0}, kept[:4], "nothing is written behind a slice that was handed over")
	})
}

func TestWhatIsEmittedBesideAnErrorIsDropped(t *testing.T) {
	inWorld(t, func(w *world) {
		p, to := w.producer(&source{}), w.probe()
		to.watch(p.PID())
		to.asking(p.PID(), 100)
		w.settle()
		do(p, func(ctx *stage.Context[int]) error { ctx.Emit(1); return process.Normal })
		w.settle()
		assert.Equal(t, []string{"down normal"}, to.take())
	})
}

func TestHandleDemandMayEmitLessAndIsNotAskedAgain(t *testing.T) {
	inWorld(t, func(w *world) {
		from := &source{onDemand: func(ctx *stage.Context[int], n int) error { ctx.Emit(n); return nil }}
		p, to := w.producer(from), w.probe()
		to.asking(p.PID(), 5)
		w.settle()
		push(p, 6, 7)
		w.settle()
		assert.Equal(t, []int{5}, from.demands())
		assert.Equal(t, []string{"events [5]", "events [6 7]"}, to.take())
	})
}

func TestHandleDemandMayEmitMoreWhichServesLaterDemand(t *testing.T) {
	inWorld(t, func(w *world) {
		from := &source{onDemand: func(ctx *stage.Context[int], n int) error { ctx.EmitAll(upTo(1, n+5)); return nil }}
		p, to := w.producer(from), w.probe()
		ref := to.asking(p.PID(), 2)
		w.settle()
		assert.Equal(t, 5, w.buffered(p))
		to.ask(p.PID(), ref, 4)
		to.ask(p.PID(), ref, 2)
		w.settle()
		assert.Equal(t, []int{2, 1}, from.demands())
		assert.Equal(t, []string{"events [1 2]", "events [3 4 5 6]", "events [7]", "events [1]"}, to.take())
	})
}

func TestAnErrorOfHandleDemandStopsTheProducer(t *testing.T) {
	inWorld(t, func(w *world) {
		from := &source{onDemand: func(ctx *stage.Context[int], _ int) error { ctx.Emit(1); return assert.AnError }}
		p, to := w.producer(from), w.probe()
		to.watch(p.PID())
		to.asking(p.PID(), 5)
		w.settle()
		assert.Equal(t, assert.AnError, p.Err())
		assert.Equal(t, []string{"down " + assert.AnError.Error()}, to.take())
	})
}

func TestHandleSubscribeOfAProducerMustBeAutomatic(t *testing.T) {
	for _, mode := range []stage.SubscriptionMode{stage.Manual, 0, 7} {
		t.Run(mode.String(), func(t *testing.T) {
			inWorld(t, func(w *world) {
				from := &source{}
				from.onSubscribe = func(*stage.Context[int], stage.Subscription) (stage.SubscriptionMode, error) { return mode, nil }
				p := w.producer(from)
				w.probe().subscribe(p.PID())
				w.settle()
				require.ErrorIs(t, p.Err(), stage.ErrBadReturn)
				assert.ErrorContains(t, p.Err(), "HandleSubscribe for a consumer returned "+mode.String()+", allowed is Automatic")
			})
		})
	}
}

func TestAnErrorOfHandleSubscribeStopsTheProducer(t *testing.T) {
	inWorld(t, func(w *world) {
		refusal := errors.New("no consumers, please")
		from := &source{}
		from.onSubscribe = func(*stage.Context[int], stage.Subscription) (stage.SubscriptionMode, error) { return 0, refusal }
		p, to := w.producer(from), w.probe()
		to.watch(p.PID())
		to.subscribe(p.PID())
		w.settle()
		assert.Equal(t, []string{"down no consumers, please"}, to.take())
		assert.Equal(t, refusal, p.Err())
	})
}

func TestBothSidesHearOfASubscriptionAndItsEnd(t *testing.T) {
	inWorld(t, func(w *world) {
		from, to := &source{}, &sink{}
		p := w.producer(from)
		c := w.consumer(to, stage.From(p, stage.MaxDemand(7), stage.OnCancel(stage.Temporary)))
		w.settle()
		assert.Equal(t, []string{"subscribe consumer 7/3 temporary", "demand 7"}, from.take())
		assert.Equal(t, []string{"subscribe producer 7/3 temporary"}, to.take())
		assert.Equal(t, c.PID(), from.subs[0].Peer())
		assert.Equal(t, p.PID(), to.subs[0].Peer())
		assert.Equal(t, from.subs[0].Ref(), to.subs[0].Ref())
		assert.Equal(t, to.subs[0].Ref().String(), to.subs[0].String())

		to.subs[0].Cancel(process.Shutdown)
		w.settle()
		assert.Equal(t, []string{"cancel shutdown"}, from.take())
		assert.Equal(t, []string{"cancel shutdown"}, to.take())
	})
}

// Messages that a stage of this role cannot use, or about what it does not
// have. None of them does any harm.
func TestMessagesThatDoNotFitHarmNobody(t *testing.T) {
	unknown := process.NewRef()
	for _, c := range []struct {
		name   string
		role   stage.Role
		msg    func(p *probe) any
		answer []string
		log    []string
	}{
		{"an ask without a subscription", stage.RoleProducer,
			func(p *probe) any { return &stage.Ask{From: p.process.PID(), Ref: unknown, N: 1} },
			[]string{"canceled unknown subscription"}, nil},
		{"a cancel without a subscription", stage.RoleProducer,
			func(p *probe) any { return &stage.Cancel{From: p.process.PID(), Ref: unknown} }, nil, nil},
		{"events to a producer", stage.RoleProducer,
			func(p *probe) any { return p.events(unknown, []int{1}) },
			nil, []string{"ERROR message for a consumer received by a producer"}},
		{"events of no type to a producer", stage.RoleProducer,
			func(p *probe) any { return &stage.Events[stage.None]{From: p.process.PID(), Ref: unknown} },
			nil, []string{"ERROR message for a consumer received by a producer"}},
		{"a canceled to a producer", stage.RoleProducer,
			func(p *probe) any { return p.canceled(unknown, nil) },
			nil, []string{"ERROR message for a consumer received by a producer"}},
		{"a subscribe to a consumer", stage.RoleConsumer,
			func(p *probe) any { return &stage.Subscribe{From: p.process.PID(), Ref: unknown} },
			nil, []string{"ERROR message for a producer received by a consumer"}},
		{"an ask to a consumer", stage.RoleConsumer,
			func(p *probe) any { return &stage.Ask{From: p.process.PID(), Ref: unknown, N: 1} },
			nil, []string{"ERROR message for a producer received by a consumer"}},
		{"a cancel to a consumer", stage.RoleConsumer,
			func(p *probe) any { return &stage.Cancel{From: p.process.PID(), Ref: unknown} },
			nil, []string{"ERROR message for a producer received by a consumer"}},
		{"a demand mode for a consumer", stage.RoleConsumer,
			func(*probe) any { return &stage.SetDemand{Mode: stage.Forward} },
			nil, []string{"ERROR demand mode set on a stage that is not a producer role=consumer"}},
		{"events without a subscription", stage.RoleConsumer,
			func(p *probe) any { return p.events(unknown, []int{1}) },
			[]string{"cancel unknown subscription"}, nil},
		{"events of another type", stage.RoleConsumer,
			func(p *probe) any { return &stage.Events[string]{From: p.process.PID(), Ref: unknown} },
			[]string{"cancel stage: wrong event type"}, []string{"ERROR message of another event type dropped message=*stage.Events[string]"}},
		{"a canceled without a subscription", stage.RoleConsumer,
			func(p *probe) any { return p.canceled(unknown, nil) }, nil, nil},
		{"a demand mode that is none", stage.RoleProducer,
			func(*probe) any { return &stage.SetDemand{Mode: 9} },
			nil, []string{"ERROR demand mode that does not exist mode=invalid(9)"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				var pid *process.PID
				if c.role == stage.RoleProducer {
					pid = w.producer(&source{}).PID()
				} else {
					pid = w.consumer(&sink{}, nil).PID()
				}
				p := w.probe()
				p.watch(pid)
				p.send(pid, c.msg(p))
				w.settle()
				assert.Equal(t, c.answer, p.take())
				assert.Equal(t, c.log, w.log.Take())
			})
		})
	}
}

func TestARefInUseIsRefused(t *testing.T) {
	inWorld(t, func(w *world) {
		from, to, other := &source{}, w.probe(), w.probe()
		p := w.producer(from)
		ref := to.asking(p.PID(), 5)
		other.subscribeWith(p.PID(), ref, nil)
		w.settle()
		assert.Equal(t, []string{"canceled duplicated subscription"}, other.take())
		assert.Len(t, w.log.Take(), 1)
		assert.Equal(t, []string{"subscribe consumer 1000/500 permanent", "demand 5"}, from.take())
		push(p, 1)
		w.settle()
		assert.Equal(t, []string{"events [1]"}, to.take())
	})
}

func TestACancelWithoutAReasonIsNormal(t *testing.T) {
	inWorld(t, func(w *world) {
		from, to := &source{}, w.probe()
		p := w.producer(from)
		ref := to.subscribe(p.PID())
		w.settle()
		to.cancel(p.PID(), ref, nil)
		to.cancel(p.PID(), ref, nil)
		w.settle()
		assert.Equal(t, []string{"canceled normal"}, to.take())
		assert.Equal(t, []string{"cancel normal"}, from.only("cancel"))
	})
}

func TestAProducerDoesNotStopBecauseOfItsConsumers(t *testing.T) {
	inWorld(t, func(w *world) {
		from := &source{}
		p := w.producer(from)
		for _, reason := range []error{process.Normal, process.Shutdown, errors.New("oops"), process.Killed} {
			to := w.probe()
			to.asking(p.PID(), 1)
			w.settle()
			to.exit(reason)
		}
		w.settle()
		assert.NoError(t, p.Err())
		assert.ElementsMatch(t, []string{"down normal", "down shutdown", "down oops", "down killed"}, from.only("down"))
	})
}

func TestTheHandleOfAStage(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.producer(&source{}, stage.Name("numbers"))
		assert.Equal(t, "numbers", p.Name())
		assert.Equal(t, p.Process().PID(), p.PID())
		found, ok := w.sys.Whereis("numbers")
		assert.True(t, ok)
		assert.Equal(t, p.Process(), found)
		assert.NoError(t, p.Err())

		_, err := stage.StartConsumer(background, &sink{}, nil, stage.In(w.sys), stage.Name("numbers"))
		assert.ErrorIs(t, err, process.ErrNameTaken)

		require.NoError(t, p.Stop(background, process.Shutdown))
		<-p.Done()
		assert.Equal(t, process.Shutdown, p.Err())
		assert.ErrorIs(t, p.Stop(background, nil), process.NoProc)
		_, err = p.EstimateBuffered(background)
		assert.ErrorIs(t, err, process.NoProc)
		_, ok = w.sys.Whereis("numbers")
		assert.False(t, ok)
	})
}

func TestStopQueuesBehindWhatTheStageHasReceived(t *testing.T) {
	inWorld(t, func(w *world) {
		p, to := w.producer(&source{}), w.probe()
		to.watch(p.PID())
		to.asking(p.PID(), 10)
		w.settle()
		push(p, 1, 2)
		push(p, 3)
		require.NoError(t, p.Stop(background, nil))
		w.settle()
		assert.Equal(t, []string{"events [1 2]", "events [3]", "down normal"}, to.take())
	})
}

func TestInitDecidesWhetherAStageStarts(t *testing.T) {
	failure := errors.New("no database")
	for _, c := range []struct {
		name string
		init error
	}{{"an error", failure}, {"ignore", process.Ignore}, {"an orderly reason", process.Shutdown}} {
		t.Run(c.name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				from := &source{}
				from.onInit = func(*stage.Context[int]) error { return c.init }
				p, err := stage.StartProducer(background, from, stage.In(w.sys))
				assert.Nil(t, p)
				assert.Equal(t, c.init, err)
				assert.Empty(t, from.take(), "Terminate is not called")
			})
		})
	}
	t.Run("a panic", func(t *testing.T) {
		inWorld(t, func(w *world) {
			from := &source{}
			from.onInit = func(*stage.Context[int]) error { panic("no luck") }
			_, err := stage.StartProducer(background, from, stage.In(w.sys))
			var crash *process.Crash
			require.ErrorAs(t, err, &crash)
			assert.Equal(t, "no luck", crash.Value)
		})
	})
}
