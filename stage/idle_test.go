package stage_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/stage"
)

// silent is a producer that has nothing to say.
func silent(*stage.Context[int], int) error { return nil }

// deaf is a consumer that gets nothing.
func deaf(*stage.Context[stage.None], []int, stage.Subscription) error { return nil }

// silence and deafness start stages that the world does not keep, since that
// would take memory.
func silence(w *world) *stage.Producer[int] {
	p, err := stage.StartProducer(background, stage.ProducerFunc[int](silent), stage.In(w.sys))
	require.NoError(w, err)
	return p
}

func deafness(w *world, from stage.Sources[int]) {
	_, err := stage.StartConsumer(background, stage.ConsumerFunc[int](deaf), from, stage.In(w.sys))
	require.NoError(w, err)
}

// Stages that wait cost memory, and nothing else: no goroutine, no timer.
func TestManyIdleStages(t *testing.T) {
	alone(t)           // a recorder is larger than a stage
	const limit = 2048 // bytes
	count := 100_000
	if raceDetector || testing.Short() {
		count = 10_000
	}
	for _, c := range []struct {
		name  string
		start func(w *world) (stages int)
	}{
		{"producers", func(w *world) int {
			silence(w)
			return 1
		}},
		{"consumers", func(w *world) int {
			deafness(w, nil)
			return 1
		}},
		{"producers with a consumer each", func(w *world) int {
			deafness(w, stage.From(silence(w)))
			return 2
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := outside(t)
			before := heap()
			stages := 0
			for stages < count {
				stages += c.start(w)
			}
			each := (heap() - before) / stages
			assert.Equal(t, stages, w.sys.Count())
			t.Logf("%d bytes each", each)
			if !raceDetector {
				assert.Less(t, each, limit)
			}
			assert.NoError(t, w.sys.Shutdown(background))
			assert.Zero(t, w.sys.Count())
		})
	}
}

// One producer with very many consumers, all of them idle: an event still costs
// the same.
func TestManyIdleConsumersOfOneProducer(t *testing.T) {
	count := 20_000
	if raceDetector || testing.Short() {
		count = 2_000
	}
	w := outside(t)
	got := make(chan int, count)
	p := w.producer(&source{})
	take := stage.ConsumerFunc[int](func(_ *stage.Context[stage.None], events []int, _ stage.Subscription) error {
		for _, n := range events {
			got <- n
		}
		return nil
	})
	for range count {
		w.consumer(take, stage.From(p, stage.MaxDemand(2)))
	}
	push(p, upTo(1, 2*count)...)
	sum := 0
	for range 2 * count {
		sum += <-got
	}
	assert.Equal(t, count*(2*count+1), sum)
	assert.NoError(t, p.Stop(background, process.Shutdown))
}
