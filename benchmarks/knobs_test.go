package benchmarks

import (
	"context"
	"crypto/sha256"
	"testing"
	"time"

	"github.com/stagecraft-go/stagecraft/broadway"
	"github.com/stagecraft-go/stagecraft/flow"
	"github.com/stagecraft-go/stagecraft/telemetry"
)

// The knobs of docs/tuning.md, one benchmark for each.

// BenchmarkKnobMaxDemand: how many messages a processor may have.
func BenchmarkKnobMaxDemand(b *testing.B) {
	each(b, "ingest", "max", []int{1, 2, 10, 100, 1000}, func(b *testing.B, maxDemand int) {
		ingest(b, b.N, 2, maxDemand, nil)
	})
}

// BenchmarkKnobConcurrency: processors whose handler waits a millisecond for
// somebody.
func BenchmarkKnobConcurrency(b *testing.B) {
	for _, maxDemand := range []int{2, 10} {
		each(b, name("max", maxDemand), "processors", []int{1, 10, 100, 1000}, func(b *testing.B, processors int) {
			ingest(b, b.N, processors, maxDemand, nil, func(c *broadway.Config[int, int]) {
				c.Handler = broadway.MessageFunc[int, int](func(_ context.Context, m *broadway.Message[int]) (int, error) {
					time.Sleep(time.Millisecond)
					return m.Data, nil
				})
			})
		})
	}
}

// BenchmarkKnobBatch: batches that take a millisecond each, whatever their size.
func BenchmarkKnobBatch(b *testing.B) {
	for _, concurrency := range []int{1, 8} {
		each(b, name("concurrency", concurrency), "size", []int{1, 10, 100, 1000}, func(b *testing.B, size int) {
			ingest(b, b.N, 2, 1000, []broadway.Batcher[int]{{
				Size: size, Concurrency: concurrency, Timeout: 50 * time.Millisecond,
				Handler: broadway.BatchFunc[int](func(_ context.Context, batch *broadway.Batch[int]) ([]*broadway.Message[int], error) {
					time.Sleep(time.Millisecond)
					return batch.Messages, nil
				}),
			}})
		})
	}
}

// BenchmarkKnobTelemetry: nobody listens, or one handler does, to one kind of
// event or to all.
func BenchmarkKnobTelemetry(b *testing.B) {
	listening := map[string]telemetry.Handler{
		"nobody": nil,
		"acks":   telemetry.On(func(context.Context, telemetry.Ack) {}),
		"all":    telemetry.HandlerFunc(func(context.Context, telemetry.Event) context.Context { return nil }),
	}
	for _, who := range []string{"nobody", "acks", "all"} {
		b.Run(who, func(b *testing.B) {
			hub := new(telemetry.Hub)
			if h := listening[who]; h != nil {
				if _, err := hub.Attach(who, h); err != nil {
					b.Fatal(err)
				}
			}
			ingest(b, b.N, 2, 10, nil, func(c *broadway.Config[int, int]) { c.Telemetry = hub })
		})
	}
}

// BenchmarkKnobStages: a flow that hashes blocks of 4 KB, in 1 to 16 stages.
func BenchmarkKnobStages(b *testing.B) {
	var block [4096]byte
	hash := func(n int) byte {
		data := block
		data[0] = byte(n)
		sum := sha256.Sum256(data[:])
		return sum[0] & 1
	}
	each(b, "hash", "stages", []int{1, 2, 4, 8, 16}, func(b *testing.B, stages int) {
		counted := flow.Reduce(flow.Map(flow.FromSeq(upTo(b.N), flow.Stages(stages), flow.MaxDemand(100)), hash), zero,
			func(n int, _ byte) int { return n + 1 })
		total := 0
		for n, err := range counted.State().All(b.Context()) {
			if err != nil {
				b.Fatal(err)
			}
			total += n
		}
		if total != b.N {
			b.Fatal(total)
		}
	})
}
