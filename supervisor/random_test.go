package supervisor_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

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

// victim is a supervisor to meddle with.
type victim interface {
	Process() *process.Process
	Done() <-chan struct{}
	Err() error
	Stop(ctx context.Context, reason error) error
}

// strike ends a random child in some way.
func (n *nursery) strike() {
	if p := n.some(); p != nil && rand.IntN(2) == 0 {
		p.Kill()
	} else if p != nil {
		p.Send(quit{errBoom})
	}
}

// meddle does random things to a supervisor and its children.
func (n *nursery) meddle(sup victim, times int) {
	ctx := context.Background()
	for range times {
		if rand.IntN(3) == 0 {
			n.strike()
			continue
		}
		switch sup := sup.(type) {
		case *supervisor.Supervisor:
			n.meddleStatic(ctx, sup)
		case *supervisor.Dynamic:
			n.meddleDynamic(ctx, sup)
		case *supervisor.ConsumerSupervisor[int]:
			n.meddleConsumer(ctx, sup)
		}
	}
}

func (n *nursery) meddleStatic(ctx context.Context, sup *supervisor.Supervisor) {
	id := fmt.Sprint(rand.IntN(6))
	switch rand.IntN(5) {
	case 0:
		sup.StartChild(ctx, n.spec(id))
	case 1:
		sup.TerminateChild(ctx, id)
	case 2:
		sup.RestartChild(ctx, id)
	case 3:
		sup.DeleteChild(ctx, id)
	default:
		sup.WhichChildren(ctx)
	}
}

func (n *nursery) meddleDynamic(ctx context.Context, sup *supervisor.Dynamic) {
	switch p := n.some(); {
	case p == nil || rand.IntN(2) == 0:
		sup.StartChild(ctx, n.spec(""))
	case rand.IntN(2) == 0:
		sup.TerminateChild(ctx, supervisor.Wrap(p))
	default:
		sup.WhichChildren(ctx)
	}
}

func (n *nursery) meddleConsumer(ctx context.Context, sup *supervisor.ConsumerSupervisor[int]) {
	child, _ := sup.StartChild(ctx, rand.IntN(4))
	if child != nil && rand.IntN(3) == 0 {
		sup.TerminateChild(ctx, child)
	}
}

// static is a supervisor with one below it; nil if it could not start.
func (n *nursery) static(ctx context.Context) (victim, error) {
	return supervisor.Start(ctx, []supervisor.Spec{
		n.spec("0"), supervisor.Tree("1", n.options(supervisor.Strategy(someStrategy())), n.spec("x"), n.spec("y")), n.spec("2"),
	}, n.options(supervisor.Strategy(someStrategy()))...)
}

func (n *nursery) dynamic(ctx context.Context) (victim, error) {
	return supervisor.StartDynamic(ctx, n.options()...)
}

// consumer has children that are processes and others that are tasks.
func (n *nursery) consumer(ctx context.Context) (victim, error) {
	tasks := supervisor.Each(func(ctx context.Context, event int) error {
		if event > 0 {
			return errBoom
		}
		<-ctx.Done()
		return nil
	})
	spec := supervisor.EventSpec[int]{
		Restart: supervisor.Transient, Shutdown: supervisor.After(time.Millisecond),
		Start: func(ctx context.Context, event int) (supervisor.Child, error) {
			if event < 2 {
				return tasks.Start(ctx, event)
			}
			p, err := n.start(ctx)
			if err != nil {
				return nil, err
			}
			return supervisor.Wrap(p), nil
		},
	}
	return supervisor.StartConsumerSupervisor(ctx, spec, nil, n.options()...)
}

func (n *nursery) options(more ...supervisor.Option) []supervisor.Option {
	return append(more, supervisor.In(n.sys), supervisor.Intensity(100, time.Hour))
}

func someStrategy() supervisor.StrategyKind { return supervisor.StrategyKind(1 + rand.IntN(3)) }

// No supervisor outlives or loses a child, however it ends and whatever happens
// meanwhile: all that was started has ended in the end.
func TestRandomInterleavings(t *testing.T) {
	for name, start := range map[string]func(*nursery, context.Context) (victim, error){
		"static": (*nursery).static, "dynamic": (*nursery).dynamic, "consumer": (*nursery).consumer,
	} {
		t.Run(name, func(t *testing.T) {
			for range 50 {
				inBubble(t, func(t *testing.T) { interleave(t, start) })
			}
		})
	}
}

func interleave(t *testing.T, start func(*nursery, context.Context) (victim, error)) {
	n := &nursery{sys: newSystem(t)}
	defer n.requireSilence(t)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	sup, err := start(n, ctx)
	if err != nil {
		return
	}
	var meddlers sync.WaitGroup
	for range 3 {
		meddlers.Go(func() { n.meddle(sup, 40) })
	}
	ends := []func(){cancel, sup.Process().Kill, func() { sup.Stop(context.Background(), errBoom) }}
	meddlers.Go(func() {
		n.meddle(sup, rand.IntN(40))
		ends[rand.IntN(len(ends))]()
	})
	meddlers.Wait()
	cancel()
	<-sup.Done()
	if sup.Err() != process.Killed {
		n.requireEnded(t)
	}
}

// requireEnded is for the moment when the supervisor has ended. A child whose
// notice the supervisor has taken may still be about to close Done; but the
// system does not know it any more.
func (n *nursery) requireEnded(t *testing.T) {
	t.Helper()
	require.Zero(t, n.sys.Count(), "the supervisor did not wait for its child")
}

// requireSilence waits for the end of all. Deaf ones may be orphans: nobody but
// the test kills those.
func (n *nursery) requireSilence(t *testing.T) {
	t.Helper()
	time.Sleep(time.Minute)
	n.mu.Lock() // a killed supervisor may have been starting one
	for _, p := range n.deaf {
		p.Kill()
	}
	n.mu.Unlock()
	time.Sleep(time.Minute)
	require.Zero(t, n.sys.Count(), "a child was lost")
}
