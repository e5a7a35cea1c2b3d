package flow_test

import (
	"cmp"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/dispatcher"
	"github.com/stagecraft-go/stagecraft/flow"
	"github.com/stagecraft-go/stagecraft/stage"
)

// What would be of no effect is refused, by the operation that it is given to.
func TestWhatHasNoEffectIsRefused(t *testing.T) {
	var none flow.Flow[int]
	for _, c := range []struct {
		flow    flow.Flow[int]
		op      string
		problem string
	}{
		{one(1).Shuffle(flow.ForgetOnTrigger()), "Shuffle", "ForgetOnTrigger is set, allowed is for a join"},
		{one(1).With(flow.ForgetOnTrigger()), "With", "ForgetOnTrigger is set, allowed is for a join"},
		{flow.Combine(sum(one(1)), add, flow.Stages(4)), "Combine", "Stages is 4, allowed is 1: one stage merges all"},
		{flow.Map(merge(sum(one(1)).State(), flow.Stages(2)), size), "Departition", "Stages is 2, allowed is 1: one stage merges all"},
		{flow.Map(flow.TakeSort(one(1), 1, cmp.Compare, flow.Stages(2)), firstOf), "TakeSort", "Stages is 2, allowed is 1: one stage merges all"},
		{one(1).Window(flow.Global[int]().OnlyChanged()), "Window", "OnlyChanged without Periodically"},
		{flow.Map(joinOf(none, one(1)), left), "Join", "there is no source"},
		{flow.Map(joinOf(one(1), none), left), "Join", "there is no source"},
	} {
		var problem *flow.ProgramError
		require.ErrorAs(t, c.flow.Check(), &problem)
		assert.Equal(t, c.op, problem.Op)
		assert.Equal(t, c.problem, problem.Problem)
	}
	assert.NoError(t, flow.Combine(sum(one(1)), add, flow.Stages(1)).Check())
}

func size(m merged) int { return len(m.events) }

func firstOf(l []int) int { return l[0] }

func joinOf(a, b flow.Flow[int]) flow.Flow[flow.Row[int, int]] {
	return flow.Join(flow.LeftOuter, a, b, same, same, flow.Stages(1))
}

func left(row flow.Row[int, int]) int { return row.Left }

// A trigger cannot pretend that its window is over.
func TestTheNamesOfATrigger(t *testing.T) {
	for _, name := range []string{flow.Done, flow.Watermark} {
		inWorld(t, func(w *world) {
			window := flow.Global[int]().Trigger(func() func([]int) flow.Cut[int] {
				return func(events []int) flow.Cut[int] { return flow.Cut[int]{Trigger: name, Before: events} }
			})
			_, err := flow.Combine(sum(one(5).Window(window)), add).Collect(background, w.in)
			requireOp(w, err, "Window", 2)
			assert.ErrorContains(w, err, "is named \""+name+"\"")
		})
	}
}

func requireOp(w *world, err error, op string, position int) {
	w.Helper()
	var failed *flow.OpError
	require.ErrorAs(w, err, &failed)
	assert.Equal(w, op, failed.Op)
	assert.Equal(w, position, failed.Position)
}

// panicking is a dispatcher of which one function panics.
type panicking struct {
	dispatcher.Dispatcher[int]
	in string
}

func (p panicking) Ask(c dispatcher.Consumer[int], n int) int {
	if p.in == "Ask" {
		panic(errBoom)
	}
	return p.Dispatcher.Ask(c, n)
}

func (p panicking) Subscribe(c dispatcher.Consumer[int], opts dispatcher.Options) (int, error) {
	if p.in == "Subscribe" {
		panic(errBoom)
	}
	return p.Dispatcher.Subscribe(c, opts)
}

func TestAPanicInADispatcher(t *testing.T) {
	for _, in := range []string{"Ask", "Subscribe"} {
		inWorld(t, func(w *world) {
			f := one(3000).Merge(func(cfg dispatcher.Config) (dispatcher.Dispatcher[int], error) {
				d, err := dispatcher.Demand[int]()(cfg)
				return panicking{d, in}, err
			}, flow.Stages(2))
			err := f.Run(background, w.in)
			require.ErrorIs(w, err, errBoom)
			requireOp(w, err, "Merge", 2)
		})
	}
}

// A layer that its dispatcher does not take is the fault of the operation that
// begins it.
func TestADispatcherThatRefusesALayer(t *testing.T) {
	refusing := dispatcher.Partition(2, func(n int) int { return n % 2 })
	inWorld(t, func(w *world) {
		for range 20 {
			_, err := one(3).Filter(isEven).Merge(refusing, flow.Stages(3)).Collect(background, w.in)
			require.ErrorIs(w, err, dispatcher.ErrPartitionMissing)
			requireOp(w, err, "Merge", 3)
			err = one(3).Merge(refusing, flow.Stages(3)).Run(background, w.in)
			require.ErrorIs(w, err, dispatcher.ErrPartitionMissing)
			requireOp(w, err, "Merge", 2)
		}
	})
}

// failingPart is a stage of somebody else that fails.
type failingPart struct{}

func (failingPart) HandleDemand(*stage.Context[int], int) error { return errBoom }

func (failingPart) HandleEvents(*stage.Context[int], []int, stage.Subscription) error {
	return errBoom
}

func TestTheFailureOfAStageOfOthersIsExplained(t *testing.T) {
	through := func(w *world) flow.Flow[int] {
		pc, err := stage.StartProducerConsumer(background, failingPart{}, nil, stage.In(w.sys))
		require.NoError(w, err)
		return flow.Through(one(3), []*stage.ProducerConsumer[int, int]{pc})
	}
	from := func(w *world) flow.Flow[int] {
		return flow.FromStages([]stage.Source[int]{w.producer(failingPart{})})
	}
	inWorld(t, func(w *world) {
		requireOp(w, through(w).Run(background, w.in), "Through", 2)
		_, err := through(w).Filter(isEven).Collect(background, w.in)
		requireOp(w, err, "Through", 2)
		_, err = from(w).Collect(background, w.in)
		requireOp(w, err, "FromStages", 1)
		requireOp(w, from(w).Filter(isEven).Run(background, w.in), "FromStages", 1)
		_, err = flow.Union(one(3), from(w)).Collect(background, w.in)
		requireOp(w, err, "FromStages", 2)
	})
}
