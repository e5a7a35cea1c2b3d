package flow_test

import (
	"bytes"
	"context"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/flow"
	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/stage"
)

// logging is a system that logs into a text from a level on.
func logging(t *testing.T, level slog.Level) (*process.System, *bytes.Buffer) {
	log := new(bytes.Buffer)
	sys := process.NewSystem(process.WithLogger(slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: level}))))
	t.Cleanup(func() { assert.NoError(t, sys.Shutdown(background)) })
	return sys, log
}

// broken is a flow whose source fails.
func broken() flow.Flow[int] {
	return flow.FromProducer(func(ctx context.Context, opts ...stage.Option) (*stage.Producer[int], error) {
		return stage.StartProducer(ctx, demandFunc(func(*stage.Context[int], int) error { return errBoom }), opts...)
	})
}

// The failure of a flow is returned; its stages do not log it as well.
func TestAFailingFlowLogsNothing(t *testing.T) {
	sys, log := logging(t, slog.LevelInfo)
	f := flow.Map(flow.FromSlice(upTo(1, 100), flow.Stages(3)), func(n int) int { panic(errBoom) })
	for _, f := range []flow.Flow[int]{f, flow.Partition(f, flow.Stages(3)).Filter(isEven), broken().Filter(isEven)} {
		for _, run := range allRuns(f) {
			require.ErrorIs(t, run(background, flow.In(sys)), errBoom)
		}
	}
	assert.Empty(t, log.String())
}

func TestAFailingFlowTellsMoreAtDebugLevel(t *testing.T) {
	sys, log := logging(t, slog.LevelDebug)
	require.ErrorIs(t, broken().Run(background, flow.In(sys)), errBoom)
	require.NoError(t, sys.Shutdown(background))
	assert.Contains(t, log.String(), `level=DEBUG msg="process terminated"`)
	assert.NotContains(t, log.String(), "level=ERROR")
}
