package flow_test

import (
	"context"
	"strings"
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

// A flow that comes to its end is not started again if its child is Transient.
func TestASupervisedFlowThatEnds(t *testing.T) {
	inWorld(t, func(w *world) {
		starts := 0
		f := flow.FromSlice(upTo(1, 10), flow.Stages(1), flow.OnInit(func(int, int) { starts++ })).Filter(isEven)
		spec := supervisor.Func("flow", f.Supervised(w.in))
		spec.Restart = supervisor.Transient
		sup, err := supervisor.Start(background, []supervisor.Spec{spec}, supervisor.In(w.sys))
		require.NoError(w, err)
		w.settle()
		assert.Equal(w, 1, starts)
		require.NoError(w, sup.Stop(background, nil))
	})
}

// One over a reader makes both in the function.
func TestASupervisedFlowOverAReader(t *testing.T) {
	inWorld(t, func(w *world) {
		var got []string
		spec := supervisor.Func("flow", func(ctx context.Context) error {
			f := flow.Lines(strings.NewReader("a\nb\n"), flow.Stages(1)).Tap(func(line string) { got = append(got, line) })
			if err := f.Run(ctx, w.in); err != nil || len(got) > 2 {
				return err
			}
			return errBoom
		})
		spec.Restart = supervisor.Transient
		sup, err := supervisor.Start(background, []supervisor.Spec{spec}, supervisor.In(w.sys))
		require.NoError(w, err)
		w.settle()
		assert.Equal(w, []string{"a", "b", "a", "b"}, got)
		require.NoError(w, sup.Stop(background, nil))
	})
}
