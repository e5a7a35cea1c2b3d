package benchmarks

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/stagecraft-go/stagecraft/broadway"
	"github.com/stagecraft-go/stagecraft/stage"
	"github.com/stagecraft-go/stagecraft/telemetry"
)

// closedLoop is a source that emits its next message when the last one has been
// acknowledged.
type closedLoop struct {
	self    stage.Stage[broadway.Message[int]]
	left    int
	emitted time.Time
	took    []time.Duration
	end     chan struct{}
}

// next is told by the acknowledger.
type next struct{}

func (c *closedLoop) Init(ctx *stage.Context[broadway.Message[int]]) error {
	c.self = ctx.Self()
	return nil
}

func (c *closedLoop) HandleDemand(ctx *stage.Context[broadway.Message[int]], _ int) error {
	if c.emitted.IsZero() {
		c.emit(ctx)
	}
	return nil
}

func (c *closedLoop) HandleInfo(ctx *stage.Context[broadway.Message[int]], _ next) error {
	if c.left--; c.left == 0 {
		close(c.end)
	} else if c.left > 0 {
		c.emit(ctx)
	}
	return nil
}

func (c *closedLoop) emit(ctx *stage.Context[broadway.Message[int]]) {
	c.emitted = time.Now()
	ctx.Emit(broadway.NewMessage(c.left, broadway.Acknowledger[int](c), 0))
}

func (c *closedLoop) Ack(context.Context, []broadway.Receipt[int], []broadway.Receipt[int]) error {
	c.took = append(c.took, time.Since(c.emitted))
	stage.Info(c.self, next{})
	return nil
}

// BenchmarkLatency: one message at a time, from its emission to its
// acknowledgement.
func BenchmarkLatency(b *testing.B) {
	loop := func(b *testing.B, batchers []broadway.Batcher[int]) {
		c := &closedLoop{left: b.N, end: make(chan struct{})}
		p, err := broadway.Start(context.Background(), broadway.Config[int, int]{
			Telemetry: new(telemetry.Hub),
			Producers: []broadway.Producer[int]{{Source: broadway.FromMessages(
				func(int) (stage.DemandHandler[broadway.Message[int]], error) { return c, nil })}},
			Processors: broadway.Processors[int]{Concurrency: 2},
			Handler: broadway.MessageFunc[int, int](func(_ context.Context, m *broadway.Message[int]) (int, error) {
				return m.Data + 1, nil
			}),
			Batchers: batchers,
		})
		if err != nil {
			b.Fatal(err)
		}
		<-c.end
		if _, err := p.Stop(context.Background()); err != nil {
			b.Fatal(err)
		}
		slices.Sort(c.took)
		b.ReportMetric(float64(c.took[len(c.took)/2]), "p50-ns")
		b.ReportMetric(float64(c.took[len(c.took)*99/100]), "p99-ns")
	}
	b.Run("processors=2", func(b *testing.B) { loop(b, nil) })
	b.Run("batch of 1", func(b *testing.B) {
		loop(b, []broadway.Batcher[int]{{Handler: broadway.BatchFunc[int](noBatch), Size: 1, Concurrency: 2}})
	})
}

// BenchmarkPipelines: a pipeline is started and stopped.
func BenchmarkPipelines(b *testing.B) {
	for b.Loop() {
		p, err := broadway.Start(context.Background(), broadway.Config[int, int]{
			Telemetry: new(telemetry.Hub),
			Producers: []broadway.Producer[int]{{Source: broadway.FromChan(make(chan broadway.Message[int]))}},
			Handler: broadway.MessageFunc[int, int](func(_ context.Context, m *broadway.Message[int]) (int, error) {
				return m.Data, nil
			}),
			Batchers: []broadway.Batcher[int]{{Handler: broadway.BatchFunc[int](noBatch)}},
		})
		if err != nil {
			b.Fatal(err)
		}
		if _, err := p.Stop(context.Background()); err != nil {
			b.Fatal(err)
		}
	}
}
