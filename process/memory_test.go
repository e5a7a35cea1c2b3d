package process_test

import (
	"context"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/internal/leak"
	"github.com/stagecraft-go/stagecraft/process"
)

func TestAnIdleProcessIsSmall(t *testing.T) {
	leak.Check(t)
	bytes := idleBytes(t, 100_000)
	t.Logf("%.0f bytes per process", bytes)
	require.Less(t, bytes, 1300.0)
}

func TestAMailboxShrinksAfterABurst(t *testing.T) {
	const burst = 1_000_000
	sys := newSystem(t)
	handled, done := 0, make(chan struct{})
	open := make(chan struct{})
	p := start(t, sys, &script{handle: func(*process.Self, any) error {
		if handled++; handled == 1 {
			<-open
		}
		if handled == burst {
			close(done)
		}
		return nil
	}})
	before := heap()
	for range burst {
		p.Send(struct{}{})
	}
	require.InDelta(t, burst, p.QueueLen(), 1)
	require.Greater(t, heap(), before+burst*16)
	close(open)
	receive(t, done)
	require.NoError(t, p.Inspect(context.Background(), func() {}))
	require.Less(t, heap(), before+1<<20)
	runtime.KeepAlive(p)
}

// idleBytes starts n processes and returns what each one costs.
func idleBytes(t testing.TB, n int) float64 {
	sys := process.NewSystem()
	defer func() { require.NoError(t, sys.Shutdown(context.Background())) }()
	before := heap()
	for range n {
		start(t, sys, &script{})
	}
	return float64(heap()-before) / float64(n)
}

func heap() uint64 {
	var stats runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&stats)
	return stats.HeapAlloc + stats.StackInuse
}
