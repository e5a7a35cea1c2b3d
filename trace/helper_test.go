package trace_test

import (
	"context"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/internal/testworld"
	"github.com/stagecraft-go/stagecraft/stage"
	"github.com/stagecraft-go/stagecraft/trace"
)

var background = context.Background()

// world is that of one test, in a bubble of synctest, with a recorder.
type world struct {
	*testworld.World
	rec *trace.Recorder
}

// inWorld runs a test in a bubble, where time stands still unless all sleep.
func inWorld(t *testing.T, test func(w *world), opts ...trace.Option) {
	t.Helper()
	testworld.In(t, func(w *testworld.World) {
		test(&world{World: w, rec: trace.New(opts...)})
	})
}

func (w *world) options(opts []stage.Option) []stage.Option {
	return append([]stage.Option{stage.In(w.System)}, opts...)
}

func (w *world) producer(b stage.DemandHandler[int], opts ...stage.Option) *stage.Producer[int] {
	w.Helper()
	p, err := stage.StartProducer(background, b, w.options(opts)...)
	require.NoError(w, err)
	w.Leave(p)
	return p
}

func (w *world) relay(b stage.EventsFunc[int, int], from stage.Sources[int], opts ...stage.Option) *stage.ProducerConsumer[int, int] {
	w.Helper()
	p, err := stage.StartProducerConsumer(background, b, from, w.options(opts)...)
	require.NoError(w, err)
	w.Leave(p)
	return p
}

func (w *world) consumer(b stage.EventsHandler[int, stage.None], from stage.Sources[int], opts ...stage.Option) *stage.Consumer[int] {
	w.Helper()
	c, err := stage.StartConsumer(background, b, from, w.options(opts)...)
	require.NoError(w, err)
	w.Leave(c)
	return c
}

func (w *world) settle() { synctest.Wait() }

func (w *world) stop(s interface {
	Stop(ctx context.Context, reason error) error
}) {
	w.Helper()
	require.NoError(w, s.Stop(background, nil))
}

// text is the timeline as it is printed.
func (w *world) text() string {
	w.Helper()
	return written(w, w.rec.WriteText)
}

// written is what one of the writers writes.
func written(t testing.TB, write func(w io.Writer) error) string {
	t.Helper()
	var text strings.Builder
	require.NoError(t, write(&text))
	return text.String()
}

// counting emits the numbers from 0, as many as are asked for.
func counting() stage.DemandHandler[int] { return pushing(1 << 62) }

// limited counts up to a last number.
type limited struct{ next, last int }

func pushing(last int) *limited { return &limited{last: last} }

func (c *limited) HandleDemand(ctx *stage.Context[int], demand int) error {
	for ; demand > 0 && c.next <= c.last; demand-- {
		ctx.Emit(c.next)
		c.next++
	}
	return nil
}

// HandleCast emits numbers that nobody has asked for.
func (c *limited) HandleCast(ctx *stage.Context[int], events []int) error {
	ctx.EmitAll(events)
	return nil
}

// printer takes a time for each batch, and leaves after some.
type printer struct {
	each    time.Duration
	batches int
	reason  error
	got     []int
}

func (p *printer) HandleEvents(_ *stage.Context[stage.None], events []int, _ stage.Subscription) error {
	time.Sleep(p.each)
	p.got = append(p.got, events...)
	if p.batches--; p.batches == 0 {
		return p.reason
	}
	return nil
}

func passOn(ctx *stage.Context[int], events []int, _ stage.Subscription) error {
	ctx.EmitAll(events)
	return nil
}
