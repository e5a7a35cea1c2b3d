package supervisor_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/internal/leak"
	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/supervisor"
)

// nursery starts children that come to all sorts of ends.
type nursery struct {
	sys  *process.System
	mu   sync.Mutex
	all  []*process.Process
	deaf []*process.Process // to all but a kill
}

func (n *nursery) start(ctx context.Context) (*process.Process, error) {
	switch rand.IntN(12) {
	case 0:
		return nil, errBoom
	case 1:
		return nil, process.Ignore
	case 2:
		panic("start")
	}
	w := &worker{trap: rand.IntN(2) == 0, stubborn: rand.IntN(20) == 0}
	p, err := n.sys.Start(ctx, w)
	if err == nil {
		n.mu.Lock()
		n.all = append(n.all, p)
		if w.stubborn {
			n.deaf = append(n.deaf, p)
		}
		n.mu.Unlock()
		if rand.IntN(8) == 0 {
			p.Send(quit{errDead})
		}
	}
	return p, err
}

func (n *nursery) spec(id string) supervisor.Spec {
	spec := supervisor.Process(id, n.start)
	spec.Restart = supervisor.Restart(1 + rand.IntN(3))
	spec.Shutdown = supervisor.After(time.Millisecond)
	if rand.IntN(4) == 0 {
		spec.Shutdown = supervisor.BrutalKill()
	}
	return spec
}

// some is one of the processes, or nil.
func (n *nursery) some() *process.Process {
	n.mu.Lock()
	defer n.mu.Unlock()
	if len(n.all) == 0 {
		return nil
	}
	return n.all[rand.IntN(len(n.all))]
}

// meddle does random things to a supervisor and its children.
func (n *nursery) meddle(sup *supervisor.Supervisor) {
	ctx := context.Background()
	for range 30 {
		id := fmt.Sprint(rand.IntN(6))
		switch rand.IntN(7) {
		case 0:
			sup.StartChild(ctx, n.spec(id))
		case 1:
			sup.TerminateChild(ctx, id)
		case 2:
			sup.RestartChild(ctx, id)
		case 3:
			sup.DeleteChild(ctx, id)
		case 4:
			sup.WhichChildren(ctx)
		default:
			if p := n.some(); p != nil && rand.IntN(2) == 0 {
				p.Kill()
			} else if p != nil {
				p.Send(quit{errBoom})
			}
		}
	}
}

// No supervisor outlives or loses a child, however it ends and whatever happens
// meanwhile: all that was started has ended in the end.
func TestRandomInterleavings(t *testing.T) {
	leak.Check(t)
	for range 100 {
		n := &nursery{sys: newSystem(t)}
		ctx, cancel := context.WithCancel(context.Background())
		sup := n.tree(ctx)
		if sup == nil {
			cancel()
			n.requireSilence(t)
			continue
		}
		var meddlers sync.WaitGroup
		for range 3 {
			meddlers.Go(func() { n.meddle(sup) })
		}
		ends := []func(){cancel, sup.Process().Kill, func() { sup.Stop(context.Background(), errBoom) }}
		meddlers.Go(ends[rand.IntN(len(ends))])
		meddlers.Wait()
		cancel()
		<-sup.Done()
		n.requireSilence(t)
	}
}

// tree starts a supervisor with a nested one; nil if that failed.
func (n *nursery) tree(ctx context.Context) *supervisor.Supervisor {
	opts := func() []supervisor.Option {
		return []supervisor.Option{
			supervisor.In(n.sys), supervisor.Intensity(20, time.Hour), supervisor.Strategy(supervisor.StrategyKind(1 + rand.IntN(3))),
		}
	}
	sup, err := supervisor.Start(ctx, []supervisor.Spec{
		n.spec("0"), supervisor.Tree("1", opts(), n.spec("x"), n.spec("y")), n.spec("2"),
	}, opts()...)
	if err != nil {
		return nil
	}
	return sup
}

// requireSilence waits for the end of all. Deaf ones may be orphans: nobody but
// the test kills those.
func (n *nursery) requireSilence(t *testing.T) {
	t.Helper()
	require.Eventually(t, func() bool {
		n.mu.Lock()
		defer n.mu.Unlock()
		for _, p := range n.deaf {
			p.Kill()
		}
		return n.sys.Count() == 0
	}, 10*time.Second, time.Millisecond, "a child was lost")
}
