package supervisor_test

import (
	"bytes"
	"context"
	"log/slog"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/internal/leak"
	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/stage"
	"github.com/stagecraft-go/stagecraft/supervisor"
)

// source is a producer that notes what it is asked for and emits what the test
// sends.
type source struct {
	*stage.Producer[int]
	mu   sync.Mutex
	asks []int
}

func newSource(t testing.TB, sys *process.System) *source {
	s := &source{}
	p, err := stage.StartProducer(context.Background(), &sourceBehaviour{s}, stage.In(sys))
	require.NoError(t, err)
	t.Cleanup(p.Process().Kill)
	s.Producer = p
	return s
}

type sourceBehaviour struct{ source *source }

func (b *sourceBehaviour) HandleDemand(_ *stage.Context[int], demand int) error {
	b.source.mu.Lock()
	defer b.source.mu.Unlock()
	b.source.asks = append(b.source.asks, demand)
	return nil
}

func (b *sourceBehaviour) HandleCast(ctx *stage.Context[int], events []int) error {
	ctx.EmitAll(events)
	return nil
}

func (s *source) emit(events ...int) { stage.Cast(s.Producer, events) }

// asked is what was asked for since the last call.
func (s *source) asked() []int {
	s.mu.Lock()
	defer s.mu.Unlock()
	asks := s.asks
	s.asks = nil
	return asks
}

// consumerRig is a ConsumerSupervisor whose children do what the test says.
type consumerRig struct {
	*rig
	*source
	cs   *supervisor.ConsumerSupervisor[int]
	quit map[int]chan error // by event
}

func newConsumer(t *testing.T, kind supervisor.Restart, options []stage.SubscribeOption, opts ...supervisor.Option) *consumerRig {
	r := &consumerRig{rig: newRig(t), quit: make(map[int]chan error)}
	r.source = newSource(t, r.sys)
	for event := range 20 {
		r.quit[event] = make(chan error)
	}
	spec := supervisor.Each(func(ctx context.Context, event int) error {
		select {
		case err := <-r.quit[event]:
			return err
		case <-ctx.Done():
			return ctx.Err()
		}
	})
	spec.Restart = kind
	var err error
	r.cs, err = supervisor.StartConsumerSupervisor(r.ctx, spec, stage.From[int](r.source, options...), append(r.rig.options(), opts...)...)
	require.NoError(t, err)
	t.Cleanup(r.cs.Kill)
	synctest.Wait()
	return r
}

// finish ends the child of an event.
func (r *consumerRig) finish(event int, reason error) {
	r.quit[event] <- reason
	synctest.Wait()
}

func (r *consumerRig) count() supervisor.Counts {
	counts, err := r.cs.CountChildren(r.ctx)
	require.NoError(r.t, err)
	return counts
}

func demand(minimum, maximum int) []stage.SubscribeOption {
	return []stage.SubscribeOption{stage.MinDemand(minimum), stage.MaxDemand(maximum)}
}

func TestOneChildPerEventBoundedByDemand(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		r := newConsumer(t, 0, demand(2, 4))
		require.Equal(t, []int{4}, r.asked())
		r.emit(1, 2, 3, 4, 5, 6)
		synctest.Wait()
		require.Equal(t, supervisor.Counts{Specs: 1, Active: 4, Workers: 4}, r.count())
		r.finish(1, nil)
		require.Empty(t, r.asked())
		r.finish(3, errBoom) // temporary: done, too
		synctest.Wait()
		require.Equal(t, 4, r.count().Active, "two more came from the buffer of the source")
		r.finish(2, nil)
		r.finish(4, nil)
		require.Equal(t, []int{2}, r.asked())
	})
}

// A source that sends more than was asked for is reported as long as too many
// children run.
func TestExcessEventsAreReported(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		var log bytes.Buffer
		sys := process.NewSystem(process.WithLogger(slog.New(slog.NewTextHandler(&log, nil))))
		ctx := context.Background()
		quit := make(chan error)
		cs, err := supervisor.StartConsumerSupervisor(ctx,
			supervisor.Each(func(context.Context, int) error { return <-quit }), nil, supervisor.In(sys))
		require.NoError(t, err)
		source := newSource(t, sys)
		sub, err := stage.SyncSubscribe(ctx, cs, stage.Source[int](source), demand(0, 2)...)
		require.NoError(t, err)
		cs.Process().Send(&stage.Events[int]{From: source.PID(), Ref: sub.Ref(), Events: []int{1, 2, 3, 4}})
		for range 4 {
			quit <- nil
			synctest.Wait()
		}
		require.NoError(t, sys.Shutdown(ctx))
		require.Equal(t, 2, strings.Count(log.String(), "excess=2"), "as they come, and at the first end")
		require.Equal(t, 1, strings.Count(log.String(), "excess=1"))
		require.Equal(t, 3, strings.Count(log.String(), "ref="+sub.Ref().String()))
	})
}

func TestConcurrencyOfSeveralSourcesIsTheSum(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		r := newConsumer(t, 0, demand(0, 1))
		other := newSource(t, r.sys)
		_, err := stage.SyncSubscribe(r.ctx, r.cs, other, demand(1, 2)...)
		require.NoError(t, err)
		r.emit(1, 2)
		other.emit(11, 12, 13)
		synctest.Wait()
		require.Equal(t, 3, r.count().Active)
		require.NoError(t, other.Stop(r.ctx, nil))
	})
}

func TestStartsThatFailOrDeclineCountAsDone(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		r := newRig(t)
		source := newSource(t, r.sys)
		cs, err := supervisor.StartConsumerSupervisor(r.ctx, supervisor.EventSpec[int]{
			Start: func(ctx context.Context, event int) (supervisor.Child, error) {
				switch event {
				case 1:
					return nil, errBoom
				case 2:
					return nil, process.Ignore
				case 3:
					panic("oh")
				}
				p, err := r.sys.Start(ctx, &worker{})
				return supervisor.Wrap(p), err
			},
		}, stage.From[int](source, demand(3, 5)...), r.options()...)
		require.NoError(t, err)
		t.Cleanup(cs.Kill)
		source.emit(1, 2, 3, 4)
		synctest.Wait()
		require.Equal(t, []int{5, 3}, source.asked())
		require.Equal(t, []string{"start_error event: boom", "start_error event: panic: oh", "child_started event"}, r.take())
	})
}

func TestTransientChildKeepsItsPlace(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		r := newConsumer(t, supervisor.Transient, demand(0, 2), supervisor.Intensity(2, time.Hour))
		r.asked()
		r.emit(1, 2)
		synctest.Wait()
		r.finish(1, errBoom)
		require.Equal(t, 2, r.count().Active)
		require.Empty(t, r.asked())
		r.finish(1, nil) // the same event again
		require.Equal(t, []int{1}, r.asked())
		r.finish(2, errBoom)
		require.Nil(t, r.cs.Err())
		r.finish(2, errBoom)
		require.Equal(t, process.Shutdown, r.cs.Err())
	})
}

func TestConsumerSupervisorRequests(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		r := newConsumer(t, 0, demand(0, 2))
		r.asked()
		child, err := r.cs.StartChild(r.ctx, 7)
		require.NoError(t, err)
		r.emit(1)
		synctest.Wait()
		infos, err := r.cs.WhichChildren(r.ctx)
		require.NoError(t, err)
		require.Len(t, infos, 2)
		require.Same(t, child, infos[0].Child)
		require.NoError(t, r.cs.TerminateChild(r.ctx, child))
		require.ErrorIs(t, r.cs.TerminateChild(r.ctx, child), supervisor.ErrNotFound)
		synctest.Wait()
		require.Empty(t, r.asked(), "it was no demand of the source")
		require.NoError(t, r.cs.TerminateChild(r.ctx, infos[1].Child))
		synctest.Wait()
		require.Equal(t, []int{1}, r.asked())
		r.cs.Process().Send("what?")
		synctest.Wait()
		require.Contains(t, r.take(), "unexpected_message ")
	})
}

// When the source goes the children stay; when the supervisor goes they stop.
func TestSourceGone(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		r := newConsumer(t, 0, append(demand(0, 4), stage.OnCancel(stage.Temporary)))
		r.emit(1, 2)
		synctest.Wait()
		require.NoError(t, r.source.Stop(r.ctx, nil))
		synctest.Wait()
		require.Equal(t, 2, r.count().Active)
		r.finish(1, nil)
		require.Equal(t, 1, r.count().Active)
		r.take()
		require.NoError(t, r.cs.Stop(r.ctx, nil))
		require.Equal(t, []string{"child_stopped event: shutdown"}, r.take())
	})
}

func TestConsumerSupervisorStopsItsChildrenTogether(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		r := newRig(t)
		source := newSource(t, r.sys)
		free := make(chan struct{})
		spec := supervisor.Each(func(context.Context, int) error { <-free; return nil })
		spec.Shutdown = supervisor.After(time.Second)
		cs, err := supervisor.StartConsumerSupervisor(r.ctx, spec, stage.From[int](source), r.options()...)
		require.NoError(t, err)
		source.emit(1, 2, 3, 4, 5)
		synctest.Wait()
		begin := time.Now()
		require.NoError(t, cs.Stop(r.ctx, nil))
		require.Equal(t, time.Second, time.Since(begin))
		require.Equal(t, 5, r.sys.Abandoned())
		close(free)
		synctest.Wait()
		require.Zero(t, r.sys.Abandoned())
	})
}

func TestKilledConsumerSupervisorCancelsItsTasks(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		r := newConsumer(t, 0, nil)
		r.emit(1, 2)
		synctest.Wait()
		child, err := r.cs.StartChild(r.ctx, 3)
		require.NoError(t, err)
		r.cs.Kill()
		task := child.(*supervisor.Task)
		<-task.Done()
		require.Equal(t, process.Killed, task.Err())
	})
}

func TestConsumerSupervisorInATree(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		r := newRig(t)
		src := newSource(t, r.sys)
		r.start([]supervisor.Spec{{ID: "cs", Type: supervisor.TypeSupervisor, Start: func(ctx context.Context) (supervisor.Child, error) {
			return supervisor.StartConsumerSupervisor(ctx, supervisor.Each(func(ctx context.Context, _ int) error {
				<-ctx.Done()
				return nil
			}), stage.From[int](src), supervisor.Name("cs"), supervisor.OnEvent(r.note))
		}}})
		src.emit(1)
		synctest.Wait()
		tree, err := r.sup.Tree(r.ctx)
		require.NoError(t, err)
		require.Len(t, tree.Children[0].Children, 1)
		r.take()
		require.NoError(t, r.sup.Stop(r.ctx, nil))
		require.Equal(t, []string{"child_stopped event: shutdown", "child_stopped cs: shutdown"}, r.take())
	})
}

func TestConsumerSupervisorRefusesBadSpecs(t *testing.T) {
	leak.Check(t)
	good := supervisor.Each(func(context.Context, int) error { return nil })
	permanent := good
	permanent.Restart = supervisor.Permanent
	_, err := supervisor.StartConsumerSupervisor(context.Background(), permanent, nil)
	requireFault(t, err, supervisor.InvalidRestart, "event")
	_, err = supervisor.StartConsumerSupervisor(context.Background(), supervisor.Each[int](nil), nil)
	requireFault(t, err, supervisor.NilStart, "event")
	_, err = supervisor.StartConsumerSupervisor(context.Background(), good, nil, supervisor.Strategy(supervisor.OneForAll))
	requireFault(t, err, supervisor.InvalidOption, "")
}

// A task ends in every way that a function can.
func TestTaskEnds(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		r := newRig(t)
		spec := supervisor.Each(func(_ context.Context, event int) error {
			switch event {
			case 1:
				return errBoom
			case 2:
				panic("oh")
			case 3:
				runtime.Goexit()
			}
			return nil
		})
		cs, err := supervisor.StartConsumerSupervisor(r.ctx, spec, nil, r.options()...)
		require.NoError(t, err)
		defer cs.Kill()
		for event, want := range []string{"normal", "boom", "panic: oh", "runtime.Goexit was called"} {
			child, err := cs.StartChild(r.ctx, event)
			require.NoError(t, err)
			task := child.(*supervisor.Task)
			<-task.Done()
			require.EqualError(t, task.Err(), want)
			<-task.Process().Done()
			require.EqualError(t, task.Process().Err(), want)
		}
	})
}

// The process of a task stands in for it in both directions.
func TestStandIn(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		r := newConsumer(t, 0, nil)
		start := func(event int) (*supervisor.Task, *process.Process) {
			child, err := r.cs.StartChild(r.ctx, event)
			require.NoError(t, err)
			require.Same(t, child.Process(), child.Process())
			return child.(*supervisor.Task), child.Process()
		}
		_, p := start(1)
		r.finish(1, errBoom)
		<-p.Done()
		require.Equal(t, errBoom, p.Err())

		task, p := start(2)
		p.Exit(process.Normal)
		synctest.Wait()
		require.Nil(t, task.Err())
		p.Exit(errBoom)
		<-p.Done()
		require.Equal(t, errBoom, p.Err())
		require.Equal(t, errBoom, task.Err())

		task, p = start(3)
		require.NoError(t, p.Stop(r.ctx, process.Shutdown))
		require.Equal(t, process.Shutdown, task.Err(), "when the stand-in has ended the task has, too")

		task, p = start(4)
		p.Kill()
		<-task.Done()
		require.Equal(t, process.Killed, task.Err())
	})
}
