package flow_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/flow"
	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/stage"
)

// relay passes events on. It may end behind its last producer.
type relay struct {
	ends      bool
	producers int
}

func (r *relay) HandleEvents(ctx *stage.Context[int], events []int, _ stage.Subscription) error {
	ctx.EmitAll(events)
	return nil
}

func (r *relay) HandleSubscribe(_ *stage.Context[int], peer stage.Role, _ stage.Subscription, _ stage.SubscribeOptions) (stage.SubscriptionMode, error) {
	if peer == stage.RoleProducer {
		r.producers++
	}
	return stage.Automatic, nil
}

func (r *relay) HandleCancel(ctx *stage.Context[int], _ stage.CancelKind, _ stage.Subscription, _ error) error {
	if r.producers--; r.producers == 0 && r.ends {
		stage.AsyncInfo(ctx.Self(), struct{}{})
	}
	return nil
}

func (*relay) HandleInfo(*stage.Context[int], struct{}) error { return process.Normal }

type relayStart = func(context.Context, stage.Sources[int], ...stage.Option) (*stage.ProducerConsumer[int, int], error)

func startsRelay(r *relay) relayStart {
	return func(ctx context.Context, from stage.Sources[int], opts ...stage.Option) (*stage.ProducerConsumer[int, int], error) {
		return stage.StartProducerConsumer(ctx, r, from, opts...)
	}
}

func (w *world) relay() *stage.ProducerConsumer[int, int] {
	w.Helper()
	pc, err := stage.StartProducerConsumer(background, &relay{}, nil, stage.In(w.sys))
	require.NoError(w, err)
	return pc
}

func TestThroughRunningStages(t *testing.T) {
	inWorld(t, func(w *world) {
		a, b := w.relay(), w.relay()
		ch := make(chan int)
		got := new(received)
		f := flow.Through(flow.FromChan(ch, flow.Stages(2)).Filter(isEven), []*stage.ProducerConsumer[int, int]{a, b}, flow.Stages(1))
		job := start(w, got.tap(f))
		for n := range 100 {
			ch <- n
		}
		w.settle()
		assert.Len(w, got.events, 50)
		close(ch)
		w.settle()
		assert.False(w, isDone(job), "the stages belong to others, who end them")
		require.NoError(w, a.Stop(background, nil))
		require.NoError(w, b.Stop(background, nil))
		assert.NoError(w, job.Wait(background))
	})
}

func TestRunningStagesInTheMiddleSurviveTheFlow(t *testing.T) {
	inWorld(t, func(w *world) {
		pc := w.relay()
		for range 2 {
			f := flow.Through(flow.FromSeq(endless(nil)), []*stage.ProducerConsumer[int, int]{pc})
			got := 0
			for _, err := range f.All(background, w.in) {
				require.NoError(w, err)
				if got++; got == 100 {
					break
				}
			}
			w.settle()
			assert.NoError(w, pc.Err())
			assert.Equal(w, 1, w.sys.Count())
		}
		require.NoError(w, pc.Stop(background, nil))
	})
}

func TestThroughAStageThatIsGone(t *testing.T) {
	inWorld(t, func(w *world) {
		pc := w.relay()
		require.NoError(w, pc.Stop(background, nil))
		for _, run := range allRuns(flow.Through(one(3), []*stage.ProducerConsumer[int, int]{pc}).Filter(isEven)) {
			assert.ErrorIs(w, run(background, w.in), process.NoProc)
		}
	})
}

func TestThroughStagesThatAreStarted(t *testing.T) {
	inWorld(t, func(w *world) {
		for range 2 { // a flow can be run again
			f := flow.ThroughStarted(one(1000).Filter(isEven), []relayStart{startsRelay(&relay{ends: true})})
			assert.Equal(w, 500, len(collect(w, f)))
			assert.NoError(w, f.Run(background, w.in))
			assert.Len(w, collect(w, flow.Partition(f, flow.Stages(2)).Tap(func(int) {})), 500)
		}
	})
}

func TestThroughAStageThatEndsWithItsProducers(t *testing.T) {
	inWorld(t, func(w *world) {
		f := flow.ThroughStarted(flow.FromSlice(upTo(1, 1000), flow.Stages(3)).Tap(func(int) {}), []relayStart{
			startsRelay(&relay{ends: true}), startsRelay(&relay{ends: true}),
		})
		assert.ElementsMatch(w, upTo(1, 1000), collect(w, f))
	})
}

func TestAStageInTheMiddleFails(t *testing.T) {
	inWorld(t, func(w *world) {
		for _, run := range allRuns(flow.ThroughStarted(one(3).Filter(isEven), []relayStart{
			func(ctx context.Context, from stage.Sources[int], opts ...stage.Option) (*stage.ProducerConsumer[int, int], error) {
				fails := stage.EventsFunc[int, int](func(*stage.Context[int], []int, stage.Subscription) error { return errBoom })
				return stage.StartProducerConsumer(ctx, fails, from, opts...)
			},
		}).Filter(isEven)) {
			err := run(background, w.in)
			assert.ErrorIs(w, err, errBoom)
			requireBlamed(w, err, "ThroughStarted", 3)
		}
		for _, run := range allRuns(flow.ThroughStarted(one(3), []relayStart{
			startsRelay(&relay{}),
			func(context.Context, stage.Sources[int], ...stage.Option) (*stage.ProducerConsumer[int, int], error) {
				return nil, errBoom
			},
		}).Filter(isEven)) {
			err := run(background, w.in)
			assert.ErrorIs(w, err, errBoom)
			requireBlamed(w, err, "ThroughStarted", 2)
		}
		pc := w.relay()
		f := flow.Through(flow.FromSeq(endless(nil)), []*stage.ProducerConsumer[int, int]{pc})
		job := start(w, f)
		pc.Process().Exit(errBoom)
		assert.ErrorIs(w, job.Wait(background), errBoom)
	})
}
