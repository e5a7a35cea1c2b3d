package flow_test

import (
	"context"
	"math"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/flow"
)

const ms = time.Millisecond

// tens are windows of 10 ms over numbers that are times.
func tens() flow.Window[int] { return flow.Fixed(10*ms, at) }

// in10 is what a trigger finds in the window of 10 ms that begins at start.
func in10(start int, trigger string, events ...int) fired {
	id := flow.WindowID{Kind: flow.FixedWindow, N: int64(start) * 1000, Length: 10 * ms}
	return fired{id, trigger, append([]int{}, events...)}
}

// times is a flow of given times through one stage, in lists of one event each
// or as few as possible.
func times(single bool, events ...int) flow.Flow[int] {
	opts := []flow.Option{flow.Stages(1)}
	if single {
		opts = append(opts, flow.MaxDemand(1))
	}
	return flow.FromSlice(events, opts...)
}

func TestFixedWindows(t *testing.T) {
	for _, single := range []bool{false, true} {
		inWorld(t, func(w *world) {
			f := firings(times(single, 1, 2, 35, 36, 61).Window(tens()), false)
			assert.Equal(w, []fired{
				in10(0, flow.Done, 1, 2), in10(30, flow.Done, 35, 36), in10(60, flow.Done, 61),
			}, collect(w, f))
			f = firings(times(single, 1, 2, 35, 36, 61).Window(tens().WithGaps()), false)
			assert.Equal(w, []fired{
				in10(0, flow.Done, 1, 2), in10(10, flow.Done), in10(20, flow.Done), in10(30, flow.Done, 35, 36),
				in10(40, flow.Done), in10(50, flow.Done), in10(60, flow.Done, 61),
			}, collect(w, f))
		})
	}
}

func TestNoEventsNoFixedWindows(t *testing.T) {
	inWorld(t, func(w *world) {
		assert.Empty(w, collect(w, firings(times(true).Window(tens()), false)))
		assert.Empty(w, collect(w, firings(times(true).Window(tens().WithGaps().AllowLateness(1)), false)))
	})
}

func TestTimesBelowZeroAreRoundedDown(t *testing.T) {
	inWorld(t, func(w *world) {
		f := firings(times(true, -21, -20, -11, -10, -5, -1, 0, 5, 10).Window(tens()), false)
		assert.Equal(w, []fired{
			in10(-30, flow.Done, -21), in10(-20, flow.Done, -20, -11), in10(-10, flow.Done, -10, -5, -1),
			in10(0, flow.Done, 0, 5), in10(10, flow.Done, 10),
		}, collect(w, f))
	})
}

func TestTheStartOfAFixedWindow(t *testing.T) {
	inWorld(t, func(w *world) {
		day := time.Date(2026, 3, 29, 0, 0, 0, 0, time.UTC)
		hours := flow.Fixed(time.Hour, func(n int) time.Time { return day.Add(time.Duration(n) * time.Minute) })
		got := collect(w, firings(times(false, 59, 60).Window(hours), false))
		require.Len(w, got, 2)
		assert.Equal(w, day, got[0].window.Start())
		assert.Equal(w, day.Add(time.Hour), got[0].window.End())
		assert.Zero(w, flow.WindowID{Kind: flow.SessionWindow}.End())
		assert.Equal(w, "fixed 2026-03-29T01:00:00Z", got[1].window.String())
	})
}

// The lists of a flow are cut as it comes. Windows end behind a list, so within
// one no event is late.
func TestLateEvents(t *testing.T) {
	for single, want := range map[bool]struct {
		windows []fired
		late    []int
	}{
		false: {[]fired{in10(0, flow.Done, 1, 3), in10(10, flow.Done, 12), in10(20, flow.Done, 25)}, nil},
		true:  {[]fired{in10(0, flow.Done, 1), in10(20, flow.Done, 25)}, []int{3, 12}},
	} {
		inWorld(t, func(w *world) {
			var count atomic.Int64
			var late []int
			window := tens().CountLate(&count).OnLate(func(n int) { late = append(late, n) })
			assert.Equal(w, want.windows, collect(w, firings(times(single, 1, 25, 3, 12).Window(window), false)))
			assert.Equal(w, want.late, late)
			assert.EqualValues(w, len(want.late), count.Load())
		})
	}
}

func TestEventsOutOfOrderInOpenWindows(t *testing.T) {
	inWorld(t, func(w *world) {
		f := firings(times(true, 5, 3, 9, 1, 12, 11).Window(tens()), false)
		assert.Equal(w, []fired{in10(0, flow.Done, 5, 3, 9, 1), in10(10, flow.Done, 12, 11)}, collect(w, f))
	})
}

// windowed is a running flow over channels, whose firings are written down.
type windowed struct {
	*world
	channels []chan int
	job      *flow.Job
	mu       sync.Mutex // a timer of the stage knows nothing of the test
	got      []fired
}

// watching starts one stage that takes from n channels.
func (w *world) watching(n int, window flow.Window[int]) *windowed {
	v := &windowed{world: w}
	var sources []flow.Flow[int]
	for range n {
		ch := make(chan int)
		v.channels = append(v.channels, ch)
		sources = append(sources, flow.FromChan(ch))
	}
	f := flow.OnTrigger(list(flow.Union(sources...).With(flow.Stages(1)).Window(window)), func(l []int, by flow.Firing) ([]int, []int) {
		v.note(fired{by.Window, by.Trigger, append([]int{}, l...)})
		return nil, l
	})
	v.job = start(w, f)
	w.settle()
	return v
}

// send gives events to a producer, one after the other, and returns what fires.
func (v *windowed) send(producer int, events ...int) []fired {
	for _, event := range events {
		v.channels[producer] <- event
		v.settle()
	}
	return v.take()
}

// pass lets time pass and returns what fires.
func (v *windowed) pass(d time.Duration) []fired {
	time.Sleep(d)
	v.settle()
	return v.take()
}

func (v *windowed) note(f fired) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.got = append(v.got, f)
}

func (v *windowed) take() []fired {
	v.mu.Lock()
	defer v.mu.Unlock()
	got := v.got
	v.got = nil
	return got
}

// end closes what producers are left, and returns what fires.
func (v *windowed) end(left ...int) []fired {
	for _, i := range left {
		close(v.channels[i])
	}
	require.NoError(v, v.job.Wait(background))
	return v.take()
}

func TestAFixedWindowEndsWhenTimeHasPassedIt(t *testing.T) {
	inWorld(t, func(w *world) {
		v := w.watching(1, tens())
		assert.Empty(w, v.send(0, 1, 9, 3))
		assert.Equal(w, []fired{in10(0, flow.Done, 1, 9, 3)}, v.send(0, 10))
		assert.Empty(w, v.send(0, 2, 19))
		assert.Equal(w, []fired{in10(10, flow.Done, 10, 19)}, v.send(0, 100))
		assert.Equal(w, []fired{in10(100, flow.Done, 100)}, v.end(0))
	})
}

func TestTheSlowestProducerHoldsWindowsOpen(t *testing.T) {
	inWorld(t, func(w *world) {
		v := w.watching(2, tens())
		assert.Empty(w, v.send(0, 1, 11, 25), "the other has not said anything")
		assert.Empty(w, v.send(1, 2))
		assert.Equal(w, []fired{in10(0, flow.Done, 1, 2)}, v.send(1, 12))
		assert.Equal(w, []fired{in10(10, flow.Done, 11, 12)}, v.send(1, 40))
		assert.Equal(w, []fired{in10(20, flow.Done, 25)}, v.send(0, 41))
		assert.Equal(w, []fired{in10(40, flow.Done, 40, 41)}, v.end(0, 1))
	})
}

func TestAProducerThatEndsHoldsNothingBack(t *testing.T) {
	inWorld(t, func(w *world) {
		v := w.watching(2, tens())
		v.send(0, 1)
		v.send(1, 2, 12, 22)
		close(v.channels[0])
		w.settle()
		assert.Equal(w, []fired{in10(0, flow.Done, 1, 2), in10(10, flow.Done, 12)}, v.take(), "at once")
		assert.Empty(w, v.send(1, 23))
		assert.Equal(w, []fired{in10(20, flow.Done, 22, 23)}, v.end(1))
	})
}

func TestAProducerThatNeverSaysAnything(t *testing.T) {
	inWorld(t, func(w *world) {
		v := w.watching(2, tens())
		assert.Empty(w, v.send(1, 2, 12, 22))
		assert.Equal(w, []fired{in10(0, flow.Done, 2), in10(10, flow.Done, 12), in10(20, flow.Done, 22)}, v.end(0, 1))
	})
}

// A producer counts as idle between one and two timeouts after its last event.
func TestAnIdleProducerIsIgnored(t *testing.T) {
	inWorld(t, func(w *world) {
		var late atomic.Int64
		v := w.watching(2, tens().IdleTimeout(time.Minute).CountLate(&late))
		v.send(0, 1)
		assert.Empty(w, v.send(1, 2, 22))
		assert.Empty(w, v.pass(59*time.Second))
		assert.Empty(w, v.pass(2*time.Second), "it has delivered in the first minute")
		assert.Empty(w, v.send(1, 23))
		assert.Equal(w, []fired{in10(0, flow.Done, 1, 2)}, v.pass(time.Minute))

		assert.Empty(w, v.send(0, 3))
		assert.EqualValues(w, 1, late.Load(), "its window is over")
		assert.Empty(w, v.send(1, 45), "the other one counts again")
		assert.Equal(w, []fired{in10(20, flow.Done, 22, 23)}, v.send(0, 46))
		assert.Equal(w, []fired{in10(40, flow.Done, 45, 46)}, v.end(0, 1))
	})
}

func TestAProducerThatNeverSaysAnythingIsIdle(t *testing.T) {
	inWorld(t, func(w *world) {
		v := w.watching(2, tens().IdleTimeout(time.Minute))
		assert.Empty(w, v.send(1, 2, 12))
		v.pass(61 * time.Second)
		v.send(1, 13)
		assert.Equal(w, []fired{in10(0, flow.Done, 2)}, v.pass(time.Minute))
		assert.Equal(w, []fired{in10(10, flow.Done, 12, 13)}, v.end(0, 1))
	})
}

func TestWhenAllAreIdleTimeGoesOnWithTheClock(t *testing.T) {
	inWorld(t, func(w *world) {
		hours := flow.Fixed(time.Hour, func(n int) time.Time { return time.UnixMilli(0).Add(time.Duration(n) * time.Minute) })
		var late atomic.Int64
		v := w.watching(2, hours.IdleTimeout(10*time.Minute).CountLate(&late))
		hour := func(n int, events ...int) fired {
			id := flow.WindowID{Kind: flow.FixedWindow, N: int64(n) * time.Hour.Microseconds(), Length: time.Hour}
			return fired{id, flow.Done, events}
		}
		v.send(0, 10)
		v.send(1, 70)
		assert.Empty(w, v.pass(19*time.Minute))
		assert.Equal(w, []fired{hour(0, 10)}, v.pass(2*time.Minute), "one of them has got beyond it")
		assert.Empty(w, v.send(0, 65), "it is not over yet")
		v.pass(21 * time.Minute)
		assert.Empty(w, v.pass(28*time.Minute))
		assert.Equal(w, []fired{hour(1, 70, 65)}, v.pass(10*time.Minute), "its hour is over")
		assert.Empty(w, v.send(0, 119))
		assert.EqualValues(w, 1, late.Load())
		assert.Empty(w, v.send(1, 125))
		assert.Equal(w, []fired{hour(2, 125)}, v.end(0, 1))
	})
}

// A gap of a million windows costs nothing, unless it is asked for.
func TestGaps(t *testing.T) {
	const million = 1_000_000
	events := []int{0, 10 * million, 20*million + 5}
	for _, single := range []bool{false, true} {
		inWorld(t, func(w *world) {
			counts := flow.Reduce(times(single, events...).Window(tens()), zero, func(n, _ int) int { return n + 1 })
			allocated := testing.AllocsPerRun(1, func() { assert.Equal(w, []int{1, 1, 1}, collect(w, counts.State())) })
			assert.Less(w, allocated, 10_000.0)
		})
	}
	inWorld(t, func(w *world) {
		fires, used := 0, 0
		counts := flow.Reduce(times(true, 0, million*10).Window(tens().WithGaps()), zero, func(n, _ int) int { return n + 1 })
		f := flow.OnTrigger(counts, func(n int, _ flow.Firing) ([]int, int) {
			fires++
			used += n
			return nil, n
		})
		require.NoError(w, f.Run(background, w.in))
		assert.Equal(w, million+1, fires)
		assert.Equal(w, 2, used)
	})
}

// A time far off is an event like any other.
func TestTimesFarOff(t *testing.T) {
	inWorld(t, func(w *world) {
		stamps := []time.Time{{}, time.Unix(0, 0), time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)}
		window := flow.Fixed(time.Second, func(n int) time.Time { return stamps[n] })
		got := collect(w, firings(times(true, 0, 1, 2).Window(window), false))
		require.Len(w, got, 3)
		for i, f := range got {
			assert.Equal(w, []int{i}, f.events)
			assert.True(w, stamps[i].Equal(f.window.Start()), f.window.Start())
		}
	})
}

// Many open windows are no burden to each list of events.
func TestManyOpenWindows(t *testing.T) {
	inWorld(t, func(w *world) {
		const windows = 100_000
		slow := make(chan int, 1)
		slow <- 0
		fast := make([]int, windows)
		for i := range fast {
			fast[i] = 10 * i
		}
		seen := 0
		both := flow.Union(flow.FromChan(slow), flow.FromSlice(fast)).With(flow.Stages(1), flow.MaxDemand(100)).
			Window(tens()).Tap(func(int) {
			if seen++; seen == windows+1 {
				close(slow)
			}
		})
		fires := 0
		f := flow.OnTrigger(sum(both), func(n int, _ flow.Firing) ([]int, int) { fires++; return nil, n })
		require.NoError(w, f.Run(background, w.in))
		assert.Equal(w, windows, fires)
	})
}

// A gap can be stopped.
func TestAGapWithoutEnd(t *testing.T) {
	inWorld(t, func(w *world) {
		ctx, cancel := context.WithCancel(background)
		made := 0
		// No list of events and no end of input comes behind the gap.
		f := flow.Reduce(times(true, 0, math.MaxInt32).Window(flow.Fixed(time.Microsecond, at).WithGaps()), func() int {
			if made++; made == 1000 {
				cancel()
			}
			return 0
		}, add)
		require.ErrorIs(w, f.Nothing().Run(ctx, w.in), context.Canceled)
		assert.Less(w, made, 100_000)
	})
}
