package flow_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/flow"
	"github.com/stagecraft-go/stagecraft/stage"
)

func failing1(int) (int, error) { return 0, errBoom }

// Positions count through all branches, in the order in which they are written.
func TestThePositionInABranch(t *testing.T) {
	type ints = flow.Flow[int]
	bad := func(f ints) ints { return flow.TryMap(f, failing1) }
	broken := flow.FromProducer(func(ctx context.Context, opts ...stage.Option) (*stage.Producer[int], error) {
		return stage.StartProducer(ctx, demandFunc(func(*stage.Context[int], int) error { return errBoom }), opts...)
	})
	twice := func(f ints) ints { return f.Filter(isEven).Filter(isEven) } // 2 operations
	wrongPlace := func(int) int { return -1 }
	for name, c := range map[string]struct {
		f  ints
		op string
		at int
	}{
		"first branch":             {flow.Union(bad(one(3)), one(3)), "TryMap", 2},
		"second branch":            {flow.Union(one(3), bad(one(3))), "TryMap", 3},
		"second branch, later":     {flow.Union(twice(one(3)), bad(flow.Map(one(3), same))), "TryMap", 6},
		"behind":                   {bad(flow.Union(twice(one(3)), one(3))), "TryMap", 6},
		"source of a branch":       {flow.Union(one(3), broken), "FromProducer", 2},
		"source with operations":   {flow.Union(twice(one(3)), twice(broken)), "FromProducer", 4},
		"in a union of a union":    {flow.Union(one(3), flow.Union(one(3), bad(one(3)))), "TryMap", 4},
		"behind an inner union":    {flow.Union(one(3), bad(flow.Union(one(3), one(3)))), "TryMap", 5},
		"partition of a union":     {flow.Union(twice(one(3)), one(3)).PartitionTo(wrongPlace, flow.Stages(2)), "PartitionTo", 6},
		"partition in a branch":    {flow.Union(one(3), one(3).PartitionTo(wrongPlace, flow.Stages(2)).Filter(isEven)), "PartitionTo", 3},
		"partition behind a union": {flow.Union(one(3), twice(flow.Union(one(3), one(3)).PartitionTo(wrongPlace, flow.Stages(2)))), "PartitionTo", 5},
		"right side of a join": {flow.Map(flow.Join(flow.Inner, twice(one(3)), bad(one(3)), same, same),
			func(r flow.Row[int, int]) int { return r.Left }), "TryMap", 5},
	} {
		for _, run := range runs(c.f) {
			t.Run(name, func(t *testing.T) {
				inWorld(t, func(w *world) {
					requireBlamed(w, run(background, w.in), c.op, c.at)
				})
			})
		}
	}
	require.EqualError(t, flow.Union(one(1), one(1).Filter(nil)).Check(), "flow: Filter (operation 3): the function is nil")
}
