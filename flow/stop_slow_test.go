package flow_test

import (
	"bytes"
	"iter"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/flow"
)

// A list is long and a function slow: a flow that is stopped does not wait for
// the rest of the list.
func TestSlowFunctionsAreStoppedWithinAList(t *testing.T) {
	var calls atomic.Int64
	slow := func(n int) int {
		calls.Add(1)
		time.Sleep(20 * ms)
		return n
	}
	for name, f := range map[string]func(flow.Flow[int]) flow.Flow[int]{
		"Map": func(f flow.Flow[int]) flow.Flow[int] { return flow.Map(f, slow) },
		"FilterMap": func(f flow.Flow[int]) flow.Flow[int] {
			return flow.FilterMap(f, func(n int) (int, bool) { return slow(n), true })
		},
		"FlatMapYield": func(f flow.Flow[int]) flow.Flow[int] {
			return flow.FlatMapYield(f, func(n int, yield func(int) bool) { yield(slow(n)) })
		},
		"Filter": func(f flow.Flow[int]) flow.Flow[int] { return f.Filter(func(n int) bool { return slow(n) > 0 }) },
		"Tap":    func(f flow.Flow[int]) flow.Flow[int] { return f.Tap(func(n int) { slow(n) }) },
		"UniqBy": func(f flow.Flow[int]) flow.Flow[int] { return flow.UniqBy(f, slow) },
		"Reduce": func(f flow.Flow[int]) flow.Flow[int] {
			return flow.Reduce(f, zero, func(all, n int) int { return all + slow(n) }).State()
		},
		"Fixed": func(f flow.Flow[int]) flow.Flow[int] {
			return f.Window(flow.Fixed(time.Hour, func(n int) time.Time { return at(slow(n)) }))
		},
		"Session": func(f flow.Flow[int]) flow.Flow[int] {
			return f.Window(flow.Session(time.Hour, at, slow))
		},
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				job := start(w, f(one(10_000)))
				time.Sleep(100 * ms)
				began := time.Now()
				must(job.Stop(background))
				n := calls.Load()
				assert.Less(w, time.Since(began), time.Second)
				time.Sleep(time.Second)
				assert.Equal(w, n, calls.Load(), "nothing is called when Stop has returned")
			})
		})
	}
}

// unending is a flow of one sequence that does not end by itself.
func unending(cleanup func()) flow.Flow[int] {
	return flow.FlatMap(one(1), func(int) iter.Seq[int] {
		return func(yield func(int) bool) {
			defer cleanup()
			for n := 0; yield(n); n++ {
			}
		}
	})
}

// A sequence that is suspended has been left when the flow has ended.
func TestASuspendedSequenceIsLeftBeforeTheEnd(t *testing.T) {
	inWorld(t, func(w *world) {
		left := 0
		f := unending(func() {
			time.Sleep(time.Second)
			left++
		})
		for _, err := range f.All(background, w.in) {
			require.NoError(w, err)
			break
		}
		assert.Equal(w, 1, left, "when the loop has been left")
		job := start(w, f.Shuffle(flow.Stages(1), flow.MaxDemand(1)).Tap(func(int) { time.Sleep(ms) }))
		time.Sleep(time.Second)
		must(job.Stop(background))
		assert.Equal(w, 2, left, "when it has been stopped")
	})
}

// A panic in the end of a suspended sequence is logged, and nothing else.
func TestAPanicInTheEndOfASequence(t *testing.T) {
	sys, log := logging(t, slog.LevelError)
	for _, err := range unending(func() { panic(errBoom) }).All(background, flow.In(sys)) {
		require.NoError(t, err)
		break
	}
	require.NoError(t, sys.Shutdown(background))
	assert.Contains(t, log.String(), "boom")
	assert.Contains(t, log.String(), "FlatMap (operation 2)")
	assert.Zero(t, sys.Abandoned())
	assert.Equal(t, 1, bytes.Count(log.Bytes(), []byte("\n")), log.String())
}

// endlessLine is a text without a line end.
type endlessLine struct{ reads atomic.Int64 }

func (r *endlessLine) Read(p []byte) (int, error) {
	r.reads.Add(1)
	time.Sleep(ms)
	p[0] = 'x'
	return 1, nil
}

func TestLinesAreStoppedWithinALine(t *testing.T) {
	inWorld(t, func(w *world) {
		text := new(endlessLine)
		job := start(w, flow.Lines(text, flow.Stages(1)))
		time.Sleep(100 * ms)
		began := time.Now()
		must(job.Stop(background))
		reads := text.reads.Load()
		assert.LessOrEqual(w, time.Since(began), 2*ms)
		time.Sleep(time.Second)
		assert.Equal(w, reads, text.reads.Load())
		assert.Greater(w, reads, int64(50))
	})
}
