package supervisor_test

import (
	"context"
	"flag"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/internal/leak"
	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/supervisor"
)

var stressTime = flag.Duration("supervisor.stress", 2*time.Second, "how long the stress test lets children crash")

// crowd are the processes that a start function has started, by place.
type crowd struct {
	living  []atomic.Pointer[process.Process]
	started atomic.Int64
}

func (c *crowd) spec(sys *process.System, place int) supervisor.Spec {
	return supervisor.Process("", func(ctx context.Context) (*process.Process, error) {
		p, err := sys.Start(ctx, &worker{})
		if err == nil {
			c.started.Add(1)
			c.living[place].Store(p)
		}
		return p, err
	})
}

// crash ends random processes in random ways.
func (c *crowd) crash(until <-chan time.Time) {
	for {
		select {
		case <-until:
			return
		default:
		}
		p := c.living[rand.IntN(len(c.living))].Load()
		if p.Err() != nil {
			runtime.Gosched() // the supervisor is on its way
			continue
		}
		if rand.IntN(2) == 0 {
			p.Send(quit{errBoom})
		} else {
			p.Kill()
		}
		<-p.Done()
	}
}

func TestTenThousandChildrenCrashAtRandom(t *testing.T) {
	leak.Check(t)
	const children = 10_000
	ctx := context.Background()
	sys := newSystem(t)
	var ended atomic.Int64
	d, err := supervisor.StartDynamic(ctx, supervisor.In(sys), supervisor.Intensity(1<<30, time.Nanosecond),
		supervisor.OnEvent(func(e supervisor.Event) {
			if e.Kind == supervisor.ChildTerminated || e.Kind == supervisor.ChildStopped {
				ended.Add(1)
			}
		}))
	require.NoError(t, err)
	c := &crowd{living: make([]atomic.Pointer[process.Process], children)}
	for place := range children {
		_, err := d.StartChild(ctx, c.spec(sys, place))
		require.NoError(t, err)
	}
	var crashers sync.WaitGroup
	for range 4 {
		until := time.After(*stressTime)
		crashers.Go(func() { c.crash(until) })
	}
	crashers.Wait()

	counts, err := d.CountChildren(ctx)
	require.NoError(t, err)
	require.Equal(t, supervisor.Counts{Specs: children, Active: children, Workers: children}, counts)
	require.Equal(t, children+1, sys.Count(), "no child is lost")
	require.Equal(t, c.started.Load()-children, ended.Load(), "no exit is lost")
	t.Logf("%d crashes", ended.Load())
	require.NoError(t, d.Stop(ctx, nil))
	require.Equal(t, c.started.Load(), ended.Load())
	require.Zero(t, sys.Count())
}
