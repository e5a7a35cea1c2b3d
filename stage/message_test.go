package stage_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/stage"
)

func TestACallIsAnswered(t *testing.T) {
	inWorld(t, func(w *world) {
		p, c := w.producer(&source{}), w.consumer(&sink{}, nil)
		pc := w.relay(&filter{}, nil, stage.Name("relay"))
		for name, call := range map[string]func() (string, error){
			"producer":          func() (string, error) { return stage.Call[string](background, p, "a") },
			"producer_consumer": func() (string, error) { return stage.Call[string](background, pc, "a") },
			"consumer":          func() (string, error) { return stage.Call[string](background, c, "a") },
			"name":              func() (string, error) { return stage.Call[string](background, stage.ByName[int](w.sys, "relay"), "a") },
		} {
			reply, err := call()
			require.NoError(t, err, name)
			assert.Equal(t, "re: a", reply, name)
		}
	})
}

func TestAReplyFollowsTheEventsOfItsCall(t *testing.T) {
	inWorld(t, func(w *world) {
		from := &source{}
		from.onCall = func(ctx *stage.Context[int], _ string, _ stage.Caller[string]) (string, error) {
			ctx.EmitAll([]int{1, 2, 3})
			return "done", nil
		}
		p, to := w.producer(from, from.sends()), w.probe()
		to.asking(p.PID(), 2)
		w.settle()
		from.take()
		_, err := stage.Call[string](background, p, "emit")
		require.NoError(t, err)
		assert.Equal(t, 1, w.buffered(p))
		w.settle()
		assert.Equal(t, []string{"call emit", "-> events [1 2]", "-> string done"}, from.take())
	})
}

func TestACallMayBeAnsweredLaterAndFromElsewhere(t *testing.T) {
	inWorld(t, func(w *world) {
		var caller stage.Caller[string]
		from := &source{}
		from.onCall = func(ctx *stage.Context[int], _ string, from stage.Caller[string]) (string, error) {
			caller = from
			ctx.Emit(1)
			return "ignored", stage.ErrNoReply
		}
		p := w.producer(from)
		answer := make(chan string)
		go func() {
			reply, err := stage.Call[string](background, p, "later")
			assert.NoError(t, err)
			answer <- reply
		}()
		w.settle()
		assert.Equal(t, 1, w.buffered(p), "what was emitted does not wait for the reply")
		assert.True(t, caller.Reply("from the test"))
		assert.False(t, caller.Reply("too late"))
		assert.Equal(t, "from the test", <-answer)
	})
}

func TestALateReplyIsDropped(t *testing.T) {
	inWorld(t, func(w *world) {
		var caller stage.Caller[string]
		from := &source{}
		from.onCall = func(_ *stage.Context[int], _ string, from stage.Caller[string]) (string, error) {
			caller = from
			return "", stage.ErrNoReply
		}
		p := w.producer(from)
		ctx, cancel := context.WithTimeout(background, time.Second)
		defer cancel()
		_, err := stage.Call[string](ctx, p, "never")
		require.ErrorIs(t, err, context.DeadlineExceeded)
		w.settle()
		assert.False(t, caller.Reply("too late"))
	})
}

func TestReplyThenStop(t *testing.T) {
	for _, reason := range []error{process.Normal, process.Shutdown, errors.New("enough"), nil} {
		t.Run(orText(reason, "nil"), func(t *testing.T) {
			inWorld(t, func(w *world) {
				from := &source{}
				from.onCall = func(ctx *stage.Context[int], _ string, _ stage.Caller[string]) (string, error) {
					ctx.Emit(1)
					return "goodbye", stage.ReplyThenStop(reason)
				}
				p, to := w.producer(from, from.sends()), w.probe()
				to.asking(p.PID(), 1)
				w.settle()
				from.take()
				reply, err := stage.Call[string](background, p, "stop")
				require.NoError(t, err)
				assert.Equal(t, "goodbye", reply)
				w.settle()
				want := reason
				if reason == nil {
					want = process.Normal
				}
				assert.Equal(t, want, p.Err())
				assert.Equal(t, []string{"call stop", "terminate " + want.Error(), "-> string goodbye"}, from.take())
				assert.Empty(t, to.take())
			})
		})
	}
}

func orText(err error, text string) string {
	if err == nil {
		return text
	}
	return err.Error()
}

func TestAReplyThenStopIsAnErrorThatSaysSo(t *testing.T) {
	err := stage.ReplyThenStop(process.Shutdown)
	assert.EqualError(t, err, "reply, then stop: shutdown")
	assert.ErrorIs(t, err, process.Shutdown)
}

func TestACallToAStageThatEnds(t *testing.T) {
	failure := errors.New("failure")
	for _, c := range []struct {
		name string
		end  func(ctx *stage.Context[int]) error
		is   error
	}{
		{"with an error", func(*stage.Context[int]) error { return failure }, failure},
		{"with a panic", func(*stage.Context[int]) error { panic(failure) }, failure},
		{"by a kill", func(ctx *stage.Context[int]) error { ctx.Process().Process().Kill(); return stage.ErrNoReply }, process.Killed},
	} {
		t.Run(c.name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				from := &source{}
				from.onCall = func(ctx *stage.Context[int], _ string, _ stage.Caller[string]) (string, error) {
					return "never seen", c.end(ctx)
				}
				_, err := stage.Call[string](background, w.producer(from), "x")
				var exit *process.ExitError
				require.ErrorAs(t, err, &exit)
				assert.ErrorIs(t, err, c.is)
			})
		})
	}
}

func TestACallToNobody(t *testing.T) {
	inWorld(t, func(w *world) {
		_, err := stage.Call[string](background, stage.ByName[int](w.sys, "nobody"), "x")
		assert.ErrorIs(t, err, process.NoProc)

		p := w.producer(&source{})
		require.NoError(t, p.Stop(background, nil))
		_, err = stage.Call[string](background, p, "x")
		var exit *process.ExitError
		require.ErrorAs(t, err, &exit)
	})
}

// typed has handlers for one type of each kind of message.
type typed struct{ source }

func (s *typed) HandleInfo(_ *stage.Context[int], msg time.Duration) error {
	s.note("duration %v", msg)
	return nil
}

func TestMessagesOfATypeWithoutAHandler(t *testing.T) {
	inWorld(t, func(w *world) {
		b := &typed{}
		p := w.producer(b)
		_, err := stage.Call[int](background, p, "reply of another type")
		assert.ErrorIs(t, err, stage.ErrNoHandler)
		_, err = stage.Call[string](background, p, 17)
		assert.ErrorIs(t, err, stage.ErrNoHandler)
		assert.EqualError(t, err, "stage: no handler for this message: call with int")

		stage.Cast(p, "text")
		stage.Info(p, "text")
		stage.Info(p, 3*time.Second)
		w.sys.Send(p.PID(), "plain")
		w.settle()
		assert.Equal(t, []string{"duration 3s"}, b.take())
		assert.Equal(t, []string{
			"ERROR no HandleCast for this message, it is dropped message=string",
			"WARN no HandleInfo for this message, it is dropped message=string",
			"WARN no HandleInfo for this message, it is dropped message=string",
		}, w.log.Take())
	})
}

func TestAHandlerOfAnyGetsAllInfos(t *testing.T) {
	inWorld(t, func(w *world) {
		from := &source{}
		p := w.producer(from)
		stage.Info(p, "text")
		stage.AsyncInfo(p, 3)
		w.settle()
		w.sys.Send(p.PID(), 4.5)
		do(p, func(ctx *stage.Context[int]) error { ctx.Process().Monitor(nil); return nil })
		w.settle()
		assert.Len(t, from.lines, 4)
		assert.Equal(t, []string{"info text", "info 3", "info 4.5"}, from.lines[:3])
		assert.Contains(t, from.lines[3], "info &{", "the Down of a monitor of the behaviour")
	})
}

func TestMessagesToAStageOfAnotherType(t *testing.T) {
	inWorld(t, func(w *world) {
		from := &source{}
		w.producer(from, stage.Name("ints"))
		texts := stage.ByName[string](w.sys, "ints")

		_, err := stage.Call[string](background, texts, "x")
		assert.ErrorIs(t, err, stage.ErrWrongEventType)
		assert.ErrorIs(t, stage.SyncInfo(background, texts, "x"), stage.ErrWrongEventType)
		stage.AsyncInfo(texts, "x")
		stage.Cast(texts, "x")
		stage.Info(texts, "x")
		w.settle()
		assert.Empty(t, from.take(), "no handler sees them")
		assert.Len(t, w.log.Take(), 5)
	})
}

func TestMessagesToNobodyAreDropped(t *testing.T) {
	inWorld(t, func(w *world) {
		nobody := stage.ByName[int](w.sys, "nobody")
		stage.Cast(nobody, "x")
		stage.Info(nobody, "x")
		stage.AsyncInfo(nobody, "x")
		assert.ErrorIs(t, stage.SyncInfo(background, nobody, "x"), process.NoProc)
		w.settle()
		assert.Empty(t, w.log.Take())
	})
}

func TestACallbackMaySendToItsOwnStage(t *testing.T) {
	inWorld(t, func(w *world) {
		from := &source{}
		p := w.producer(from)
		do(p, func(ctx *stage.Context[int]) error {
			assert.Equal(t, p.Process(), ctx.Self().Process())
			stage.Info(ctx.Self(), "mine")
			stage.AsyncInfo(ctx.Self(), "mine, ordered")
			push(ctx.Self(), 1)
			return nil
		})
		w.settle()
		assert.Equal(t, []string{"info mine", "info mine, ordered"}, from.take())
		assert.Equal(t, 1, w.buffered(p))
	})
}

func TestEventsThatAConsumerEmitsAreDropped(t *testing.T) {
	inWorld(t, func(w *world) {
		c := w.consumer(&sink{}, nil)
		do(c, func(ctx *stage.Context[stage.None]) error { ctx.Emit(stage.None{}); return nil })
		_, err := stage.Call[string](background, c, "alive?")
		require.NoError(t, err)
		assert.Equal(t, []string{"ERROR a consumer cannot emit events, they are dropped events=1"}, w.log.Take())
	})
}

// spout is a consumer that emits in HandleInfo.
type spout struct{ sink }

func (s *spout) HandleInfo(ctx *stage.Context[stage.None], n int) error {
	if n == 1 {
		ctx.Emit(stage.None{})
	} else {
		ctx.EmitAll(make([]stage.None, n))
	}
	return nil
}

func TestEventsThatAConsumerEmitsAgainAndAgainAreDropped(t *testing.T) {
	inWorld(t, func(w *world) {
		c := w.consumer(&spout{}, nil)
		for _, n := range []int{1, 1, 3, 2} {
			stage.Info(c, n)
		}
		w.settle()
		require.NoError(t, c.Err())
		assert.Len(t, w.log.Take(), 4)
	})
}

// wordy is a consumer that logs.
type wordy struct{ sink }

func (s *wordy) HandleInfo(ctx *stage.Context[stage.None], _ string) error {
	ctx.Logger().Info("hello")
	return nil
}

func TestACallbackLogsToTheSystem(t *testing.T) {
	inWorld(t, func(w *world) {
		stage.Info(w.consumer(&wordy{}, nil), "log")
		w.settle()
		assert.Equal(t, []string{"INFO hello"}, w.log.Take())
	})
}

// clock is a producer of the times of its timer.
type clock struct{ timer *process.Timer }

// tick is the message of a timer.
type tick struct{ number int }

func (c *clock) Init(ctx *stage.Context[int]) error {
	c.timer = stage.InfoAfter(ctx, time.Second, tick{1})
	return nil
}

func (*clock) HandleDemand(*stage.Context[int], int) error { return nil }

func (c *clock) HandleInfo(ctx *stage.Context[int], t tick) error {
	ctx.Emit(t.number)
	c.timer = stage.InfoAfter(ctx, time.Second, tick{t.number + 1})
	return nil
}

// HandleCast takes the next tick back.
func (c *clock) HandleCast(*stage.Context[int], string) error {
	c.timer.Stop()
	return nil
}

func TestATimerReachesATypedHandler(t *testing.T) {
	inWorld(t, func(w *world) {
		to := new(sink)
		p := w.producer(new(clock))
		w.consumer(to, stage.From(p))
		time.Sleep(3 * time.Second)
		w.settle()
		assert.Equal(t, []int{1, 2, 3}, to.got)
		stage.Cast(p, "stop")
		time.Sleep(time.Minute)
		assert.Equal(t, []int{1, 2, 3}, to.got)
	})
}
