package broadway_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/broadway"
)

// noting returns every batch and writes it down with its time.
func noting(d *diary) broadway.BatchFunc[int] {
	began := time.Now()
	return func(_ context.Context, b *batch) ([]*message, error) {
		line := fmt.Sprintf("%s %v %v", b.Trigger, numbers(b), time.Since(began))
		if b.Key != "" {
			line = b.Key + " " + line
		}
		d.note("%s", line)
		return b.Messages, nil
	}
}

// batching is a pipeline of one processor, which routes messages, and one
// batcher.
func batching(route func(m *message), b broadway.Batcher[int]) config {
	return config{
		Producers: from(idle()), Processors: one(1000),
		Handler: broadway.MessageFunc[int, int](func(_ context.Context, m *message) (int, error) {
			if route != nil {
				route(m)
			}
			return m.Data, nil
		}),
		Batchers: []broadway.Batcher[int]{b},
	}
}

func TestABatchThatIsFullLeaves(t *testing.T) {
	inWorld(t, func(w *world) {
		d := new(diary)
		p := w.start(batching(nil, broadway.Batcher[int]{Size: 3, Handler: noting(d)}))
		w.push(p, new(book).messages(upTo(1, 8)...)...)
		w.settle()
		assert.Equal(w, []string{"size [1 2 3] 0s", "size [4 5 6] 0s"}, d.take())
		time.Sleep(time.Second)
		w.settle()
		assert.Equal(w, []string{"timeout [7 8] 1s"}, d.take())
	})
}

// G24.
func TestTheTimeOfABatchBeginsWithItsFirstMessage(t *testing.T) {
	inWorld(t, func(w *world) {
		d, b := new(diary), new(book)
		p := w.start(batching(nil, broadway.Batcher[int]{Timeout: 200 * time.Millisecond, Handler: noting(d)}))
		w.push(p, b.message(1))
		time.Sleep(150 * time.Millisecond)
		w.push(p, b.message(2))
		time.Sleep(150 * time.Millisecond)
		w.push(p, b.message(3))
		time.Sleep(time.Second)
		assert.Equal(w, []string{"timeout [1 2] 200ms", "timeout [3] 500ms"}, d.take())
	})
}

func TestAFullBatchStopsItsTimer(t *testing.T) {
	inWorld(t, func(w *world) {
		d, b := new(diary), new(book)
		p := w.start(batching(nil, broadway.Batcher[int]{Size: 2, Timeout: 200 * time.Millisecond, Handler: noting(d)}))
		w.push(p, b.message(1))
		time.Sleep(150 * time.Millisecond)
		w.push(p, b.messages(2, 3)...)
		time.Sleep(time.Second)
		assert.Equal(w, []string{"size [1 2] 150ms", "timeout [3] 350ms"}, d.take())
	})
}

func TestABatchHasOneKey(t *testing.T) {
	inWorld(t, func(w *world) {
		d := new(diary)
		p := w.start(batching(func(m *message) { m.BatchKey = strconv.Itoa(m.Data % 3) },
			broadway.Batcher[int]{Size: 2, Handler: noting(d)}))
		w.push(p, new(book).messages(upTo(1, 8)...)...)
		time.Sleep(2 * time.Second)
		assert.ElementsMatch(w, []string{"1 size [1 4] 0s", "2 size [2 5] 0s", "0 size [3 6] 0s", "1 timeout [7] 1s", "2 timeout [8] 1s"}, d.take())
	})
}

// G20, E6.
func TestAFlushTakesTheRunOfItsKeyAlong(t *testing.T) {
	key := func(m *message) {
		if m.Data >= 10 {
			m.BatchKey = "b"
		}
	}
	for _, c := range []struct {
		numbers []int
		flush   int
		batches []string
	}{
		{[]int{1, 3, 5}, 3, []string{"flush [1 3 5] 0s"}},
		{[]int{1, 2, 10, 11, 3}, 1, []string{"flush [1 2] 0s", "b timeout [10 11] 1s", "timeout [3] 1s"}},
		{[]int{1, 2, 10, 11, 3}, 10, []string{"b flush [10 11] 0s", "timeout [1 2 3] 1s"}},
		{[]int{10, 1, 11, 2, 12}, 2, []string{"flush [1 2] 0s", "b timeout [10 11 12] 1s"}},
		{[]int{1, 2, 3, 4, 5}, 2, []string{"size [1 2 3 4] 0s", "timeout [5] 1s"}}, // the run fills it first
		{[]int{1, 2, 3, 4, 5}, 5, []string{"size [1 2 3 4] 0s", "flush [5] 0s"}},
		{[]int{1, 2, 3, 4}, 4, []string{"size [1 2 3 4] 0s"}},
	} {
		t.Run(fmt.Sprintf("%v flush %d", c.numbers, c.flush), func(t *testing.T) {
			inWorld(t, func(w *world) {
				d := new(diary)
				p := w.start(batching(func(m *message) {
					if key(m); m.Data == c.flush {
						m.BatchMode = broadway.Flush
					}
				}, broadway.Batcher[int]{Size: 4, MaxDemand: 100, Handler: noting(d)}))
				w.push(p, new(book).messages(c.numbers...)...)
				time.Sleep(2 * time.Second)
				assert.ElementsMatch(w, c.batches, d.take())
			})
		})
	}
}

func TestABatchIsNeverHeavierThanAllowed(t *testing.T) {
	inWorld(t, func(w *world) {
		d := new(diary)
		p := w.start(batching(nil, broadway.Batcher[int]{
			Weight: func(m *message) int { return m.Data }, MaxWeight: 10, Size: 4, Handler: noting(d),
		}))
		w.push(p, new(book).messages(4, 5, 2, 8, 9, 30, 1, 1, 1, 1, 1)...)
		time.Sleep(2 * time.Second)
		assert.Equal(w, []string{
			"size [4 5] 0s", "size [2 8] 0s", "size [9] 0s", "size [30] 0s", "size [1 1 1 1] 0s", "timeout [1] 1s",
		}, d.take())
	})
}

func TestTheWeightOfRandomBatchesIsWithinTheLimit(t *testing.T) {
	inWorld(t, func(w *world) {
		var mu sync.Mutex
		seen := 0
		conf := batching(func(m *message) { m.BatchKey = strconv.Itoa(m.Data % 2) }, broadway.Batcher[int]{
			Weight: func(m *message) int { return m.Data }, MaxWeight: 100, Size: 20, Concurrency: 3,
			Handler: broadway.BatchFunc[int](func(_ context.Context, b *batch) ([]*message, error) {
				mu.Lock()
				defer mu.Unlock()
				weight := 0
				for _, m := range b.Messages {
					weight += m.Data
				}
				assert.True(w, weight <= 100 || len(b.Messages) == 1, "%v", numbers(b))
				assert.LessOrEqual(w, len(b.Messages), 20)
				seen += len(b.Messages)
				return b.Messages, nil
			}),
		})
		p := w.start(conf)
		for range 50 {
			var messages []message
			for range rand.IntN(40) {
				messages = append(messages, broadway.Unacknowledged(rand.IntN(120)))
			}
			w.push(p, messages...)
		}
		report := w.stop(p)
		assert.Equal(w, report.Received, seen)
	})
}

// G21, H19.
func TestTheStateOfAFullFunctionLivesOn(t *testing.T) {
	inWorld(t, func(w *world) {
		d := new(diary)
		p := w.start(batching(func(m *message) {
			if m.Data >= 100 {
				m.BatchKey = "b"
			}
		}, broadway.Batcher[int]{MaxDemand: 10, Handler: noting(d), Full: func() func(*message) bool {
			size, n := 1, 0 // batches of 1, 2, 3 ...
			return func(*message) bool {
				if n++; n < size {
					return false
				}
				size, n = size+1, 0
				return true
			}
		}}))
		w.push(p, new(book).messages(append(upTo(1, 7), 100, 101, 102)...)...)
		time.Sleep(2 * time.Second)
		assert.ElementsMatch(w, []string{
			"size [1] 0s", "size [2 3] 0s", "size [4 5 6] 0s", "timeout [7] 1s",
			"b size [100] 0s", "b size [101 102] 0s",
		}, d.take())
	})
}

func TestFunctionsOfABatcherThatPanicFailTheMessageOnly(t *testing.T) {
	unlucky := func(m *message) {
		if m.Data == 2 {
			panic(errBoom)
		}
	}
	for name, b := range map[string]broadway.Batcher[int]{
		"Weight":      {Weight: func(m *message) int { unlucky(m); return 1 }, MaxWeight: 3},
		"Full":        {Full: func() func(*message) bool { return func(m *message) bool { unlucky(m); return m.Data == 4 } }, MaxDemand: 9},
		"PartitionBy": {PartitionBy: func(m *message) int { unlucky(m); return 0 }, Size: 3},
		"negative": {PartitionBy: func(m *message) int {
			if m.Data == 2 {
				return -1
			}
			return 0
		}, Size: 3},
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				acks := new(book)
				b.Handler = through
				p := w.start(batching(nil, b))
				w.push(p, acks.messages(1, 2, 3, 4)...)
				w.settle()
				assert.Equal(w, []string{"ok [] bad [2]", "ok [1 3 4] bad []"}, acks.each())
				if name == "negative" {
					assert.ErrorIs(w, acks.receipt(w, 2).Err, broadway.ErrBadPartition)
				} else {
					assert.ErrorIs(w, acks.receipt(w, 2).Err, errBoom)
				}
				assert.Zero(w, w.stop(p).Crashes)
			})
		})
	}
}

func TestMessagesGoToTheBatcherThatTheyName(t *testing.T) {
	inWorld(t, func(w *world) {
		d := new(diary)
		conf := batching(func(m *message) {
			if m.Data%2 == 0 {
				m.Batcher = "even"
			}
		}, broadway.Batcher[int]{})
		handler := broadway.BatchFunc[int](func(_ context.Context, b *batch) ([]*message, error) {
			d.note("%s %v %d", b.Batcher, numbers(b), b.Partition)
			return b.Messages, nil
		})
		conf.Batchers = []broadway.Batcher[int]{{Handler: handler}, {Name: "even", Handler: handler, Size: 3}}
		p := w.start(conf)
		w.push(p, new(book).messages(upTo(1, 6)...)...)
		w.settle()
		assert.Equal(w, []string{"even [2 4 6] -1"}, d.take())
		w.stop(p)
		assert.Equal(w, []string{"default [1 3 5] -1"}, d.take())
	})
}

// G25.
func TestAPartitionAlwaysGoesToTheSameWorkers(t *testing.T) {
	inWorld(t, func(w *world) {
		var mu sync.Mutex
		by := map[string][]int{}
		note := func(ctx context.Context, n ...int) {
			worker, _ := broadway.WorkerOf(ctx)
			mu.Lock()
			defer mu.Unlock()
			by[worker.Name] = append(by[worker.Name], n...)
		}
		modulo := func(m *message) int { return m.Data }
		p := w.start(config{
			Producers: from(idle()), PartitionBy: modulo,
			Processors: broadway.Processors[int]{Concurrency: 3},
			Handler: broadway.MessageFunc[int, int](func(ctx context.Context, m *message) (int, error) {
				note(ctx, m.Data)
				return m.Data, nil
			}),
			Batchers: []broadway.Batcher[int]{{Size: 2, Concurrency: 2, PartitionBy: modulo, Handler: broadway.BatchFunc[int](
				func(ctx context.Context, b *batch) ([]*message, error) {
					worker, _ := broadway.WorkerOf(ctx)
					assert.Equal(w, worker.Index, b.Partition)
					note(ctx, numbers(b)...)
					return b.Messages, nil
				})}},
		})
		b := new(book)
		w.push(p, b.messages(upTo(1, 60)...)...)
		w.stop(p)
		assert.Len(w, b.ok(), 60)
		for i := range 3 {
			name := fmt.Sprint("Processor_default_", i)
			assert.Len(w, by[name], 20)
			for j, n := range by[name] {
				assert.Equal(w, i, n%3)
				assert.True(w, j == 0 || by[name][j-1] < n, "in order")
			}
		}
		for i := range 2 {
			name := fmt.Sprint("BatchProcessor_default_", i)
			assert.Len(w, by[name], 30)
			for _, n := range by[name] {
				assert.Equal(w, i, n%2)
			}
		}
	})
}

// H25.
func TestAMessageWithoutAPartitionFailsAlone(t *testing.T) {
	inWorld(t, func(w *world) {
		b := new(book)
		p := w.start(config{
			Producers: from(idle()), Handler: pass,
			PartitionBy: func(m *message) int {
				if m.Data == 3 {
					panic(errBoom)
				}
				return m.Data
			},
		})
		w.push(p, b.messages(-5, 1, 2, 3, 4)...)
		w.settle()
		assert.Equal(w, []int{1, 2, 4}, b.ok())
		assert.Equal(w, []int{-5, 3}, b.bad())
		assert.ErrorIs(w, b.receipt(w, -5).Err, broadway.ErrBadPartition)
		assert.ErrorContains(w, b.receipt(w, -5).Err, "-5")
		assert.ErrorIs(w, b.receipt(w, 3).Err, errBoom)
		assert.Zero(w, w.stop(p).Crashes)
	})
}

func TestAFiniteSourceDoesNotLetItsLastBatchesWait(t *testing.T) {
	inWorld(t, func(w *world) {
		d, b := new(diary), new(book)
		conf := batching(func(m *message) { m.BatchKey = strconv.Itoa(m.Data % 2) },
			broadway.Batcher[int]{Size: 4, Timeout: time.Hour, Handler: noting(d)})
		conf.Producers = from(b.source(7))
		took := stopwatch()
		w.run(conf)
		assert.Less(w, took(), 10*time.Millisecond)
		assert.Len(w, b.ok(), 7)
		lines := d.take()
		require.Len(w, lines, 2)
		assert.Equal(w, "1 size [1 3 5 7] 0s", lines[0])
		assert.Contains(w, lines[1], "0 flush [2 4 6]")
	})
}

// E6: the batcher takes no more while all batch processors are busy.
func TestBusyBatchProcessorsHoldTheSourceBack(t *testing.T) {
	inWorld(t, func(w *world) {
		var mu sync.Mutex
		taken := 0
		release := make(chan struct{})
		p := w.start(config{
			Producers: from(broadway.FromFetch(func(_ context.Context, n int) (messages []message, err error) {
				mu.Lock()
				defer mu.Unlock()
				for range n {
					taken++
					messages = append(messages, broadway.Unacknowledged(taken))
				}
				return messages, nil
			}, broadway.FetchOptions{})), Handler: pass, Processors: one(10),
			Batchers: []broadway.Batcher[int]{{Size: 10, Handler: broadway.BatchFunc[int](
				func(ctx context.Context, b *batch) ([]*message, error) {
					<-release
					return b.Messages, nil
				})}},
		})
		synctest.Wait()
		mu.Lock()
		assert.Less(w, taken, 100)
		mu.Unlock()
		close(release)
		w.stop(p)
	})
}

// H18: a key does not pin a batch to a worker; a partition does.
func TestBatchesOfOneKeyAreHandledAtTheSameTime(t *testing.T) {
	inWorld(t, func(w *world) {
		both := make(chan struct{}, 2)
		p := w.start(batching(nil, broadway.Batcher[int]{Size: 1, Concurrency: 2, Handler: broadway.BatchFunc[int](
			func(_ context.Context, b *batch) ([]*message, error) {
				both <- struct{}{}
				for len(both) < 2 {
					time.Sleep(time.Millisecond)
				}
				return b.Messages, nil
			})}))
		b := new(book)
		w.push(p, b.messages(1, 2)...)
		require.NoError(w, p.Drain(background))
		assert.Equal(w, []int{1, 2}, b.ok())
	})
}

func TestFullBeginsAnewBehindABatchThatLeftByWeight(t *testing.T) {
	inWorld(t, func(w *world) {
		b := new(book)
		var sizes []int
		p := w.start(config{
			Producers: from(idle()), Handler: pass, Processors: one(10),
			Batchers: []broadway.Batcher[int]{{MaxDemand: 10, Timeout: time.Hour,
				Weight: func(m *message) int { return m.Data }, MaxWeight: 10,
				Full: func() func(*message) bool {
					n := 0
					return func(*message) bool {
						if n++; n == 3 {
							n = 0
							return true
						}
						return false
					}
				},
				Handler: broadway.BatchFunc[int](func(_ context.Context, x *batch) ([]*message, error) {
					sizes = append(sizes, len(x.Messages))
					return x.Messages, nil
				})}},
		})
		w.push(p, b.messages(5, 5, 1, 1, 1)...) // by weight, then three by number
		w.settle()
		assert.Equal(w, []int{2, 3}, sizes)
	})
}
