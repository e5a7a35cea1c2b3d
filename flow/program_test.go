package flow_test

import (
	"context"
	"errors"
	"iter"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/dispatcher"
	"github.com/stagecraft-go/stagecraft/flow"
	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/stage"
)

// bad is a program that must be refused.
type bad struct {
	runs map[string]runner
	op   string
	at   int
	says string
}

func wrong[T any](f flow.Flow[T], op string, at int, says string) bad {
	return bad{allRuns(f), op, at, says}
}

func badPrograms() map[string]bad {
	type (
		ints   = flow.Flow[int]
		window = flow.Window[int]
		rows   = flow.Row[int, int]
	)
	var (
		none    ints
		good    = one(3)
		init    = func() int { return 0 }
		done    = func(n int, _ flow.WindowID) int { return n }
		step    = func(a, n int, _ func(int)) int { return a }
		reduced = sum(good).State()
		compare = func(a, b int) int { return a - b }
		started = func(context.Context, stage.Sources[int], ...stage.Option) (*stage.ProducerConsumer[int, int], error) {
			return nil, errBoom
		}
		inWindow = func(w window) ints { return good.Window(w).Filter(isEven) }
		options  = func(opts ...flow.Option) ints { return good.Shuffle(opts...) }
		behind   = "after a reduce in the same layer"
		noSource = "there is no source"
		nilFunc  = "function is nil"
	)
	return map[string]bad{
		// no source
		"zero flow":              wrong(none, "Flow", 0, noSource),
		"filter of nothing":      wrong(none.Filter(isEven), "Filter", 1, noSource),
		"map of nothing":         wrong(flow.Map(none, same).Filter(isEven), "Map", 1, noSource),
		"map batch of nothing":   wrong(flow.MapBatch(none, func(l []int) []int { return l }), "MapBatch", 1, noSource),
		"window of nothing":      wrong(none.Window(flow.Global[int]()), "Window", 1, noSource),
		"reduce of nothing":      wrong(sum(none).State(), "Reduce", 1, noSource),
		"shuffle of nothing":     wrong(none.Shuffle().Filter(isEven), "Shuffle", 1, noSource),
		"partition of nothing":   wrong(flow.Partition(none), "Partition", 1, noSource),
		"place of nothing":       wrong(none.PartitionTo(same), "PartitionTo", 1, noSource),
		"keep of nothing":        wrong(none.PartitionKeep(func(n int) (int, int, bool) { return n, n, true }), "PartitionKeep", 1, noSource),
		"merge of nothing":       wrong(none.Merge(dispatcher.Demand[int]()), "Merge", 1, noSource),
		"departition of nothing": wrong(flow.Departition(none, init, add, done), "Departition", 1, noSource),
		"sort of nothing":        wrong(flow.TakeSort(none, 1, compare), "TakeSort", 1, noSource),
		"join with nothing":      wrong(flow.Join(flow.Inner, good, none, same, same), "Join", 2, noSource),
		"join of nothing":        wrong(flow.Join(flow.Inner, none, good, same, same), "Join", 2, noSource),
		"through of nothing": wrong(flow.ThroughStarted(none,
			[]func(context.Context, stage.Sources[int], ...stage.Option) (*stage.ProducerConsumer[int, int], error){started}), "ThroughStarted", 1, noSource),
		"with of nothing":     wrong(none.With(flow.Stages(1)), "Flow", 0, noSource),
		"union of nothing":    wrong(flow.Union[int](), "Union", 1, "no flow"),
		"union with nothing":  wrong(flow.Union(good, none).Filter(isEven), "Union", 2, "no source"),
		"zero reduced":        wrong(flow.Reduced[int]{}.State(), "State", 1, noSource),
		"zero emitted":        wrong(flow.Emitted[int, int]{}.Nothing(), "Nothing", 1, noSource),
		"no stages":           wrong(flow.FromStages[int](nil), "FromStages", 1, "no stage"),
		"nil stage":           wrong(flow.FromStages([]stage.Source[int]{nil}), "FromStages", 1, "is nil"),
		"nil sequence":        wrong(flow.FromSeq[int](nil).Filter(isEven), "FromSeq", 1, "is nil"),
		"nil channel":         wrong(flow.FromChan[int](nil), "FromChan", 1, "is nil"),
		"nil reader":          wrong(flow.Lines(nil), "Lines", 1, "is nil"),
		"nil producer":        wrong(flow.FromProducer[int](nil), "FromProducer", 1, nilFunc),
		"through no stages":   wrong(flow.Through[int, int](good, nil), "Through", 2, "no stage"),
		"through a nil stage": wrong(flow.Through(good, []*stage.ProducerConsumer[int, int]{nil}), "Through", 2, "is nil"),
		"through none to start": wrong(flow.ThroughStarted[int, int](good, nil).Filter(isEven),
			"ThroughStarted", 2, "no stage"),
		"through a nil function": wrong(flow.ThroughStarted(good,
			[]func(context.Context, stage.Sources[int], ...stage.Option) (*stage.ProducerConsumer[int, int], error){nil}), "ThroughStarted", 2, nilFunc),

		// nil functions
		"nil map":            wrong(flow.Map[int, int](good, nil), "Map", 2, nilFunc),
		"nil try map":        wrong(flow.TryMap[int, int](good, nil).Filter(isEven), "TryMap", 2, nilFunc),
		"nil flat map":       wrong(flow.FlatMap(good, (func(int) iter.Seq[int])(nil)), "FlatMap", 2, nilFunc),
		"nil flat map yield": wrong(flow.FlatMapYield(good, (func(int, func(int) bool))(nil)), "FlatMapYield", 2, nilFunc),
		"nil map values":     wrong(flow.MapValues[string, int, int](flow.FromSlice([]entry{}), nil), "MapValues", 2, nilFunc),
		"nil filter":         wrong(good.Filter(nil), "Filter", 2, nilFunc),
		"nil reject":         wrong(good.Filter(isEven).Reject(nil), "Reject", 3, nilFunc),
		"nil tap":            wrong(good.Tap(nil), "Tap", 2, nilFunc),
		"nil map batch":      wrong(flow.MapBatch[int, int](good, nil), "MapBatch", 2, nilFunc),
		"nil uniq":           wrong(flow.UniqBy[int, int](good, nil), "UniqBy", 2, nilFunc),
		"nil reduce init":    wrong(flow.Reduce(good, nil, add).State(), "Reduce", 2, nilFunc),
		"nil reduce step":    wrong(flow.Reduce[int](good, init, nil).State(), "Reduce", 2, nilFunc),
		"nil group by":       wrong(flow.GroupBy[int, string](good, nil).State(), "GroupBy", 2, nilFunc),
		"nil on trigger":     wrong(flow.OnTrigger[int, int](sum(good), nil), "OnTrigger", 3, nilFunc),
		"nil emitting init":  wrong(flow.EmitAndReduce(good, nil, step).Nothing(), "EmitAndReduce", 2, nilFunc),
		"nil emitting step":  wrong(flow.EmitAndReduce[int, int, int](good, init, nil).Nothing(), "EmitAndReduce", 2, nilFunc),
		"nil emitting end":   wrong(flow.EmitAndReduce(good, init, step).OnTrigger(nil), "OnTrigger", 3, nilFunc),
		"nil partition key":  wrong(flow.PartitionBy[int, int](good, nil).Filter(isEven), "PartitionBy", 2, nilFunc),
		"nil place":          wrong(good.PartitionTo(nil), "PartitionTo", 2, nilFunc),
		"nil keep":           wrong(good.PartitionKeep(nil), "PartitionKeep", 2, nilFunc),
		"nil dispatcher":     wrong(good.Merge(nil), "Merge", 2, "is nil"),
		"nil merge":          wrong(flow.Departition(reduced, init, nil, done), "Departition", 4, nilFunc),
		"nil done":           wrong(flow.Departition[int, int, int](reduced, init, add, nil), "Departition", 4, nilFunc),
		"nil first state":    wrong(flow.Departition(reduced, nil, add, done), "Departition", 4, nilFunc),
		"nil compare":        wrong(flow.TakeSort(good, 1, nil), "TakeSort", 2, nilFunc),
		"nil left key":       wrong(flow.Join(flow.Inner, good, good, nil, same), "Join", 3, "is nil"),
		"nil right key":      wrong(flow.Join(flow.Inner, good, good, same, nil), "Join", 3, "is nil"),
		"nil trigger":        wrong(inWindow(window{}.Trigger(nil)), "Window", 2, "nil function"),
		"nil time":           wrong(inWindow(flow.Fixed[int](time.Second, nil)), "Window", 2, "without the time"),
		"nil session time":   wrong(inWindow(flow.Session[int](time.Second, nil, same)), "Window", 2, "without the time"),
		"nil session key":    wrong(inWindow(flow.Session[int, int](time.Second, at, nil)), "Window", 2, "or the key"),
		"nil late function":  wrong(inWindow(flow.Fixed(time.Second, at).OnLate(nil)), "Window", 2, "OnLate"),
		"nil late counter":   wrong(inWindow(flow.Fixed(time.Second, at).CountLate(nil)), "Window", 2, "CountLate"),

		// options
		"nil option":           wrong(options(nil), "Shuffle", 2, "option is nil"),
		"no stages at all":     wrong(options(flow.Stages(0)), "Shuffle", 2, "Stages is 0"),
		"negative stages":      wrong(options(flow.Stages(2), flow.Stages(-1)), "Shuffle", 2, "Stages is -1"),
		"max demand":           wrong(options(flow.MaxDemand(0)), "Shuffle", 2, "MaxDemand is 0"),
		"min demand":           wrong(options(flow.MinDemand(-1)), "Shuffle", 2, "MinDemand is -1"),
		"min above max":        wrong(options(flow.MinDemand(10), flow.MaxDemand(10)), "Shuffle", 2, "MinDemand is 10, allowed is 0 to 9"),
		"min above default":    wrong(options(flow.MinDemand(1000)), "Shuffle", 2, "0 to 999"),
		"gigantic min demand":  wrong(options(flow.MinDemand(math.MaxInt)), "Shuffle", 2, "0 to 999"),
		"buffer size":          wrong(options(flow.BufferSize(-1)), "Shuffle", 2, "BufferSize is -1"),
		"buffer keep":          wrong(options(flow.BufferKeep(7)), "Shuffle", 2, "BufferKeep"),
		"shutdown":             wrong(options(flow.Shutdown(-1)), "Shuffle", 2, "Shutdown is -1ns"),
		"nil on init":          wrong(options(flow.OnInit(nil)), "Shuffle", 2, "OnInit"),
		"options of a source":  wrong(one(3, flow.Stages(0)).Filter(isEven), "FromSlice", 1, "Stages is 0"),
		"options of a join":    wrong(flow.Join(flow.Inner, good, good, same, same, flow.Stages(0)), "Join", 3, "Stages is 0"),
		"options of a sort":    wrong(flow.TakeSort(good, 3, compare, flow.MaxDemand(0)), "TakeSort", 2, "MaxDemand is 0"),
		"options of a union":   wrong(flow.Union(good, good).With(flow.MaxDemand(0)), "With", 4, "MaxDemand is 0"),
		"options too late":     wrong(good.Filter(isEven).With(flow.Stages(1)), "With", 3, "begins"),
		"options of a layer":   wrong(good.Shuffle().With(flow.Stages(1)), "With", 3, "begins"),
		"min with an old max":  wrong(one(3, flow.MaxDemand(5)).With(flow.MinDemand(5)), "With", 2, "0 to 4"),
		"options of partition": wrong(flow.Partition(good, flow.Stages(0)), "Partition", 2, "Stages is 0"),

		// order of operations
		"map after a reduce":        wrong(flow.Map(reduced, same), "Map", 4, behind),
		"filter after a reduce":     wrong(flow.Entries(sumsBy(good, digit)).Filter(nil).Shuffle(), "Filter", 4, behind),
		"uniq after a reduce":       wrong(flow.Uniq(reduced), "Uniq", 4, behind),
		"reduce after a reduce":     wrong(sum(reduced).State(), "Reduce", 4, behind),
		"reduce after an emitting":  wrong(sum(flow.EmitAndReduce(good, init, step).Nothing()).State(), "Reduce", 4, behind),
		"map batch after a reduce":  wrong(flow.MapBatch(reduced, func(l []int) []int { return l }), "MapBatch", 4, "behind another operation"),
		"map batch after a map":     wrong(flow.MapBatch(flow.Map(good, same), func(l []int) []int { return l }), "MapBatch", 3, "behind another operation"),
		"map batch after a window":  wrong(flow.MapBatch(good.Window(flow.Count[int](1)), func(l []int) []int { return l }), "MapBatch", 3, "behind another operation"),
		"map batch after a trigger": wrong(flow.MapBatch(good.Window(window{}.Every(2)), func(l []int) []int { return l }), "MapBatch", 3, "behind another operation"),
		"window after a filter":     wrong(good.Filter(isEven).Window(window{}), "Window", 3, "behind an operation"),
		"window after a reduce":     wrong(reduced.Window(window{}), "Window", 4, "behind an operation"),
		"window after a join":       wrong(flow.Join(flow.Inner, good, good, same, same).Window(flow.Global[rows]()), "Window", 4, "behind an operation"),
		"two windows":               wrong(good.Window(flow.Count[int](2)).Window(flow.Count[int](3)), "Window", 3, "has a window"),
		"departition of no reduce":  wrong(flow.Departition(good, init, add, done), "Departition", 2, "without a reduce"),
		"departition of a mapper":   wrong(flow.Departition(good.Filter(isEven), init, add, done), "Departition", 3, "without a reduce"),
		"departition of a layer":    wrong(flow.Departition(reduced.Shuffle(), init, add, done), "Departition", 5, "without a reduce"),

		// windows and triggers
		"two triggers":              wrong(inWindow(window{}.Every(1).Every(2)), "Window", 2, "once"),
		"count of nothing":          wrong(inWindow(flow.Count[int](0)), "Window", 2, "0 events"),
		"negative count":            wrong(inWindow(flow.Count[int](-1)), "Window", 2, "-1 events"),
		"every none":                wrong(inWindow(window{}.Every(0)), "Window", 2, "Every(0)"),
		"periodically without time": wrong(inWindow(window{}.Periodically(0)), "Window", 2, "Periodically(0s)"),
		"periodic without time":     wrong(inWindow(flow.Periodic[int](0)), "Window", 2, "0s"),
		"fixed without length":      wrong(inWindow(flow.Fixed(0, at)), "Window", 2, "0s"),
		"fixed of a nanosecond":     wrong(inWindow(flow.Fixed(999, at)), "Window", 2, "999ns"),
		"session without a gap":     wrong(inWindow(flow.Session(0, at, same)), "Window", 2, "0s"),
		"negative lateness":         wrong(inWindow(flow.Fixed(time.Second, at).AllowLateness(-1)), "Window", 2, "AllowLateness"),
		"no idle timeout":           wrong(inWindow(flow.Fixed(time.Second, at).IdleTimeout(0)), "Window", 2, "IdleTimeout"),
		"lateness of a session":     wrong(inWindow(flow.Session(time.Second, at, same).AllowLateness(1)), "Window", 2, "AllowLateness"),
		"lateness of a count":       wrong(inWindow(flow.Count[int](3).AllowLateness(1)), "Window", 2, "AllowLateness"),
		"gaps of a session":         wrong(inWindow(flow.Session(time.Second, at, same).WithGaps()), "Window", 2, "WithGaps"),
		"gaps of a global window":   wrong(inWindow(window{}.WithGaps()), "Window", 2, "WithGaps"),
		"idle count":                wrong(inWindow(flow.Count[int](3).IdleTimeout(1)), "Window", 2, "IdleTimeout"),
		"late count":                wrong(inWindow(flow.Count[int](3).OnLate(func(int) {})), "Window", 2, "OnLate"),
		"window of a join": wrong(flow.WindowJoin(flow.Inner, good, good, flow.Count[rows](0), same, same),
			"WindowJoin", 3, "0 events"),
		"lateness of a joined count": wrong(flow.WindowJoin(flow.Inner, good, good, flow.Count[rows](1).AllowLateness(1), same, same),
			"WindowJoin", 3, "AllowLateness"),
		"mode of a join":    wrong(flow.Join(0, good, good, same, same), "Join", 3, "mode is 0, allowed is Inner, LeftOuter, RightOuter or FullOuter"),
		"sort of none":      wrong(flow.TakeSort(good, 0, compare), "TakeSort", 2, "0 events"),
		"sort of less":      wrong(flow.TakeSort(reduced, -1, compare), "TakeSort", 4, "-1 events"),
		"the first mistake": wrong(good.Filter(nil).Shuffle(flow.Stages(0)).Tap(nil), "Filter", 2, nilFunc),
		"a mistake upstream of a join": wrong(flow.Join(flow.Inner, good, good.Tap(nil), same, same),
			"Tap", 3, nilFunc),
		"a mistake upstream of a union":       wrong(flow.Union(good, good.Tap(nil)).Filter(isEven), "Tap", 3, nilFunc),
		"a mistake in a union in a union":     wrong(flow.Union(good, flow.Union(good, good.Tap(nil))), "Tap", 4, nilFunc),
		"combine of nothing":                  wrong(flow.Combine(flow.Reduced[int]{}, add), "Combine", 1, noSource),
		"combine by nothing":                  wrong(flow.Combine(sum(good), nil), "Combine", 3, nilFunc),
		"nil filter map":                      wrong(flow.FilterMap[int, int](good, nil), "FilterMap", 2, nilFunc),
		"nil sequence that can fail":          wrong(flow.TrySeq[int](nil), "TrySeq", 1, "is nil"),
		"nil pointer to a stage":              wrong(flow.FromStages([]stage.Source[int]{(*stage.Producer[int])(nil)}), "FromStages", 1, "is nil"),
		"a mistake upstream of a departition": wrong(flow.Departition(sum(good.Tap(nil)).State(), init, add, done), "Tap", 2, nilFunc),
		"a mistake upstream of a sort":        wrong(flow.TakeSort(good.Tap(nil), 1, compare), "Tap", 2, nilFunc),
		"a mistake upstream of a through": wrong(flow.ThroughStarted(good.Tap(nil),
			[]func(context.Context, stage.Sources[int], ...stage.Option) (*stage.ProducerConsumer[int, int], error){started}), "Tap", 2, nilFunc),
	}
}

// TestBadProgramsAreRefused runs them where nothing can be started, so that an
// attempt would be another error.
func TestBadProgramsAreRefused(t *testing.T) {
	sys := process.NewSystem()
	require.NoError(t, sys.Shutdown(background))
	for name, p := range badPrograms() {
		for how, run := range p.runs {
			t.Run(name+" "+how, func(t *testing.T) {
				err := run(background, flow.In(sys))
				require.Error(t, err)
				var refused *flow.ProgramError
				require.ErrorAs(t, err, &refused, "%v", err)
				assert.Equal(t, p.op, refused.Op)
				assert.Equal(t, p.at, refused.Position)
				assert.Contains(t, refused.Problem, p.says)
			})
		}
	}
}

func TestAProgramErrorTellsWhere(t *testing.T) {
	err := one(3).Filter(nil).Run(background)
	assert.EqualError(t, err, "flow: Filter (operation 2): the function is nil")
}

func TestBadConsumersAreRefused(t *testing.T) {
	for name, into := range map[string]func() (*flow.Job, error){
		"none":          func() (*flow.Job, error) { return one(3).Filter(isEven).Into(background, nil) },
		"none to start": func() (*flow.Job, error) { return one(3).Filter(isEven).IntoStarted(background, nil) },
		"nil":           func() (*flow.Job, error) { return one(3).Filter(isEven).Into(background, []stage.Sink[int]{nil}) },
		"nil to start": func() (*flow.Job, error) {
			return one(3).Filter(isEven).IntoStarted(background,
				[]func(context.Context, stage.Sources[int], ...stage.Option) (*stage.Consumer[int], error){nil})
		},
	} {
		t.Run(name, func(t *testing.T) {
			job, err := into()
			assert.Nil(t, job)
			var refused *flow.ProgramError
			require.ErrorAs(t, err, &refused)
			assert.True(t, strings.HasPrefix(refused.Op, "Into"))
			assert.Equal(t, 3, refused.Position)
		})
	}
}

// An earlier mistake is the one to tell, and the zero flow is one.
func TestBadProgramsAreRefusedForConsumersToo(t *testing.T) {
	inWorld(t, func(w *world) {
		var refused *flow.ProgramError
		_, err := one(3).Tap(nil).Into(background, nil, w.in)
		require.ErrorAs(w, err, &refused)
		assert.Equal(w, "Tap", refused.Op)
		_, err = flow.Flow[int]{}.IntoStarted(background, []func(context.Context, stage.Sources[int], ...stage.Option) (*stage.Consumer[int], error){
			func(context.Context, stage.Sources[int], ...stage.Option) (*stage.Consumer[int], error) {
				w.Error("started")
				return nil, errBoom
			},
		}, w.in)
		require.ErrorAs(w, err, &refused)
		assert.Equal(w, "there is no source", refused.Problem)
	})
}

// Flows are values: what is added to one is not seen by others that grow out of
// the same beginning.
func TestFlowsAreValues(t *testing.T) {
	inWorld(t, func(w *world) {
		begin := one(6).Filter(func(n int) bool { return n > 2 })
		even, odd, broken := begin.Filter(isEven), begin.Reject(isEven), begin.Filter(nil)
		assert.Equal(w, []int{4, 6}, collect(w, even))
		assert.Equal(w, []int{3, 5}, collect(w, odd))
		assert.Equal(w, []int{3, 4, 5, 6}, collect(w, begin))
		assert.Error(w, broken.Run(background, w.in))
		window := flow.Global[int]()
		every := window.Every(2)
		assert.Len(w, collect(w, firings(one(6).Window(every), false)), 4)
		assert.Len(w, collect(w, firings(one(6).Window(window), false)), 1)
		flows := []flow.Flow[int]{one(1), one(2)}
		union := flow.Union(flows...)
		flows[1] = flow.Flow[int]{}
		assert.Len(w, collect(w, union), 3)
	})
}

func TestAProgramErrorIsNoOpError(t *testing.T) {
	err := one(3).Filter(nil).Run(background)
	assert.False(t, errors.As(err, new(*flow.OpError)))
}

func TestBadOptionsOfARun(t *testing.T) {
	for op, opt := range map[string]flow.RunOption{"In": flow.In(nil), "run": nil} {
		var refused *flow.ProgramError
		require.ErrorAs(t, flow.FromSlice([]int{1}).Run(background, opt), &refused)
		require.Equal(t, op, refused.Op)
	}
}
