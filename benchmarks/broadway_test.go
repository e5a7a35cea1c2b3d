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

// configs are those of the pipelines that are measured.
var configs = []struct {
	name                  string
	processors, maxDemand int
}{{"processors=2", 2, 10}, {"processors=10", 10, 10}, {"processors=2,max=100", 2, 100}}

// BenchmarkIngest is the workload of bench/README.md: a counter, a handler that
// adds 1, an acknowledger that counts.
func BenchmarkIngest(b *testing.B) {
	for _, c := range configs {
		b.Run("stagecraft/"+c.name, func(b *testing.B) {
			b.ReportAllocs()
			ingest(b, b.N, c.processors, c.maxDemand, nil)
		})
	}
	b.Run("goroutines", func(b *testing.B) { pool(b, b.N, 2, 10) })
	b.Run("goroutines/max=100", func(b *testing.B) { pool(b, b.N, 2, 100) })
	b.Run("goroutines/chunks", func(b *testing.B) { chunkPool(b, b.N, 2, 10) })
	b.Run("goroutines/chunks,max=100", func(b *testing.B) { chunkPool(b, b.N, 2, 100) })
}

// BenchmarkIngestBatch is the same with a batcher of 100.
func BenchmarkIngestBatch(b *testing.B) {
	for _, c := range configs {
		b.Run("stagecraft/"+c.name, func(b *testing.B) {
			b.ReportAllocs()
			ingest(b, b.N, c.processors, c.maxDemand, []broadway.Batcher[int]{{
				Handler: broadway.BatchFunc[int](noBatch), Size: 100, Concurrency: 2,
			}})
		})
	}
	b.Run("goroutines", func(b *testing.B) { batchPool(b, b.N, 2, 10, 100) })
	b.Run("goroutines/max=100", func(b *testing.B) { batchPool(b, b.N, 2, 100, 100) })
}

func name(text string, n int) string {
	return text + "=" + string(rune('0'+n/10)) + string(rune('0'+n%10))
}

// job is a message of those who write everything by hand.
type job struct {
	data, id int
	from     acknowledger
	err      error
}

// acknowledger hears once for each chunk what became of its jobs, as that of a
// pipeline does.
type acknowledger interface {
	Ack(ctx context.Context, ok, failed []int) error
}

type ackCounter struct{ acked atomic.Int64 }

func (c *ackCounter) Ack(_ context.Context, ok, failed []int) error {
	c.acked.Add(int64(len(ok) + len(failed)))
	return nil
}

// crew is a worker of those.
type crew struct {
	handle     func(ctx context.Context, j *job) (int, error)
	ok, failed []int // used again
}

func newCrew() *crew {
	return &crew{handle: func(_ context.Context, j *job) (int, error) { return j.data + 1, nil }}
}

// work handles a chunk and acknowledges it.
func (c *crew) work(chunk []*job) {
	ctx := context.Background()
	c.ok, c.failed = c.ok[:0], c.failed[:0]
	for _, j := range chunk {
		if j.data, j.err = c.handle(ctx, j); j.err != nil {
			c.failed = append(c.failed, j.id)
		} else {
			c.ok = append(c.ok, j.id)
		}
	}
	_ = chunk[0].from.Ack(ctx, c.ok, c.failed)
}

// pool is what one writes by hand: a channel with as much room as a pipeline has
// in flight, workers that take what there is, up to half of what one of a pipeline
// asks for, and acknowledge it together.
func pool(b *testing.B, n, workers, maxDemand int) {
	b.ReportAllocs()
	counter := new(ackCounter)
	most := maxDemand / 2
	in := make(chan *job, maxDemand*workers)
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			c, chunk := newCrew(), make([]*job, 0, most)
			for j := range in {
				chunk = append(chunk[:0], j)
				for more := true; more && len(chunk) < most; {
					select {
					case j, ok := <-in:
						if more = ok; ok {
							chunk = append(chunk, j)
						}
					default:
						more = false
					}
				}
				c.work(chunk)
			}
		})
	}
	for i := range n {
		in <- &job{data: i, id: i, from: counter}
	}
	close(in)
	wg.Wait()
	counter.check(b, n)
}

// chunkPool is the same with a channel of lists.
func chunkPool(b *testing.B, n, workers, maxDemand int) {
	b.ReportAllocs()
	counter := new(ackCounter)
	size := maxDemand / 2
	in := make(chan []*job, 2*workers)
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			c := newCrew()
			for chunk := range in {
				c.work(chunk)
			}
		})
	}
	for i := 0; i < n; i += size {
		chunk := make([]*job, 0, size)
		for k := i; k < min(i+size, n); k++ {
			chunk = append(chunk, &job{data: k, id: k, from: counter})
		}
		in <- chunk
	}
	close(in)
	wg.Wait()
	counter.check(b, n)
}

func (c *ackCounter) check(b *testing.B, n int) {
	if acked := c.acked.Load(); acked != int64(n) {
		b.Fatalf("%d of %d messages are acknowledged", acked, n)
	}
}

// batchPool is workers, and a goroutine that collects batches for others.
func batchPool(b *testing.B, n, workers, maxDemand, size int) {
	b.ReportAllocs()
	counter := new(ackCounter)
	in, out, batches := make(chan *job, maxDemand*workers), make(chan *job, size), make(chan []*job, 2)
	var first, second sync.WaitGroup
	for range workers {
		first.Go(func() {
			c := newCrew()
			for j := range in {
				if j.data, j.err = c.handle(context.Background(), j); j.err == nil {
					out <- j
				}
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
			var ids []int
			for batch := range batches {
				ids = ids[:0]
				for _, j := range batch {
					ids = append(ids, j.id)
				}
				_ = batch[0].from.Ack(context.Background(), ids, nil)
			}
		})
	}
	for i := range n {
		in <- &job{data: i, id: i, from: counter}
	}
	close(in)
	second.Wait()
	counter.check(b, n)
}
