package stage_test

import (
	"context"
	"slices"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/stage"
)

// printer emits texts; what it prints comes from an inlet of another type.
type printer struct{ ctx *stage.Context[string] }

func (p *printer) Init(ctx *stage.Context[string]) error {
	p.ctx = ctx
	return nil
}

func (p *printer) HandleCancel(_ *stage.Context[string], _ stage.CancelKind, _ stage.Subscription, _ error) error {
	stage.AsyncInfo(p.ctx.Self(), "the source has ended")
	return nil
}

func (p *printer) HandleInfo(*stage.Context[string], string) error { return process.Normal }

func TestStartFed(t *testing.T) {
	w := outside(t)
	ctx := t.Context()
	source, err := stage.FromSeq(ctx, slices.Values([]int{1, 2, 3}), stage.In(w.sys), stage.Demand(stage.Accumulate))
	require.NoError(t, err)
	p := new(printer)
	in := stage.NewInlet(stage.From(source, stage.OnCancel(stage.Transient)), func(events []int, _ stage.Subscription) error {
		for _, i := range events {
			p.ctx.Emit(strconv.Itoa(i))
		}
		return nil
	})
	texts, err := stage.StartFed(ctx, in, p, stage.In(w.sys))
	require.NoError(t, err)
	var got []string
	for text, err := range stage.Stream(ctx, stage.From(texts), stage.In(w.sys), stage.DemandOf(source.PID())) {
		require.NoError(t, err)
		got = append(got, text)
	}
	require.Equal(t, []string{"1", "2", "3"}, got)
}

func TestStartFedRefusesNil(t *testing.T) {
	_, err := stage.StartFed(context.Background(), stage.Inlet{}, new(printer))
	require.ErrorIs(t, err, stage.ErrNilBehaviour)
	_, err = stage.StartFed(context.Background(), stage.NewInlet[int](nil, nil), new(printer))
	require.ErrorIs(t, err, stage.ErrNilBehaviour)
	in := stage.NewInlet(nil, func([]int, stage.Subscription) error { return nil })
	_, err = stage.StartFed[string](context.Background(), in, nil)
	require.ErrorIs(t, err, stage.ErrNilBehaviour)
}
