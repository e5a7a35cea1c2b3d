package broadway_test

import (
	"context"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/broadway"
	"github.com/stagecraft-go/stagecraft/stage"
	"github.com/stagecraft-go/stagecraft/telemetry"
)

func TestACallbackCannotWaitForItsOwnPipeline(t *testing.T) {
	inWorld(t, func(w *world) {
		b := new(book)
		var p *broadway.Pipeline[int]
		results := make(chan error, 2)
		p = w.start(config{
			Producers: from(idle()),
			Handler: broadway.MessageFunc[int, int](func(ctx context.Context, m *broadway.Message[int]) (int, error) {
				_, err := p.Wait(ctx)
				results <- err
				results <- p.Drain(ctx)
				return m.Data, nil
			}),
		})
		w.push(p, b.message(1))
		assert.ErrorIs(w, <-results, broadway.ErrInside)
		assert.ErrorIs(w, <-results, broadway.ErrInside)
	})
}

// late is a source that works on a demand for a while.
type late struct{ b *book }

func (l *late) HandleDemand(ctx *stage.Context[message], demand int) error {
	time.Sleep(time.Second)
	for i := range demand {
		ctx.Emit(l.b.message(i))
	}
	return nil
}

func TestADrainWaitsForWhatASourceIsAboutToEmit(t *testing.T) {
	inWorld(t, func(w *world) {
		b := new(book)
		p := w.start(config{
			Producers: from(broadway.FromMessages(func(int) (stage.DemandHandler[message], error) { return &late{b}, nil })),
			Handler:   pass, Processors: one(10),
		})
		time.Sleep(time.Millisecond) // the source is at work
		require.NoError(w, p.Drain(background))
		handled := len(b.ok())
		assert.NotZero(w, handled)
		time.Sleep(time.Hour)
		assert.Len(w, b.ok(), handled)
	})
}

func TestAWorkerThatGoesAwayIsAnException(t *testing.T) {
	inWorld(t, func(w *world) {
		hub := new(telemetry.Hub)
		gone := make(chan telemetry.ProcessorException, 1)
		_, err := hub.Attach("gone", telemetry.On(func(_ context.Context, e telemetry.ProcessorException) { gone <- e }))
		require.NoError(w, err)
		b := new(book)
		p := w.start(config{
			Telemetry: hub, Producers: from(idle()), Processors: one(10),
			Handler: broadway.MessageFunc[int, int](func(context.Context, *broadway.Message[int]) (int, error) {
				runtime.Goexit()
				return 0, nil
			}),
		})
		w.push(p, b.message(1))
		e := <-gone
		assert.Equal(w, 1, e.Messages)
		assert.ErrorIs(w, e.Err, broadway.ErrWorkerDown)
	})
}
