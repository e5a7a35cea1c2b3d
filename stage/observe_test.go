package stage_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
	"unsafe"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/dispatcher"
	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/stage"
	"github.com/stagecraft-go/stagecraft/trace"
)

// With -observed a recorder watches each stage that a world of the tests starts:
// all of them must come to the same.
var observed = flag.Bool("observed", false, "watch the stages of all tests")

// withRecorder adds a recorder to the options of a stage, if it is wanted.
func withRecorder(opts []stage.Option) []stage.Option {
	if !*observed {
		return opts
	}
	return append(opts, trace.New(trace.Limit(100)).Watch("stage"))
}

// alone keeps the recorder of -observed out of a test that has its own observer.
func alone(t *testing.T) {
	if *observed {
		t.Skip("observed already")
	}
}

// eye is an observer that writes down what it is told.
type eye struct {
	mu   sync.Mutex
	seen []stage.Observation
	said []string
	hook func(o stage.Observation) // after that
}

func (e *eye) Observe(o stage.Observation) {
	e.mu.Lock()
	e.seen = append(e.seen, o)
	line := o.Kind.String()
	if o.Sent {
		line = "-> " + line
	}
	if o.N > 0 {
		line += fmt.Sprint(" ", o.N)
	}
	if values := o.Values(); values != "" {
		line += ": " + values
	}
	if o.Reason != nil {
		line += ": " + o.Reason.Error()
	}
	if o.Levels != (stage.Levels{Demand: -1, Buffered: -1, InFlight: -1}) {
		line += fmt.Sprintf(" (%d %d %d)", o.Demand, o.Buffered, o.InFlight)
	}
	e.said = append(e.said, line)
	e.mu.Unlock()
	if e.hook != nil {
		e.hook(o)
	}
}

func (e *eye) take() []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	said := e.said
	e.said = nil
	return said
}

func TestAnObserverIsToldInOrder(t *testing.T) {
	alone(t)
	inWorld(t, func(w *world) {
		above, below := new(eye), new(eye)
		above.hook = func(o stage.Observation) { assert.Equal(w, "above", o.NameOf(o.Stage)) }
		p := w.producer(counting(12), stage.ObservedBy(above), stage.Name("above"))
		c := w.consumer(&sink{}, stage.From(p, stage.MaxDemand(10), stage.MinDemand(0)), stage.ObservedBy(below))
		w.settle()
		require.NoError(w, c.Stop(background, assert.AnError))
		w.settle()
		require.NoError(w, p.Stop(background, nil))
		assert.Equal(w, []string{
			"begin",
			"subscribe", "ask 10 (10 0 -1)", "handle_demand 10 (10 0 -1)", "-> events 10: 1 … 10 (0 0 -1)",
			"ask 10 (10 0 -1)", "handle_demand 10 (10 0 -1)", "-> events 2: 11, 12 (8 0 -1)",
			"down: " + assert.AnError.Error(), "stop: normal",
		}, above.take())
		assert.Equal(w, []string{
			"begin",
			"-> subscribe", "-> ask 10 (-1 -1 10)", "events 10: 1 … 10 (-1 -1 10)", "handle_events 10: 1 … 10 (-1 -1 0)",
			"-> ask 10 (-1 -1 10)", "events 2: 11, 12 (-1 -1 10)", "handle_events 2: 11, 12 (-1 -1 8)",
			"stop: " + assert.AnError.Error(),
		}, below.take())

		for _, o := range above.seen {
			assert.True(w, p.PID().Equal(o.Stage))
			if o.Peer != nil {
				assert.True(w, c.PID().Equal(o.Peer), o.Kind)
				assert.NotNil(w, o.Ref)
			}
		}
		assert.Equal(w, 10, above.seen[1].Options.MaxDemand)
		assert.Equal(w, numbers(below.seen, true), numbers(above.seen, false), "from the consumer")
		assert.Equal(w, numbers(above.seen, true), numbers(below.seen, false), "to the consumer")
	})
}

// numbers are those of messages that were sent, or taken.
func numbers(seen []stage.Observation, sent bool) (numbers []uint32) {
	for _, o := range seen {
		if o.Message != 0 && o.Sent == sent {
			numbers = append(numbers, o.Message)
		}
	}
	return numbers
}

// Asks that are used again, and lists that go back to a pool, carry the number
// of one message each, and none when nobody observes who sends them.
func TestNumbersOfMessagesAreNotUsedAgain(t *testing.T) {
	alone(t)
	inWorld(t, func(w *world) {
		e, late := new(eye), new(eye)
		p := w.producer(counting(1000))
		c := w.consumer(&sink{}, stage.From(p, stage.MaxDemand(2)), stage.ObservedBy(e), stage.Recycle())
		w.settle()
		for _, o := range e.seen {
			assert.Equal(w, o.Sent, o.Message != 0, "%v: the producer is not observed", o.Kind)
		}
		sent := numbers(e.seen, true)
		assert.Len(w, sent, 1002, "a subscribe and the asks")
		seen := make(map[uint32]bool)
		for _, n := range sent {
			assert.False(w, seen[n])
			seen[n] = true
		}
		_, err := p.Observe(background, late)
		require.NoError(w, err)
		require.NoError(w, c.Stop(background, nil))
		w.settle()
		assert.Equal(w, []string{"begin", "down: normal"}, late.take())
	})
}

// Lists of events go from one processor to another: a cache line more would cost
// more than all else that observers add.
func TestAMessageFitsACacheLine(t *testing.T) {
	assert.LessOrEqual(t, unsafe.Sizeof(stage.Events[int]{}), uintptr(64))
}

func TestObservingARunningStage(t *testing.T) {
	alone(t)
	inWorld(t, func(w *world) {
		p := w.producer(&source{}, stage.Name("running"))
		push(p, 1)
		e := new(eye)
		detach, err := stage.ByName[int](w.sys, "running").Observe(background, e)
		require.NoError(w, err)
		push(p, 2)
		_, err = p.Observe(background, new(eye))
		assert.ErrorIs(w, err, stage.ErrObserved)
		detach()
		push(p, 3)
		detach()
		w.settle()
		assert.Equal(w, []string{"begin", "buffer 1 (0 2 -1)", "end"}, e.take())

		again := new(eye)
		_, err = p.Observe(background, again)
		require.NoError(w, err)
		detach() // of the one before
		push(p, 4)
		w.settle()
		assert.Equal(w, []string{"begin", "buffer 1 (0 4 -1)"}, again.take())
		assert.Empty(w, e.take())
	})
}

func TestObserveThatFails(t *testing.T) {
	alone(t)
	inWorld(t, func(w *world) {
		var refused *stage.OptionError
		p := w.producer(&source{})
		_, err := p.Observe(background, nil)
		assert.ErrorAs(w, err, &refused)
		_, err = stage.StartProducer(background, &source{}, stage.In(w.sys), stage.ObservedBy(nil))
		assert.ErrorAs(w, err, &refused)
		_, err = stage.StartProducer(background, &source{}, stage.In(w.sys), stage.ObservedBy(new(eye)), stage.ObservedBy(new(eye)))
		assert.ErrorContains(w, err, "ObservedBy is given twice")
		_, err = stage.ByName[int](w.sys, "nobody").Observe(background, new(eye))
		assert.ErrorIs(w, err, process.NoProc)

		// Who waits no longer is not left with an observer.
		g, late := newGate(), new(eye)
		do(p, func(*stage.Context[int]) error { g.Await(); return nil })
		ctx, cancel := context.WithTimeout(background, time.Second)
		defer cancel()
		_, err = p.Observe(ctx, late)
		assert.ErrorIs(w, err, context.DeadlineExceeded)
		g.Open()
		push(p, 1)
		w.settle()
		assert.Equal(w, []string{"begin", "end"}, late.take())

		require.NoError(w, p.Stop(background, nil))
		_, err = p.Observe(background, new(eye))
		assert.ErrorIs(w, err, process.NoProc)
	})
}

// An observer that fails is out; the stage goes on as if there had been none.
func TestAnObserverThatPanics(t *testing.T) {
	alone(t)
	for kind := stage.ObservedSubscribe; kind <= stage.ObservedBegin; kind++ {
		inWorld(t, func(w *world) {
			e := new(eye)
			e.hook = func(o stage.Observation) {
				if o.Kind == kind {
					panic("tired")
				}
			}
			k := new(sink)
			p := w.producer(counting(7), stage.ObservedBy(e))
			w.consumer(k, stage.From(p, stage.MaxDemand(2)))
			w.settle()
			assert.Equal(w, upTo(1, 7), k.got)
			last := e.seen[len(e.seen)-1].Kind
			if last != kind { // such a thing did not happen
				assert.Empty(w, w.log.Take())
				return
			}
			assert.Equal(w, []string{"ERROR observer failed and was detached value=tired"}, w.log.Take(), kind)

			next := new(eye)
			_, err := p.Observe(background, next)
			require.NoError(w, err, "its place is free")
			push(p, 8)
			w.settle()
			assert.Contains(w, next.take(), "-> events 1: 8 (1 0 -1)")
		})
	}
}

// No one can stop a runtime.Goexit: it ends the stage as in a callback.
func TestAnObserverThatEndsTheGoroutine(t *testing.T) {
	alone(t)
	inWorld(t, func(w *world) {
		e := &eye{hook: func(o stage.Observation) {
			if o.Kind == stage.ObservedBuffer {
				runtime.Goexit()
			}
		}}
		p := w.producer(&source{}, stage.ObservedBy(e))
		push(p, 1)
		<-p.Done()
		var crash *process.Crash
		assert.ErrorAs(w, p.Err(), &crash)
		log := w.log.Take()
		assert.Contains(w, log, "ERROR observer failed and was detached value=runtime.Goexit")
		assert.True(w, strings.HasPrefix(log[1], "ERROR process terminated"), log)
	})
}

func TestAnObserverOfRefusals(t *testing.T) {
	alone(t)
	inWorld(t, func(w *world) {
		above, below := new(eye), new(eye)
		p := w.producer(&source{}, stage.ObservedBy(above))
		c := w.consumer(&sink{}, nil, stage.ObservedBy(below))
		other := w.probe()
		stranger := process.NewRef()
		other.ask(p.PID(), stranger, 3)
		ref := other.subscribe(p.PID())
		other.ask(p.PID(), ref, -1)
		other.send(c.PID(), other.events(stranger, upTo(1, 3)))
		other.send(c.PID(), &stage.Events[string]{From: other.process.PID(), Ref: stranger, Events: []string{"a\nb"}})
		w.settle()
		assert.Equal(w, []string{
			"begin", "ask 3", "-> canceled: unknown subscription",
			"subscribe", "ask (0 0 -1)", "-> canceled: stage: option Ask.N is negative, allowed is 0 or more",
		}, above.take())
		assert.Equal(w, []string{
			"begin", "events 3: 1 … 3", "-> cancel: unknown subscription",
			`events 1: "a\nb"`, "-> cancel: stage: wrong event type",
		}, below.take())
	})
}

// What a dispatcher says to its stage in the name of a consumer is not a message
// of that consumer.
func TestAnObserverOfADispatcher(t *testing.T) {
	alone(t)
	inWorld(t, func(w *world) {
		e := new(eye)
		p := w.producer(counting(3), stage.Dispatch(dispatcher.Broadcast[int]()), stage.ObservedBy(e))
		keep := func(n int) bool {
			if n == 3 {
				panic("three")
			}
			return n > 1
		}
		w.consumer(&sink{}, stage.From(p, stage.MaxDemand(2), stage.MinDemand(0), stage.Selector(keep), stage.OnCancel(stage.Temporary)))
		w.settle()
		said := e.take()
		assert.Equal(w, []string{
			"begin", "subscribe", "ask 2 (2 0 -1)", "handle_demand 2 (2 0 -1)", "-> events 1: 2 (1 0 -1)",
			"ask_again 1 (1 0 -1)", "handle_demand 1 (1 0 -1)",
		}, said[:7])
		assert.True(w, strings.HasPrefix(said[len(said)-1], "-> canceled: "), said)
		for _, line := range said {
			assert.False(w, strings.HasPrefix(line, "cancel:"), line)
		}
	})
}

// A killed stage is not observed in the callback that was abandoned.
func TestAnObserverOfAKilledStage(t *testing.T) {
	alone(t)
	inWorld(t, func(w *world) {
		e, g := new(eye), newGate()
		p := w.producer(counting(10))
		c := w.consumer(&sink{onEvents: g.hold}, stage.From(p, stage.MaxDemand(2)), stage.ObservedBy(e))
		w.settle()
		e.take()
		c.Kill()
		g.Open()
		w.settle()
		assert.Empty(w, e.take())
	})
}

// What a behaviour asks for and cancels by itself is observed where it does so.
func TestAnObserverOfManualDemand(t *testing.T) {
	alone(t)
	inWorld(t, func(w *world) {
		e := new(eye)
		k := &sink{script: script[stage.None]{onSubscribe: manual[stage.None]}}
		p := w.producer(counting(10))
		w.consumer(k, stage.From(p, stage.OnCancel(stage.Temporary)), stage.ObservedBy(e))
		k.subs[0].Ask(3)
		w.settle()
		k.subs[0].Cancel(errors.New("enough"))
		w.settle()
		assert.Equal(w, []string{
			"begin", "-> subscribe", "-> ask 3", "events 3: 1 … 3", "handle_events 3: 1 … 3",
			"-> cancel: enough", "canceled: enough",
		}, e.take())
	})
}

func TestAnObserverOfAProducerConsumer(t *testing.T) {
	alone(t)
	inWorld(t, func(w *world) {
		e := new(eye)
		p := w.producer(counting(10))
		f := w.relay(&filter{}, stage.From(p, stage.MaxDemand(4)), stage.ObservedBy(e))
		w.settle()
		other := w.probe()
		other.asking(f.PID(), 3)
		w.settle()
		assert.Equal(w, []string{
			"begin", "-> subscribe", "-> ask 4 (-1 -1 4)", "events 4: 1 … 4 (-1 -1 4)",
			"subscribe", "ask 3 (3 0 -1)",
			"handle_events 2: 1, 2 (3 0 2)", "-> events 2: 1, 2 (1 0 -1)", "-> ask 2 (-1 -1 4)",
			"handle_events 2: 3, 4 (1 0 2)", "-> events 1: 3 (0 0 -1)", "buffer 1 (0 1 -1)", "-> ask 2 (-1 -1 4)",
			"events 2: 5, 6 (-1 -1 4)", "events 2: 7, 8 (-1 -1 4)",
		}, e.take())
	})
}

func TestAnObserverOfAccumulation(t *testing.T) {
	alone(t)
	for _, exact := range []bool{false, true} {
		inWorld(t, func(w *world) {
			e := new(eye)
			opts := []stage.Option{stage.Demand(stage.Accumulate), stage.BufferSize(1), stage.ObservedBy(e)}
			if exact {
				opts = append(opts, stage.Exact())
			}
			p := w.producer(&source{}, opts...)
			w.probe().asking(p.PID(), 1)
			w.settle()
			push(p, 1, 2, 3)
			p.SetDemand(stage.Forward)
			w.settle()
			assert.Equal(w, []string{
				"begin", "subscribe", "ask 1 (1 0 -1)", "hold_demand 1 (1 0 -1)", "hold_events 3 (1 0 -1)",
				"set_demand", "handle_demand 1 (1 0 -1)", "-> events 1: 1 (0 0 -1)", "discard 1 (0 1 -1)", "buffer 1 (0 1 -1)",
			}, e.take())
		})
	}
}

func TestAnObserverOfAStream(t *testing.T) {
	alone(t)
	inWorld(t, func(w *world) {
		e := new(eye)
		p := w.producer(counting(100))
		for n, err := range stage.Stream(background, stage.From(p, stage.MaxDemand(2)), stage.In(w.sys), stage.ObservedBy(e)) {
			require.NoError(w, err)
			if w.settle(); n == 3 {
				break
			}
		}
		assert.Equal(w, []string{
			"begin", "-> subscribe", "-> ask 2 (-1 -1 2)", "events 2: 1, 2 (-1 -1 2)", "handle_events 1: 1 (-1 -1 1)",
			"-> ask 1 (-1 -1 2)", "handle_events 1: 2 (-1 -1 1)", "-> ask 1 (-1 -1 2)",
			"events 1: 3 (-1 -1 2)", "handle_events 1: 3 (-1 -1 1)", "-> cancel: normal", "canceled: normal", "stop: shutdown",
		}, e.take())
	})
}

func TestValuesAreShort(t *testing.T) {
	alone(t)
	long := strings.Repeat("é", 100)
	for want, events := range map[string][]any{
		"1":                                  {1},
		"1, 2":                               {1, 2},
		"1 … 3":                              {1, 2, 3},
		`"a\tb"`:                             {"a\tb"},
		strings.Repeat("é", 24) + "...":      {long},
		"abc … {x y}":                        {[]byte("abc"), nil, struct{ A, B string }{"x", "y"}},
		"<nil>, %!v(PANIC=String method:...": {nil, panicking{}},
	} {
		inWorld(t, func(w *world) {
			e := new(eye)
			p, err := stage.StartProducer(background, stage.ProducerFunc[any](func(ctx *stage.Context[any], _ int) error {
				ctx.EmitAll(events)
				return nil
			}), stage.In(w.sys), stage.ObservedBy(e))
			require.NoError(w, err)
			w.Leave(p)
			w.probe().asking(p.PID(), len(events))
			w.settle()
			assert.Contains(w, e.take(), fmt.Sprintf("-> events %d: %s (0 0 -1)", len(events), want))
		})
	}
}

// panicking is an event that cannot be printed.
type panicking struct{}

func (panicking) String() string { panic("tired of it") }

func TestKindsOfObservationsHaveNames(t *testing.T) {
	seen := make(map[string]bool)
	for kind := stage.ObservedSubscribe; kind <= stage.ObservedEnd; kind++ {
		assert.NotContains(t, kind.String(), "invalid")
		assert.False(t, seen[kind.String()], kind)
		seen[kind.String()] = true
	}
	assert.Equal(t, "invalid(18)", (stage.ObservedEnd + 1).String())
}

// TestTopologies with a recorder that watches all stages.
func TestObservedTopologies(t *testing.T) {
	alone(t)
	*observed = true
	defer func() { *observed = false }()
	runs := 60
	if raceDetector || testing.Short() {
		runs = 20
	}
	for _, churn := range []churn{nobodyLeaves, someCancel, someExit} {
		for seed := range uint64(runs) {
			r := rand.New(rand.NewPCG(seed, uint64(churn)+10))
			inWorld(t, func(w *world) {
				topology := newTopology(w, r.IntN, churn)
				topology.run()
				topology.check()
			})
		}
	}
}
