package flow_test

import (
	"runtime"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/flow"
)

// heapInUse is what is alive, in bytes.
func heapInUse() int {
	var stats runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&stats)
	return int(stats.HeapAlloc)
}

// Run keeps nothing of what a mapper makes. (The original keeps it all.)
func TestTheMemoryOfMappersIsFlat(t *testing.T) {
	if testing.Short() {
		t.Skip("100 million events")
	}
	w := outside(t)
	events, checks := 100_000_000, 10
	if raceDetector {
		events, checks = 1_000_000, 4
	}
	before, most := heapInUse(), 0
	source := flow.FromSeq(func(yield func(int) bool) {
		for n := 1; n <= events && yield(n); n++ {
			if n%(events/checks) == 0 {
				most = max(most, heapInUse()-before)
			}
		}
	}, flow.Stages(2))
	var seen atomic.Int64
	wide := flow.MapBatch(source, func(l []int) []int { seen.Add(int64(len(l))); return l })
	wider := flow.Map(wide, func(n int) entry { return entry{Key: "wide", Value: n} })
	require.NoError(t, wider.Run(background, w.in))
	assert.EqualValues(t, events, seen.Load())
	assert.Less(t, most, 4<<20)
}

// What is held for one trigger is gone behind it.
func TestTheMemoryOfWindowsIsFlat(t *testing.T) {
	if testing.Short() {
		t.Skip("a million events")
	}
	w := outside(t)
	const events = 1_000_000
	for name, window := range map[string]flow.Window[int]{
		"count":   flow.Count[int](100),
		"fixed":   tens(),
		"session": flow.Session(3*ms, at, func(n int) int { return n / 10 % 100 }),
	} {
		before, most := heapInUse(), 0
		source := flow.FromSeq(func(yield func(int) bool) {
			for n := 1; n <= events && yield(n); n++ {
				if n%(events/4) == 0 {
					most = max(most, heapInUse()-before)
				}
			}
		}, flow.Stages(1))
		f := flow.Items(list(flow.Uniq(source.Window(window))))
		require.NoError(t, f.Run(background, w.in))
		assert.Less(t, most, 4<<20, name)
	}
}
