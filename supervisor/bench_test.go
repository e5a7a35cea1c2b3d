package supervisor_test

import (
	"context"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/stage"
	"github.com/stagecraft-go/stagecraft/supervisor"
)

// BenchmarkGoroutine starts a goroutine and joins it with a channel: what a
// child is compared with.
func BenchmarkGoroutine(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		done := make(chan struct{})
		go func() { close(done) }()
		<-done
	}
}

// BenchmarkConsumerSupervisor starts a child for each event, which ends at once.
func BenchmarkConsumerSupervisor(b *testing.B) {
	benchmarkChildren(b, func(context.Context) {})
}

// BenchmarkConsumerSupervisorContext has children that look at their context.
func BenchmarkConsumerSupervisorContext(b *testing.B) {
	benchmarkChildren(b, func(ctx context.Context) { _ = ctx.Done() })
}

func benchmarkChildren(b *testing.B, run func(ctx context.Context)) {
	const maxDemand = 1000
	ctx := context.Background()
	sys := newSystem(b)
	sent := 0
	source, err := stage.StartProducer(ctx, stage.ProducerFunc[int](func(ctx *stage.Context[int], demand int) error {
		for range min(demand, b.N-sent) {
			ctx.Emit(sent)
			sent++
		}
		return nil
	}), stage.In(sys), stage.Demand(stage.Accumulate))
	require.NoError(b, err)
	b.Cleanup(source.Process().Kill)
	var ended atomic.Int64
	all := make(chan struct{})
	cs, err := supervisor.StartConsumerSupervisor(ctx, supervisor.Each(func(ctx context.Context, _ int) error {
		run(ctx)
		if ended.Add(1) == int64(b.N) {
			close(all)
		}
		return nil
	}), stage.From[int](source, stage.MaxDemand(maxDemand)), supervisor.In(sys))
	require.NoError(b, err)
	b.Cleanup(cs.Kill)
	b.ReportAllocs()
	b.ResetTimer()
	source.SetDemand(stage.Forward)
	<-all
	b.StopTimer()
}

// BenchmarkDynamic starts a child by request and stops it.
func BenchmarkDynamic(b *testing.B) {
	ctx := context.Background()
	d, err := supervisor.StartDynamic(ctx, supervisor.In(newSystem(b)))
	require.NoError(b, err)
	b.Cleanup(d.Process().Kill)
	spec := supervisor.Func("f", func(ctx context.Context) error { <-ctx.Done(); return nil })
	b.ReportAllocs()
	for b.Loop() {
		child, err := d.StartChild(ctx, spec)
		if err != nil {
			b.Fatal(err)
		}
		if err := d.TerminateChild(ctx, child); err != nil {
			b.Fatal(err)
		}
	}
}
