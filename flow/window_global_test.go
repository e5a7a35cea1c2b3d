package flow_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/flow"
)

func TestTheGlobalWindowFiresOnce(t *testing.T) {
	for _, size := range []int{0, 1, 1000} {
		inWorld(t, func(w *world) {
			all := []fired{{trigger: flow.Done, events: append([]int{}, upTo(1, size)...)}}
			assert.Equal(w, all, collect(w, firings(one(size), false)))
			assert.Equal(w, all, collect(w, firings(one(size).Window(flow.Global[int]()), false)))
		})
	}
}

func TestTheGlobalWindowFiresInEachStage(t *testing.T) {
	inWorld(t, func(w *world) {
		f := flow.OnTrigger(sum(one(9).Shuffle(flow.Stages(3))), func(n int, by flow.Firing) ([]string, int) {
			return []string{fmt.Sprint(by)}, n
		})
		assert.ElementsMatch(w, []string{
			fmt.Sprint(flow.Firing{Trigger: flow.Done, Index: 0, Total: 3}),
			fmt.Sprint(flow.Firing{Trigger: flow.Done, Index: 1, Total: 3}),
			fmt.Sprint(flow.Firing{Trigger: flow.Done, Index: 2, Total: 3}),
		}, collect(w, f))
	})
}

func TestDoneComesAtTheEndOfAllInput(t *testing.T) {
	inWorld(t, func(w *world) {
		first, second := make(chan int), make(chan int)
		got := make(chan int, 1)
		both := flow.Union(flow.FromChan(first), flow.FromChan(second)).With(flow.Stages(1))
		job := start(w, flow.OnTrigger(sum(both), func(n int, _ flow.Firing) ([]int, int) { got <- n; return nil, n }))
		first <- 1
		second <- 2
		close(first)
		w.settle()
		assert.Empty(w, got)
		second <- 3
		close(second)
		require.NoError(w, job.Wait(background))
		assert.Equal(w, 6, <-got)
	})
}

func TestWindowsInWords(t *testing.T) {
	for want, id := range map[string]flow.WindowID{
		"global":   {},
		"count 7":  {Kind: flow.CountWindow, N: 7},
		"fixed":    {Kind: flow.FixedWindow},
		"periodic": {Kind: flow.PeriodicWindow},
	} {
		assert.Contains(t, id.String(), want)
	}
	id := flow.WindowID{Kind: flow.SessionWindow, N: time.Date(2026, 1, 2, 3, 4, 5, 6000, time.UTC).UnixMicro(), Key: "k"}
	assert.Equal(t, "session 2026-01-02T03:04:05.000006Z of k", id.String())
	assert.Equal(t, "invalid(9)", flow.WindowKind(9).String())
}
