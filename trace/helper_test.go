package trace_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/internal/leak"
	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/stage"
	"github.com/stagecraft-go/stagecraft/trace"
)

var background = context.Background()

// world is the process system of one test, in a bubble of synctest.
type world struct {
	*testing.T
	sys *process.System
	log *logBook
	rec *trace.Recorder
}

// inWorld runs a test in a bubble, where time stands still unless all sleep.
func inWorld(t *testing.T, test func(w *world), opts ...trace.Option) {
	t.Helper()
	leak.Check(t)
	synctest.Test(t, func(t *testing.T) {
		w := &world{T: t, log: new(logBook), rec: trace.New(opts...)}
		w.sys = process.NewSystem(process.WithLogger(slog.New(w.log)))
		t.Cleanup(func() {
			ctx, cancel := context.WithTimeout(background, time.Minute)
			defer cancel()
			assert.NoError(t, w.sys.Shutdown(ctx))
			synctest.Wait() // what was killed may be on its way out
			assert.Zero(t, w.sys.Abandoned(), "abandoned callbacks")
		})
		test(w)
	})
}

func (w *world) options(opts []stage.Option) []stage.Option {
	return append([]stage.Option{stage.In(w.sys)}, opts...)
}

func (w *world) producer(b stage.DemandHandler[int], opts ...stage.Option) *stage.Producer[int] {
	w.Helper()
	p, err := stage.StartProducer(background, b, w.options(opts)...)
	require.NoError(w, err)
	return p
}

func (w *world) relay(b stage.EventsFunc[int, int], from stage.Sources[int], opts ...stage.Option) *stage.ProducerConsumer[int, int] {
	w.Helper()
	p, err := stage.StartProducerConsumer(background, b, from, w.options(opts)...)
	require.NoError(w, err)
	return p
}

func (w *world) consumer(b stage.EventsHandler[int, stage.None], from stage.Sources[int], opts ...stage.Option) *stage.Consumer[int] {
	w.Helper()
	c, err := stage.StartConsumer(background, b, from, w.options(opts)...)
	require.NoError(w, err)
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

// logBook keeps what is logged at warning level and above.
type logBook struct {
	mu    sync.Mutex
	lines []string
}

func (b *logBook) Enabled(_ context.Context, l slog.Level) bool { return l >= slog.LevelWarn }
func (b *logBook) WithAttrs([]slog.Attr) slog.Handler           { return b }
func (b *logBook) WithGroup(string) slog.Handler                { return b }

func (b *logBook) Handle(_ context.Context, r slog.Record) error {
	line := r.Level.String() + " " + r.Message
	r.Attrs(func(a slog.Attr) bool {
		if a.Key == "value" {
			line += fmt.Sprint(" ", a.Value)
		}
		return true
	})
	b.mu.Lock()
	defer b.mu.Unlock()
	b.lines = append(b.lines, line)
	return nil
}

func (b *logBook) take() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	lines := b.lines
	b.lines = nil
	return lines
}
