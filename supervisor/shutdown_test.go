package supervisor_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/internal/leak"
	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/supervisor"
)

func TestStopOrderAndReason(t *testing.T) {
	leak.Check(t)
	r := newRig(t)
	r.start(r.plain("a b c"))
	r.take()
	require.NoError(t, r.sup.Stop(r.ctx, errBoom))
	require.Equal(t, errBoom, r.sup.Err())
	require.Equal(t, []string{"child_stopped c: shutdown", "child_stopped b: shutdown", "child_stopped a: shutdown"}, r.take())
	_, err := r.sup.CountChildren(r.ctx)
	require.ErrorIs(t, err, process.NoProc)
}

func TestShutdownOfOneChild(t *testing.T) {
	stubborn, answers := worker{stubborn: true}, func(reason error) worker { return worker{answer: reason} }
	for _, tt := range []struct {
		name    string
		worker  worker
		how     supervisor.Shutdown
		restart supervisor.Restart
		event   string
		takes   time.Duration
	}{
		{"plain", worker{}, supervisor.Shutdown{}, 0, "child_stopped a: shutdown", 0},
		{"trapping", worker{trap: true}, supervisor.Shutdown{}, 0, "child_stopped a: shutdown", 0},
		{"stubborn, default", stubborn, supervisor.Shutdown{}, 0, "shutdown_error a: killed", 5 * time.Second},
		{"stubborn, 1 s", stubborn, supervisor.After(time.Second), 0, "shutdown_error a: killed", time.Second},
		{"stubborn, brutal", stubborn, supervisor.BrutalKill(), 0, "child_stopped a: killed", 0},
		{"plain, infinity", worker{}, supervisor.Infinity(), 0, "child_stopped a: shutdown", 0},
		{"permanent answers normal", answers(process.Normal), supervisor.Shutdown{}, supervisor.Permanent, "shutdown_error a: normal", 0},
		{"transient answers normal", answers(process.Normal), supervisor.Shutdown{}, supervisor.Transient, "child_stopped a: normal", 0},
		{"answers with an error", answers(errBoom), supervisor.Shutdown{}, supervisor.Temporary, "shutdown_error a: boom", 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				r := newRig(t)
				r.start([]supervisor.Spec{r.scripted("a", tt.worker, nil, shutdown(tt.how), restart(tt.restart))})
				r.take()
				begin := time.Now()
				require.NoError(t, r.sup.TerminateChild(r.ctx, "a"))
				require.Equal(t, tt.takes, time.Since(begin))
				require.Equal(t, []string{tt.event}, r.take())
			})
		})
	}
}

// stuck are n children that only a kill ends.
func stuck(r *rig, n int) (specs []supervisor.Spec) {
	for i := range n {
		specs = append(specs, r.scripted(fmt.Sprint(i), worker{stubborn: true}, nil, shutdown(supervisor.After(time.Second))))
	}
	return specs
}

func TestStuckChildrenInOrderTakeTheSum(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		r := newRig(t)
		r.start(stuck(r, 7))
		begin := time.Now()
		require.NoError(t, r.sup.Stop(r.ctx, nil))
		require.Equal(t, 7*time.Second, time.Since(begin))
	})
}

func TestStuckChildrenInParallelTakeTheLongest(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		r := newRig(t)
		d, err := supervisor.StartDynamic(r.ctx, r.options()...)
		require.NoError(t, err)
		for i, spec := range stuck(r, 7) {
			spec.Shutdown = supervisor.After(time.Duration(i+1) * time.Second)
			_, err := d.StartChild(r.ctx, spec)
			require.NoError(t, err)
		}
		begin := time.Now()
		require.NoError(t, d.Stop(r.ctx, nil))
		require.Equal(t, 7*time.Second, time.Since(begin))
	})
}

// A nested supervisor that is too slow is killed. Its children hear of it, and
// nobody waits for them.
func TestSlowNestedSupervisorLeavesOrphans(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		r := newRig(t)
		tree := supervisor.Tree("s", r.options(),
			r.child("x"), r.scripted("y", worker{trap: true}, nil), r.scripted("z", worker{stubborn: true}, nil))
		tree.Shutdown = supervisor.After(time.Second)
		r.start([]supervisor.Spec{tree})
		x, y, z := r.kid("x"), r.kid("y"), r.kid("z")
		begin := time.Now()
		require.NoError(t, r.sup.Stop(r.ctx, nil))
		require.Equal(t, time.Second, time.Since(begin))
		<-x.Done()
		<-y.Done()
		require.Equal(t, process.Killed, x.Err())
		require.Equal(t, process.Killed, y.Err())
		require.Nil(t, z.Err())
		z.Kill()
	})
}

// waiting is a supervisor that waits for a stuck child, which a request made
// it do.
func waiting(t *testing.T, r *rig, opts ...supervisor.Option) {
	r.start([]supervisor.Spec{
		r.child("a"),
		r.scripted("stuck", worker{stubborn: true}, nil, shutdown(supervisor.Infinity())),
		r.child("b"),
	}, opts...)
	go r.sup.TerminateChild(context.Background(), "stuck")
	synctest.Wait()
}

func TestKillASupervisorThatWaits(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		r := newRig(t)
		waiting(t, r)
		r.sup.Process().Kill()
		<-r.sup.Done()
		require.Equal(t, process.Killed, r.sup.Err())
		for _, id := range []string{"a", "b"} {
			<-r.kid(id).Done()
			require.Equal(t, process.Killed, r.kid(id).Err())
		}
		synctest.Wait()
		require.Zero(t, r.sys.Abandoned(), "it has left its callback")
		r.kid("stuck").Kill()
	})
}

func TestKillASupervisorThatWaitsInItsOwnEnd(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		r := newRig(t)
		r.start([]supervisor.Spec{
			r.child("a"), r.scripted("stuck", worker{stubborn: true}, nil, shutdown(supervisor.Infinity())),
		})
		go r.sup.Stop(context.Background(), nil)
		synctest.Wait()
		r.sup.Process().Kill()
		<-r.kid("a").Done()
		require.Equal(t, process.Killed, r.kid("a").Err())
		synctest.Wait()
		require.Zero(t, r.sys.Abandoned())
		r.kid("stuck").Kill()
	})
}

// The end of the context goes ahead of the mail, and the stuck child is told
// once and waited for once.
func TestStopASupervisorThatWaits(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		r := newRig(t)
		ctx, cancel := context.WithCancel(r.ctx)
		r.ctx = ctx
		r.start([]supervisor.Spec{
			r.child("a"),
			r.scripted("stuck", worker{stubborn: true}, nil, shutdown(supervisor.After(10*time.Second))),
			r.child("b"),
		})
		r.take()
		answer := make(chan error, 1)
		go func() { answer <- r.sup.TerminateChild(context.Background(), "stuck") }()
		begin := time.Now()
		time.Sleep(4 * time.Second)
		cancel()
		<-r.sup.Done()
		require.Equal(t, 10*time.Second, time.Since(begin))
		require.ErrorIs(t, r.sup.Err(), process.Shutdown)
		require.ErrorIs(t, r.sup.Err(), context.Canceled)
		require.Equal(t, []string{"child_stopped b: shutdown", "shutdown_error stuck: killed", "child_stopped a: shutdown"}, r.take())
		require.ErrorIs(t, <-answer, process.Shutdown)
	})
}

func TestKillASupervisorInAStartFunction(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		r := newRig(t)
		r.start(nil)
		var late *process.Process
		go r.sup.StartChild(context.Background(), supervisor.Process("a", func(ctx context.Context) (*process.Process, error) {
			<-ctx.Done()
			var err error
			late, err = r.sys.Start(context.WithoutCancel(ctx), &worker{})
			return late, err
		}))
		synctest.Wait()
		r.sup.Process().Kill()
		synctest.Wait()
		require.Equal(t, process.Killed, late.Err(), "a child that came too late is no orphan that nobody knows")
	})
}

func TestStopASupervisorInAStartFunction(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		r := newRig(t)
		ctx, cancel := context.WithCancel(r.ctx)
		r.ctx = ctx
		r.start(r.plain("a"))
		go r.sup.StartChild(context.Background(), supervisor.Process("b", func(ctx context.Context) (*process.Process, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		}))
		synctest.Wait()
		cancel()
		<-r.sup.Done()
		require.ErrorIs(t, r.sup.Err(), process.Shutdown)
		require.Equal(t, process.Shutdown, r.kid("a").Err(), "in order, not by the context")
	})
}

// parent is a process that starts a supervisor and may end.
func parent(r *rig, trap bool, children ...supervisor.Spec) *process.Process {
	started := make(chan struct{})
	p, err := r.sys.Start(r.ctx, &parentBehaviour{trap: trap, run: func(self *process.Self) {
		r.start(children, supervisor.LinkTo(self))
		close(started)
	}})
	require.NoError(r.t, err)
	<-started
	return p
}

type parentBehaviour struct {
	worker
	trap bool
	run  func(*process.Self)
	got  error
}

func (p *parentBehaviour) Init(self *process.Self) error {
	self.TrapExit(p.trap)
	p.run(self)
	return nil
}

func (p *parentBehaviour) Handle(self *process.Self, msg any) error {
	if m, ok := msg.(*process.Exit); ok {
		p.got = m.Reason
		return nil
	}
	return p.worker.Handle(self, msg)
}

func TestParentEnds(t *testing.T) {
	leak.Check(t)
	for _, reason := range []error{process.Normal, process.Shutdown, errBoom, process.Killed} {
		r := newRig(t)
		p := parent(r, true, r.plain("a b")...)
		r.take()
		p.Send(quit{reason})
		<-r.sup.Done()
		require.Equal(t, reason, r.sup.Err())
		require.Equal(t, "-b -a", r.did())
	}
}

func TestParentIsTold(t *testing.T) {
	leak.Check(t)
	r := newRig(t)
	p := parent(r, false)
	require.NoError(t, r.sup.Stop(r.ctx, errBoom))
	<-p.Done()
	require.Equal(t, errBoom, p.Err())
}

// The end of the world does not wait for supervisors that ignore strangers.
func TestSystemShutdown(t *testing.T) {
	leak.Check(t)
	r := newRig(t)
	r.start([]supervisor.Spec{
		r.child("a"), supervisor.Tree("s", r.options(), r.plain("x y", restart(supervisor.Transient))...),
		supervisor.DynamicTree("d", r.options()...),
	})
	ctx, cancel := context.WithTimeout(r.ctx, 10*time.Second)
	defer cancel()
	require.NoError(t, r.sys.Shutdown(ctx))
	require.Equal(t, process.Shutdown, r.sup.Err())
}
