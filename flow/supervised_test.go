package flow_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/flow"
	"github.com/stagecraft-go/stagecraft/supervisor"
)

// A flow that fails is started again, and stopped with its supervisor.
func TestAFlowUnderASupervisor(t *testing.T) {
	inWorld(t, func(w *world) {
		ch := make(chan int)
		starts := 0
		f := flow.TryMap(flow.FromChan(ch, flow.Stages(1), flow.OnInit(func(int, int) { starts++ })), func(n int) (int, error) {
			if n < 0 {
				return 0, errBoom
			}
			return n, nil
		})
		spec := supervisor.Func("flow", func(ctx context.Context) error { return f.Run(ctx, w.in) })
		sup, err := supervisor.Start(background, []supervisor.Spec{spec}, supervisor.In(w.sys))
		require.NoError(w, err)
		ch <- 1
		w.settle()
		assert.Equal(w, 1, starts)
		ch <- -1
		w.settle()
		assert.Equal(w, 2, starts)
		ch <- 2
		require.NoError(w, sup.Stop(background, nil))
		assert.Equal(w, 2, starts)
		assert.Zero(w, w.sys.Count())
	})
}
