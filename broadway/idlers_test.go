package broadway_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/stagecraft-go/stagecraft/broadway"
)

// slowly notes batches, and takes ten seconds for each.
func slowly(d *diary) broadway.BatchFunc[int] {
	note := noting(d)
	return func(ctx context.Context, b *batch) ([]*message, error) {
		messages, err := note(ctx, b)
		time.Sleep(10 * time.Second)
		return messages, err
	}
}

// trickle pushes two messages within a moment, and then one each second.
func trickle(w *world, b *book, c config, last int) *broadway.Pipeline[int] {
	p := w.start(c)
	messages := b.messages(upTo(1, last)...)
	w.push(p, messages[0])
	time.Sleep(100 * time.Millisecond)
	w.push(p, messages[1])
	for _, m := range messages[2:] {
		time.Sleep(time.Second)
		w.push(p, m)
	}
	return p
}

// apart gives the first message a key of its own.
func apart(m *message) { m.BatchKey = []string{"first", "rest"}[min(m.Data, 2)-1] }

// H27.
func TestABatchGrowsWhileAllAreBusy(t *testing.T) {
	for name, c := range map[string]struct {
		fill    bool
		batches []string
	}{
		"without the option": {false, []string{"first timeout [1] 500ms", "rest timeout [2] 10.5s", "rest timeout [3 4] 21s"}},
		"with it":            {true, []string{"first timeout [1] 500ms", "rest timeout [2 3 4] 10.5s"}},
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				b, d := new(book), new(diary)
				p := trickle(w, b, batching(apart, broadway.Batcher[int]{
					Size: 10, Timeout: 500 * time.Millisecond, FillWhileBusy: c.fill, Handler: slowly(d),
				}), 4)
				time.Sleep(time.Minute)
				assert.Equal(w, c.batches, d.take())
				assert.ElementsMatch(w, upTo(1, 4), b.ok())
				w.stop(p)
			})
		})
	}
}

func TestAFullBatchLeavesAtOnce(t *testing.T) {
	inWorld(t, func(w *world) {
		b, d := new(book), new(diary)
		p := trickle(w, b, batching(apart, broadway.Batcher[int]{
			Size: 3, Timeout: 500 * time.Millisecond, FillWhileBusy: true, Handler: slowly(d),
		}), 5)
		time.Sleep(time.Minute)
		assert.Equal(w, []string{"first timeout [1] 500ms", "rest size [2 3 4] 10.5s", "rest timeout [5] 21s"}, d.take())
		w.stop(p)
	})
}

func TestEachPartitionHasItsOwnIdleness(t *testing.T) {
	inWorld(t, func(w *world) {
		b, d := new(book), new(diary)
		p := trickle(w, b, batching(nil, broadway.Batcher[int]{
			Size: 10, Timeout: 500 * time.Millisecond, FillWhileBusy: true, Handler: slowly(d),
			Concurrency: 2, PartitionBy: func(m *message) int { return min(m.Data, 4) / 4 },
		}), 5)
		time.Sleep(time.Minute)
		assert.Equal(w, []string{"timeout [1 2] 500ms", "timeout [4] 2.6s", "timeout [3] 10.5s", "timeout [5] 12.6s"}, d.take())
		w.stop(p)
	})
}

func TestAStopSendsWhatIsOverdue(t *testing.T) {
	inWorld(t, func(w *world) {
		b, d := new(book), new(diary)
		p := trickle(w, b, batching(apart, broadway.Batcher[int]{
			Size: 10, Timeout: 500 * time.Millisecond, FillWhileBusy: true, Handler: slowly(d),
		}), 5)
		assert.Equal(w, 5, w.stop(p).Succeeded)
		assert.ElementsMatch(w, upTo(1, 5), b.ok())
	})
}

func TestABatchProcessorThatWasKilledIsNotIdle(t *testing.T) {
	inWorld(t, func(w *world) {
		b, d := new(book), new(diary)
		c := batching(apart, broadway.Batcher[int]{
			Size: 10, Timeout: 500 * time.Millisecond, FillWhileBusy: true, Handler: noting(d),
		})
		c.Name = "idle"
		p := w.start(c)
		w.process("idle", "BatchProcessor_default_0").Kill()
		w.settle()
		w.push(p, b.message(1))
		time.Sleep(time.Second)
		w.settle()
		assert.Equal(w, []string{"first timeout [1] 500ms"}, d.take())
		w.stop(p)
	})
}
