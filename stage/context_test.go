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

func TestAStageEndsWithItsContext(t *testing.T) {
	inWorld(t, func(w *world) {
		cause := errors.New("the request is over")
		ctx, cancel := context.WithCancelCause(background)
		defer cancel(nil)
		from, between, to, peer := &source{}, &filter{}, &sink{}, w.probe()
		p, err := stage.StartProducer(ctx, from, stage.In(w.sys))
		require.NoError(t, err)
		pc, err := stage.StartProducerConsumer(ctx, between, stage.From(p, stage.OnCancel(stage.Temporary)), stage.In(w.sys))
		require.NoError(t, err)
		c, err := stage.StartConsumer(ctx, to, stage.From(pc, stage.OnCancel(stage.Temporary)), stage.In(w.sys))
		require.NoError(t, err)
		peer.watch(p.PID())
		peer.subscribe(p.PID())
		w.settle()
		cancel(cause)
		w.settle()
		for _, h := range []stage.Handle{p.Handle, pc.Handle, c.Handle} {
			assert.Equal(t, process.ShutdownWith(cause), h.Err())
			assert.ErrorIs(t, h.Err(), process.Shutdown)
			assert.ErrorIs(t, h.Err(), cause)
		}
		for _, lines := range [][]string{from.only("terminate"), between.only("terminate"), to.only("terminate")} {
			assert.Equal(t, []string{"terminate shutdown: the request is over"}, lines)
		}
		assert.Equal(t, []string{"down shutdown: the request is over"}, peer.take())
	})
}

func TestAStageEndsAtTheDeadlineOfItsContext(t *testing.T) {
	inWorld(t, func(w *world) {
		ctx, cancel := context.WithTimeout(background, time.Hour)
		defer cancel()
		started := time.Now()
		p, err := stage.StartProducer(ctx, &source{}, stage.In(w.sys))
		require.NoError(t, err)
		<-p.Done()
		assert.Equal(t, time.Hour, time.Since(started))
		assert.ErrorIs(t, p.Err(), context.DeadlineExceeded)
	})
}

func TestNothingStartsInAContextThatHasEnded(t *testing.T) {
	inWorld(t, func(w *world) {
		cause := errors.New("too late")
		ctx, cancel := context.WithCancelCause(background)
		cancel(cause)
		_, err := stage.StartProducer(ctx, &source{}, stage.In(w.sys))
		assert.ErrorIs(t, err, cause)
		_, err = stage.FromSeq(ctx, (&pulled{}).seq, stage.In(w.sys))
		assert.ErrorIs(t, err, cause)
		assert.Zero(t, w.sys.Count())
	})
}

// key is of a value in a context.
type key struct{}

func TestCallbacksSeeTheValuesOfTheContext(t *testing.T) {
	inWorld(t, func(w *world) {
		var seen []any
		from := &source{}
		from.onInit = func(ctx *stage.Context[int]) error { seen = append(seen, ctx.Context().Value(key{})); return nil }
		from.onInfo = func(ctx *stage.Context[int], _ any) error {
			seen = append(seen, ctx.Context().Value(key{}))
			return nil
		}
		p, err := stage.StartProducer(context.WithValue(background, key{}, "42"), from, stage.In(w.sys))
		require.NoError(t, err)
		w.Leave(p)
		stage.Info(p, "look")
		w.settle()
		assert.Equal(t, []any{"42", "42"}, seen)
	})
}

func TestTheContextOfACallbackEndsWithTheStage(t *testing.T) {
	oops := errors.New("oops")
	for name, c := range map[string]struct {
		end   func(p *stage.Producer[int], cancel context.CancelCauseFunc)
		cause error
	}{
		"kill":    {func(p *stage.Producer[int], _ context.CancelCauseFunc) { p.Kill() }, process.Killed},
		"exit":    {func(p *stage.Producer[int], _ context.CancelCauseFunc) { p.Process().Exit(oops) }, oops},
		"context": {func(_ *stage.Producer[int], cancel context.CancelCauseFunc) { cancel(oops) }, process.ShutdownWith(oops)},
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				ctx, cancel := context.WithCancelCause(background)
				defer cancel(nil)
				var cause error
				p, err := stage.StartProducer(ctx, &source{}, stage.In(w.sys))
				require.NoError(t, err)
				do(p, func(ctx *stage.Context[int]) error {
					<-ctx.Context().Done()
					cause = context.Cause(ctx.Context())
					return nil
				})
				w.settle()
				c.end(p, cancel)
				w.settle()
				assert.Equal(t, c.cause, cause)
				assert.Equal(t, c.cause, p.Err())
			})
		})
	}
}

func TestStopGivesUpWithItsContext(t *testing.T) {
	inWorld(t, func(w *world) {
		busy := newGate()
		p := w.producer(&source{})
		do(p, func(*stage.Context[int]) error { busy.Await(); return nil })
		ctx, cancel := context.WithTimeout(background, time.Second)
		defer cancel()
		assert.ErrorIs(t, p.Stop(ctx, nil), context.DeadlineExceeded)
		require.NoError(t, p.Err())
		busy.Open()
		w.settle()
		assert.Equal(t, process.Normal, p.Err(), "it goes on stopping")
	})
}

func TestALinkedStageSharesItsFate(t *testing.T) {
	oops := errors.New("oops")
	inWorld(t, func(w *world) {
		parent := w.probe()
		from := &source{}
		p := w.producer(from, stage.LinkTo(parent.self))
		parent.exit(oops)
		w.settle()
		assert.Equal(t, oops, p.Err())
		assert.Empty(t, from.take(), "Terminate is not called")
	})
	inWorld(t, func(w *world) {
		parent := w.probe()
		c := w.consumer(&sink{}, nil, stage.LinkTo(parent.self))
		do(c, func(*stage.Context[stage.None]) error { return oops })
		w.settle()
		assert.Equal(t, oops, parent.process.Err())
	})
}
