package benchmarks

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stagecraft-go/stagecraft/broadway"
	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/stage"
	"github.com/stagecraft-go/stagecraft/telemetry"
)

// tickets is a source of numbers up to a limit that counts acknowledgements.
type tickets struct {
	next, limit int
	acked       *atomic.Int64
}

func (t *tickets) HandleDemand(ctx *stage.Context[broadway.Message[int]], demand int) error {
	n := min(demand, t.limit-t.next)
	messages := ctx.Extend(n)
	for i := range messages {
		messages[i] = broadway.NewMessage(t.next, broadway.Acknowledger[int](t), t.next)
		t.next++
	}
	if t.next == t.limit && n > 0 {
		stage.AsyncInfo(ctx.Self(), done{})
	}
	return nil
}

type done struct{}

// HandleInfo ends the source, and with it the pipeline.
func (t *tickets) HandleInfo(*stage.Context[broadway.Message[int]], done) error {
	return process.Normal
}

func (t *tickets) Ack(_ context.Context, ok, failed []broadway.Receipt[int]) error {
	t.acked.Add(int64(len(ok) + len(failed)))
	return nil
}

// ingest runs n messages through a pipeline.
func ingest(b *testing.B, n, processors, maxDemand int, batchers []broadway.Batcher[int], changes ...func(*broadway.Config[int, int])) {
	var acked atomic.Int64
	config := broadway.Config[int, int]{
		Telemetry: new(telemetry.Hub),
		Producers: []broadway.Producer[int]{{Source: broadway.FromMessages(func(int) (stage.DemandHandler[broadway.Message[int]], error) {
			return &tickets{limit: n, acked: &acked}, nil
		}).Finite()}},
		Processors: broadway.Processors[int]{Concurrency: processors, MaxDemand: maxDemand},
		Handler: broadway.MessageFunc[int, int](func(_ context.Context, m *broadway.Message[int]) (int, error) {
			return m.Data + 1, nil
		}),
		Batchers: batchers,
	}
	for _, change := range changes {
		change(&config)
	}
	p, err := broadway.Start(context.Background(), config)
	if err != nil {
		b.Fatal(err)
	}
	if _, err := p.Wait(context.Background()); err != nil {
		b.Fatal(err)
	}
	if acked.Load() != int64(n) {
		b.Fatalf("%d of %d messages are acknowledged", acked.Load(), n)
	}
}

func noBatch(_ context.Context, batch *broadway.Batch[int]) ([]*broadway.Message[int], error) {
	return batch.Messages, nil
}

// BenchmarkIngest is the workload of bench/README.md: a counter, a handler that
// adds 1, an acknowledger that counts.
func BenchmarkIngest(b *testing.B) {
	for _, c := range []struct {
		name                  string
		processors, maxDemand int
	}{{"processors=2", 2, 10}, {"processors=10", 10, 10}, {"processors=2,max=100", 2, 100}} {
		b.Run("stagecraft/"+c.name, func(b *testing.B) {
			b.ReportAllocs()
			ingest(b, b.N, c.processors, c.maxDemand, nil)
		})
	}
	b.Run("goroutines", func(b *testing.B) { pool(b, b.N, 2, 1) })
	b.Run("goroutines/chunks", func(b *testing.B) { pool(b, b.N, 2, 5) })
}

// BenchmarkIngestBatch is the same with a batcher of 100.
func BenchmarkIngestBatch(b *testing.B) {
	for _, processors := range []int{2, 10} {
		b.Run(name("stagecraft/processors", processors), func(b *testing.B) {
			b.ReportAllocs()
			ingest(b, b.N, processors, 10, []broadway.Batcher[int]{{
				Handler: broadway.BatchFunc[int](noBatch), Size: 100, Concurrency: 2,
			}})
		})
	}
	b.Run("goroutines", func(b *testing.B) { batchPool(b, b.N, 2, 100) })
}

func name(text string, n int) string {
	return text + "=" + string(rune('0'+n/10)) + string(rune('0'+n%10))
}

type job struct {
	data  int
	acked *atomic.Int64
}

// pool is what one writes by hand: a channel, workers, an acknowledgement for
// each chunk.
func pool(b *testing.B, n, workers, chunk int) {
	b.ReportAllocs()
	var acked atomic.Int64
	if chunk == 1 {
		in := make(chan *job, 10*workers)
		var wg sync.WaitGroup
		for range workers {
			wg.Go(func() {
				for j := range in {
					j.data++
					j.acked.Add(1)
				}
			})
		}
		for i := range n {
			in <- &job{i, &acked}
		}
		close(in)
		wg.Wait()
	} else {
		in := make(chan []*job, 2*workers)
		var wg sync.WaitGroup
		for range workers {
			wg.Go(func() {
				for jobs := range in {
					for _, j := range jobs {
						j.data++
					}
					jobs[0].acked.Add(int64(len(jobs)))
				}
			})
		}
		for i := 0; i < n; i += chunk {
			jobs := make([]*job, 0, chunk)
			for k := i; k < min(i+chunk, n); k++ {
				jobs = append(jobs, &job{k, &acked})
			}
			in <- jobs
		}
		close(in)
		wg.Wait()
	}
	if acked.Load() != int64(n) {
		b.Fatal(acked.Load())
	}
}

// batchPool is workers, and a goroutine that collects batches for others.
func batchPool(b *testing.B, n, workers, size int) {
	b.ReportAllocs()
	var acked atomic.Int64
	in, out, batches := make(chan *job, 10*workers), make(chan *job, size), make(chan []*job, 2)
	var first, second sync.WaitGroup
	for range workers {
		first.Go(func() {
			for j := range in {
				j.data++
				out <- j
			}
		})
	}
	go func() {
		first.Wait()
		close(out)
	}()
	go func() {
		defer close(batches)
		batch := make([]*job, 0, size)
		tick := time.NewTicker(time.Second)
		defer tick.Stop()
		for {
			select {
			case j, ok := <-out:
				if !ok {
					if len(batch) > 0 {
						batches <- batch
					}
					return
				}
				if batch = append(batch, j); len(batch) == size {
					batches <- batch
					batch = make([]*job, 0, size)
				}
			case <-tick.C:
				if len(batch) > 0 {
					batches <- batch
					batch = make([]*job, 0, size)
				}
			}
		}
	}()
	for range 2 {
		second.Go(func() {
			for batch := range batches {
				batch[0].acked.Add(int64(len(batch)))
			}
		})
	}
	for i := range n {
		in <- &job{i, &acked}
	}
	close(in)
	second.Wait()
	if acked.Load() != int64(n) {
		b.Fatal(acked.Load())
	}
}
