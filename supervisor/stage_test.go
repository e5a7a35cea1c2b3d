package supervisor_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/internal/leak"
	"github.com/stagecraft-go/stagecraft/stage"
	"github.com/stagecraft-go/stagecraft/supervisor"
)

// pipeline is a tree of a counter and a consumer that subscribes to it by name,
// so that each finds the other again after a restart.
func pipeline(r *rig, got chan<- int) []supervisor.Spec {
	counter := stage.ByName[int](r.sys, "counter")
	return []supervisor.Spec{
		supervisor.Stage("producer", func(ctx context.Context) (supervisor.Child, error) {
			next := 0
			return stage.StartProducer(ctx, stage.ProducerFunc[int](func(ctx *stage.Context[int], demand int) error {
				for range demand {
					ctx.Emit(next)
					next++
				}
				return nil
			}), stage.Name("counter"), stage.In(r.sys))
		}),
		supervisor.Stage("consumer", func(ctx context.Context) (supervisor.Child, error) {
			return stage.StartConsumer(ctx, stage.ConsumerFunc[int](func(ctx *stage.Context[stage.None], events []int, _ stage.Subscription) error {
				for _, event := range events {
					select {
					case got <- event:
					case <-ctx.Context().Done():
						return context.Cause(ctx.Context())
					}
				}
				return nil
			}), stage.From[int](counter, stage.MaxDemand(2)), stage.In(r.sys))
		}),
	}
}

// requireFromZero reads until the counter has begun anew.
func requireFromZero(t *testing.T, got <-chan int) {
	t.Helper()
	for range 10 {
		if <-got == 0 {
			require.Equal(t, 1, <-got)
			return
		}
	}
	require.Fail(t, "the counter did not begin anew")
}

func TestStagesAsChildren(t *testing.T) {
	leak.Check(t)
	r := newRig(t)
	got := make(chan int)
	r.start(pipeline(r, got), supervisor.Strategy(supervisor.RestForOne))
	requireFromZero(t, got)
	r.take()

	r.kid("producer").Kill() // the consumer goes with it, and subscribes to the new one
	requireFromZero(t, got)
	require.Equal(t, "producer running, consumer running", r.states())

	producer := r.kid("producer")
	r.kid("consumer").Kill()
	<-got
	require.Same(t, producer, r.kid("producer"))
	require.NoError(t, r.sup.Stop(r.ctx, nil))
}

// With one_for_one the consumer dies of the end of its subscription, and is
// restarted by itself.
func TestResubscriptionOneForOne(t *testing.T) {
	leak.Check(t)
	r := newRig(t)
	got := make(chan int)
	r.start(pipeline(r, got))
	requireFromZero(t, got)
	r.kid("producer").Kill()
	requireFromZero(t, got)
	require.NoError(t, r.sup.Stop(r.ctx, nil))
}
