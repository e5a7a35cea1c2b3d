package telemetry_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/telemetry"
)

func TestHandlersAreCalledInOrderOfAttachment(t *testing.T) {
	var h telemetry.Hub
	var n noter
	for _, name := range []string{"b", "a", "c"} {
		attach(t, &h, name, n.handler(name))
	}
	h.Emit(bg, done{})
	require.Equal(t, []string{"b", "a", "c"}, n.journal)
	require.Equal(t, []string{"b", "a", "c"}, h.Handlers())
}

func TestHubIsActiveWhileSomebodyListens(t *testing.T) {
	var h telemetry.Hub
	require.False(t, h.Active())
	detachA := attach(t, &h, "a", new(noter).handler("a"))
	detachB := attach(t, &h, "b", new(noter).handler("b"))
	require.True(t, h.Active())
	detachA()
	require.True(t, h.Active())
	detachB()
	require.False(t, h.Active())
	require.Empty(t, h.Handlers())
}

func TestNilHubIsInactive(t *testing.T) {
	var h *telemetry.Hub
	require.False(t, h.Active())
	require.Equal(t, bg, h.Emit(bg, begun{}))
	require.Empty(t, h.Handlers())
	_, err := h.Attach("a", new(noter).handler("a"))
	require.ErrorContains(t, err, "hub is nil")
}

func TestDefaultIsOneHub(t *testing.T) {
	require.Same(t, telemetry.Default(), telemetry.Default())
}

func TestNameIsAttachedOnce(t *testing.T) {
	var h telemetry.Hub
	attach(t, &h, "a", new(noter).handler("a"))
	_, err := h.Attach("a", new(noter).handler("a"))
	var taken *telemetry.NameTakenError
	require.ErrorAs(t, err, &taken)
	require.Equal(t, "a", taken.Name)
	require.ErrorIs(t, err, telemetry.ErrNameTaken)
	require.EqualError(t, err, `telemetry: Attach "a": the name is taken`)
	require.Equal(t, []string{"a"}, h.Handlers())
}

func TestWrongArgumentsAreRefused(t *testing.T) {
	var h telemetry.Hub
	_, err := h.Attach("", new(noter).handler("a"))
	require.ErrorContains(t, err, `the name is ""`)
	for _, handler := range []telemetry.Handler{nil, telemetry.HandlerFunc(nil), telemetry.On[done](nil)} {
		_, err = h.Attach("a", handler)
		require.ErrorContains(t, err, `Attach "a": handler is nil`)
	}
	require.False(t, h.Active())
}

func TestDetachTwiceLeavesASuccessorOfThatName(t *testing.T) {
	var h telemetry.Hub
	var n noter
	detach := attach(t, &h, "a", n.handler("first"))
	detach()
	attach(t, &h, "a", n.handler("second"))
	detach()
	h.Emit(bg, done{})
	require.Equal(t, []string{"second"}, n.journal)
}

func TestContextOfAStartGoesThroughTheHandlers(t *testing.T) {
	var h telemetry.Hub
	var seen []any
	look := func(ctx context.Context, _ telemetry.Event) context.Context {
		seen = append(seen, ctx.Value(key("who")))
		return nil
	}
	attach(t, &h, "one", func(ctx context.Context, _ telemetry.Event) context.Context {
		return context.WithValue(ctx, key("who"), "one")
	})
	attach(t, &h, "look", look)
	attach(t, &h, "two", func(ctx context.Context, _ telemetry.Event) context.Context {
		return context.WithValue(ctx, key("who"), "two")
	})
	attach(t, &h, "look again", look)
	require.Equal(t, "two", h.Emit(bg, begun{}).Value(key("who")))
	require.Equal(t, []any{"one", "two"}, seen)
}

func TestContextOfOtherEventsIsIgnored(t *testing.T) {
	var h telemetry.Hub
	attach(t, &h, "a", func(ctx context.Context, _ telemetry.Event) context.Context {
		return context.WithValue(ctx, key("who"), "a")
	})
	attach(t, &h, "b", func(ctx context.Context, _ telemetry.Event) context.Context {
		require.Nil(t, ctx.Value(key("who")))
		return nil
	})
	require.Equal(t, bg, h.Emit(bg, done{}))
	require.Equal(t, []string{"a", "b"}, h.Handlers())
}

func TestHandlerMayAttachAndDetach(t *testing.T) {
	var h telemetry.Hub
	var n noter
	var detach func()
	detach = attach(t, &h, "once", func(context.Context, telemetry.Event) context.Context {
		detach()
		attach(t, &h, "next", n.handler("next"))
		return nil
	})
	h.Emit(bg, done{})
	require.Empty(t, n.journal, "the event was being emitted before it was attached")
	h.Emit(bg, done{})
	require.Equal(t, []string{"next"}, n.journal)
}

func TestOnHearsOneKindOfEvent(t *testing.T) {
	var h telemetry.Hub
	var sum, all int
	_, err := h.Attach("one kind", telemetry.On(func(_ context.Context, e done) { sum += e.n }))
	require.NoError(t, err)
	_, err = h.Attach("all", telemetry.On(func(context.Context, telemetry.Event) { all++ }))
	require.NoError(t, err)
	h.Emit(bg, done{n: 2})
	require.Equal(t, bg, h.Emit(bg, begun{}))
	h.Emit(bg, done{n: 3})
	require.Equal(t, 5, sum)
	require.Equal(t, 3, all)
}
