package telemetry_test

import (
	"context"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/internal/leak"
	"github.com/stagecraft-go/stagecraft/telemetry"
)

func panics(context.Context, telemetry.Event) context.Context { panic(errBoom) }

func exits(context.Context, telemetry.Event) context.Context {
	runtime.Goexit()
	return nil
}

func TestHandlerThatPanicsIsDetachedForGood(t *testing.T) {
	log := captureLog(t)
	var h telemetry.Hub
	var n noter
	attach(t, &h, "before", n.handler("before"))
	attach(t, &h, "bad", panics)
	attach(t, &h, "after", n.handler("after"))

	require.Equal(t, bg, h.Emit(bg, begun{}))
	h.Emit(bg, done{})
	require.Equal(t, []string{"before", "after", "before", "after"}, n.journal)
	require.Equal(t, []string{"before", "after"}, h.Handlers())

	require.Equal(t, 1, strings.Count(log.String(), "level=ERROR"), log.String())
	for _, part := range []string{"handler=bad", "event=test.start", "value=boom", "telemetry_test.panics"} {
		require.Contains(t, log.String(), part)
	}
}

func TestContextSurvivesAPanic(t *testing.T) {
	captureLog(t)
	var h telemetry.Hub
	attach(t, &h, "good", func(ctx context.Context, _ telemetry.Event) context.Context {
		return context.WithValue(ctx, key("who"), "good")
	})
	attach(t, &h, "bad", panics)
	require.Equal(t, "good", h.Emit(bg, begun{}).Value(key("who")))
}

func TestHandlerThatEndsItsGoroutineIsDetached(t *testing.T) {
	leak.Check(t)
	log := captureLog(t)
	var h telemetry.Hub
	var n noter
	attach(t, &h, "bad", exits)
	attach(t, &h, "after", n.handler("after"))
	for range 2 {
		var wg sync.WaitGroup
		wg.Go(func() { h.Emit(bg, done{}) })
		wg.Wait()
	}
	require.Equal(t, []string{"after", "after"}, n.journal)
	require.Equal(t, []string{"after"}, h.Handlers())
	require.Equal(t, 1, strings.Count(log.String(), "level=ERROR"), log.String())
	require.Contains(t, log.String(), "value=runtime.Goexit")
}

func TestPanicsAtTheSameTimeAreLoggedOnce(t *testing.T) {
	const emitters = 8
	log := captureLog(t)
	var h telemetry.Hub
	var together sync.WaitGroup
	together.Add(emitters)
	attach(t, &h, "bad", func(context.Context, telemetry.Event) context.Context {
		together.Done()
		together.Wait()
		panic(errBoom)
	})
	var wg sync.WaitGroup
	for range emitters {
		wg.Go(func() { h.Emit(bg, done{}) })
	}
	wg.Wait()
	require.Equal(t, 1, strings.Count(log.String(), "level=ERROR"), log.String())
	require.False(t, h.Active())
}

func TestAttachingAndDetachingWhileEventsAreEmitted(t *testing.T) {
	leak.Check(t)
	var h telemetry.Hub
	var heard atomic.Int64
	attach(t, &h, "stays", func(context.Context, telemetry.Event) context.Context {
		heard.Add(1)
		return nil
	})

	var emitters, changers sync.WaitGroup
	stop := make(chan struct{})
	for _, name := range []string{"a", "b", "c"} {
		changers.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				detach, err := h.Attach(name, telemetry.On(func(context.Context, done) {}))
				if err == nil {
					detach()
					detach()
				}
			}
		})
	}
	for range 3 {
		emitters.Go(func() {
			for range 5_000 {
				h.Emit(bg, done{})
			}
		})
	}
	emitters.Wait()
	close(stop)
	changers.Wait()
	require.EqualValues(t, 15_000, heard.Load())
	require.Equal(t, []string{"stays"}, h.Handlers())
}
