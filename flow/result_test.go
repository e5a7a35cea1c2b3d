package flow_test

import (
	"context"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/flow"
)

func TestOne(t *testing.T) {
	inWorld(t, func(w *world) {
		got, err := one(7).Filter(func(n int) bool { return n == 3 }).One(background, w.in)
		require.NoError(w, err)
		assert.Equal(w, 3, got)
		_, err = one(0).One(background, w.in)
		assert.ErrorIs(w, err, flow.ErrNoResult)
		_, err = flow.FromSeq(endless(nil)).One(background, w.in)
		assert.ErrorIs(w, err, flow.ErrManyResults)
		_, err = flow.TryMap(one(1), failing1).One(background, w.in)
		assert.ErrorIs(w, err, errBoom)
		_, err = flow.Flow[int]{}.One(background, w.in)
		assert.ErrorAs(w, err, new(*flow.ProgramError))
	})
}

func TestCombine(t *testing.T) {
	for _, stages := range []int{1, 3, 8} {
		inWorld(t, func(w *world) {
			numbers := flow.FromSlice(upTo(1, 1000), flow.Stages(stages))
			got, err := flow.Combine(sum(numbers), add).One(background, w.in)
			require.NoError(w, err)
			assert.Equal(w, 1000*1001/2, got)

			byEnd := flow.Reduce(numbers, newCounts, func(c counts, n int) counts { c[digit(n)]++; return c })
			all, err := flow.Combine(byEnd, func(a, b counts) counts {
				for k, n := range b {
					a[k] += n
				}
				return a
			}).One(background, w.in)
			require.NoError(w, err)
			assert.Len(w, all, 10)
			assert.Equal(w, []int{100}, slices.Compact(slices.Collect(maps.Values(all))))
		})
	}
}

// One state for each window, whatever triggers there are.
func TestCombineInWindows(t *testing.T) {
	inWorld(t, func(w *world) {
		seconds := flow.Fixed(time.Second, func(n int) time.Time { return at(100 * n) }).Every(3)
		f := flow.FromSlice(upTo(0, 39), flow.Stages(3)).PartitionTo(func(n int) int { return n % 3 }, flow.Stages(3)).Window(seconds)
		assert.ElementsMatch(w, []int{45, 145, 245, 345}, collect(w, flow.Combine(sum(f), add)))
	})
}

func TestCombineFails(t *testing.T) {
	inWorld(t, func(w *world) {
		f := flow.Combine(sum(flow.FromSlice(upTo(1, 9), flow.Stages(3))), func(int, int) int { panic(errBoom) })
		requireBlamed(w, f.Run(background, w.in), "Combine", 3)
	})
}

func TestTrySeq(t *testing.T) {
	inWorld(t, func(w *world) {
		fails := func(yield func(int, error) bool) { _ = yield(1, nil) && yield(0, errBoom) && yield(2, nil) }
		var got []int
		for n, err := range flow.TrySeq(fails).All(background, w.in) {
			if err != nil {
				assert.ErrorIs(w, err, errBoom)
				requireBlamed(w, err, "TrySeq", 1)
				continue
			}
			got = append(got, n)
		}
		assert.Subset(w, []int{1}, got)
		// A flow is such a sequence.
		inner := flow.TrySeq(one(100).All(background, w.in), flow.Stages(1))
		assert.Equal(w, upTo(1, 100), collect(w, inner.Filter(always)))
		err := flow.TrySeq(flow.TryMap(one(3), failing1).All(background, w.in)).Run(background, w.in)
		assert.ErrorIs(w, err, errBoom)
	})
}

// What is there of a slow sequence goes on its way, and a stop waits for one
// element.
func TestASlowSequence(t *testing.T) {
	inWorld(t, func(w *world) {
		pulled, begin := 0, time.Now()
		slow := func(yield func(int) bool) {
			for time.Sleep(time.Second); yield(pulled); time.Sleep(time.Second) {
				pulled++
			}
		}
		for _, err := range flow.FromSeq(slow).Filter(always).All(background, w.in) {
			require.NoError(w, err)
			assert.Equal(w, time.Second, time.Since(begin))
			w.settle() // it is on the next one
			break
		}
		assert.Equal(w, 2*time.Second, time.Since(begin))
		ctx, cancel := context.WithTimeout(background, 2500*time.Millisecond)
		defer cancel()
		begin = time.Now()
		assert.ErrorIs(w, flow.FromSeq(slow).Run(ctx, w.in), context.DeadlineExceeded)
		assert.Equal(w, 3*time.Second, time.Since(begin))
	})
}
