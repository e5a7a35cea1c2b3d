package stage_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/dispatcher"
	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/stage"
)

// The scenarios G1 to G17 of the oracle: what GenStage was seen to do. G12 is
// in cancel_test.go. Where a scenario shows a defect that is mended here, it
// runs with Exact too; mended_test.go has more of these.

func TestOracleG1toG3DemandOfAFullProducer(t *testing.T) {
	for _, c := range []struct {
		name    string
		opts    []stage.SubscribeOption
		demands []int
		batches []int
	}{
		{"G1 max 10 min 8", []stage.SubscribeOption{stage.MaxDemand(10), stage.MinDemand(8)}, []int{10, 2, 2, 2, 2, 2}, []int{2, 2, 2, 2, 2}},
		{"G2 max 10 min 0", []stage.SubscribeOption{stage.MaxDemand(10), stage.MinDemand(0)}, []int{10, 10}, []int{10}},
		{"G3 max 10", []stage.SubscribeOption{stage.MaxDemand(10)}, []int{10, 5, 5}, []int{5, 5}},
	} {
		t.Run(c.name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				from, to := counting(10), &sink{}
				w.consumer(to, stage.From(w.producer(from), c.opts...))
				w.settle()
				assert.Equal(t, c.demands, from.demands())
				assert.Equal(t, c.batches, to.batches)
				assert.Equal(t, upTo(1, 10), to.got)
			})
		})
	}
}

func TestOracleG4PushedListsAndTheDefaultDemand(t *testing.T) {
	inWorld(t, func(w *world) {
		from, full := &source{}, newGate()
		to := &sink{onEvents: full.hold}
		p := w.producer(from)
		w.consumer(to, stage.From(p))
		w.settle()
		for i := range 12 {
			push(p, upTo(100*i+1, 100*i+100)...)
		}
		w.settle()
		assert.Equal(t, 200, w.buffered(p))
		full.Open()
		w.settle()
		// The ask of 500 after the fifth list finds 200 in the buffer.
		assert.Equal(t, []int{1000, 300, 500}, from.demands())
		assert.Equal(t, []int{100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 200}, to.batches)
		assert.Equal(t, upTo(1, 1200), to.got)
	})
}

func TestOracleG5TheAskMakesUpForAllThatArrived(t *testing.T) {
	inWorld(t, func(w *world) {
		from, to := &source{}, &sink{}
		p := w.producer(from)
		w.consumer(to, stage.From(p, stage.MinDemand(750)))
		w.settle()
		for i := range 5 {
			push(p, upTo(100*i+1, 100*i+100)...)
		}
		w.settle()
		assert.Equal(t, []int{1000, 300}, from.demands())
		assert.Equal(t, []int{100, 100, 100, 100, 100}, to.batches)
	})
}

func TestOracleG6EventsGoToTheLargestOpenDemand(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.producer(&source{})
		sinks := []*sink{{}, {}, {}}
		for _, s := range sinks {
			w.consumer(s, stage.From(p, stage.MaxDemand(10)))
		}
		for _, list := range [][]int{upTo(1, 4), upTo(1, 4), upTo(1, 4)} {
			push(p, list...)
		}
		w.settle()
		for _, s := range sinks {
			assert.Equal(t, []int{4}, s.batches)
		}
		push(p, upTo(1, 25)...)
		w.settle()
		var rest []int
		for i, s := range sinks {
			assert.Equal(t, []int{4, 5, 1}, s.batches[:3])
			assert.Equal(t, upTo(6*i+1, 6*i+6), s.got[4:10])
			rest = append(rest, s.got[10:]...)
		}
		assert.Equal(t, upTo(19, 25), rest, "the rest goes to who asks first")
	})
}

func TestOracleG7DemandOfAKilledConsumerIsOwedToTheNext(t *testing.T) {
	inWorld(t, func(w *world) {
		from, to := &source{}, &sink{}
		p := w.producer(from)
		dead := w.consumer(&sink{}, stage.From(p, stage.MaxDemand(10)))
		w.settle()
		dead.Kill()
		w.settle()
		push(p, 1, 2, 3)
		assert.Equal(t, 3, w.buffered(p))
		w.consumer(to, stage.From(p, stage.MaxDemand(10)))
		w.settle()
		assert.Equal(t, upTo(1, 3), to.got)
		assert.Equal(t, []int{10}, from.demands(), "of the second 10 upstream owes 7, and 3 are in the buffer")
	})
}

func TestOracleG8ListOfADyingConsumerIsLost(t *testing.T) {
	inWorld(t, func(w *world) {
		from, to := &source{}, &sink{}
		p := w.producer(from)
		w.consumer(
			stage.ConsumerFunc[int](func(*stage.Context[stage.None], []int, stage.Subscription) error { panic("G8") }),
			stage.From(p, stage.MaxDemand(7), stage.MinDemand(0)),
		)
		w.settle()
		push(p, upTo(1, 10)...)
		w.settle()
		assert.Equal(t, 3, w.buffered(p))
		w.consumer(to, stage.From(p, stage.MaxDemand(10)))
		w.settle()
		assert.Equal(t, []int{8, 9, 10}, to.got)
		assert.Equal(t, []int{7, 7}, from.demands())
	})
}

func TestOracleG9AFullBufferDropsTheOldestOrTheNewest(t *testing.T) {
	for keep, want := range map[stage.Keep][]int{stage.KeepLast: {3, 4, 5}, stage.KeepFirst: {1, 2, 3}} {
		t.Run(keep.String(), func(t *testing.T) {
			inWorld(t, func(w *world) {
				to := &sink{}
				p := w.producer(&source{}, stage.BufferSize(3), stage.BufferKeep(keep))
				push(p, upTo(1, 5)...)
				w.consumer(to, stage.From(p))
				w.settle()
				assert.Equal(t, want, to.got)
				assert.Equal(t, []string{"WARN events discarded from the buffer events=2"}, w.log.Take())
			})
		})
	}
}

func TestOracleG10AccumulatedDemandIsReplayedPieceByPiece(t *testing.T) {
	inWorld(t, func(w *world) {
		from, first, second := &source{}, &sink{}, &sink{}
		p := w.producer(from, stage.Demand(stage.Accumulate))
		w.consumer(first, stage.From(p, stage.MaxDemand(10)))
		w.consumer(second, stage.From(p, stage.MaxDemand(4)))
		push(p, 1, 2, 3)
		w.settle()
		assert.Empty(t, from.demands())
		assert.Zero(t, w.buffered(p))
		p.SetDemand(stage.Forward)
		w.settle()
		assert.Equal(t, []int{10, 4}, from.demands())
		assert.Equal(t, upTo(1, 3), first.got)
		assert.Empty(t, second.got)
	})
}

func TestOracleG11NoWorkBeforeDemandAndOneListOfOvershoot(t *testing.T) {
	inWorld(t, func(w *world) {
		up, down, between := w.probe(), w.probe(), &filter{}
		pc := w.relay(between, stage.From(up.source(), stage.MaxDemand(10)))
		w.settle()
		up.sendEvents(0, upTo(1, 10)...)
		w.settle()
		assert.Empty(t, between.only("events"))
		assert.Equal(t, []string{"subscribe", "ask 10"}, up.take())

		down.asking(pc.PID(), 3)
		w.settle()
		assert.Equal(t, []string{"events [1 2 3 4 5]", "events [6 7 8 9 10]"}, between.only("events"))
		assert.Equal(t, []string{"events [1 2 3]"}, down.take())
		assert.Equal(t, []string{"ask 5", "ask 5"}, up.take())
		assert.Equal(t, 7, w.buffered(pc))
	})
}

func TestOracleG13BroadcastSendsAllToAll(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.producer(&source{}, stage.Dispatch(dispatcher.Broadcast[int]()))
		sinks := []*sink{{}, {}}
		for _, s := range sinks {
			w.consumer(s, stage.From(p, stage.MaxDemand(4)))
		}
		push(p, upTo(1, 6)...)
		push(p, 7, 8)
		w.settle()
		for _, s := range sinks {
			assert.Equal(t, upTo(1, 8), s.got)
		}
	})
}

func TestOracleG14ASelectorThatRejectsDoesNotStarve(t *testing.T) {
	inWorld(t, func(w *world) {
		from, even, all := &source{}, &sink{}, &sink{}
		p := w.producer(from, stage.Dispatch(dispatcher.Broadcast[int]()))
		isEven := stage.Selector(func(n int) bool { return n%2 == 0 })
		w.consumer(even, stage.From(p, stage.MaxDemand(4), isEven))
		w.consumer(all, stage.From(p, stage.MaxDemand(4)))
		w.settle()
		push(p, 1, 3, 5)
		w.settle()
		assert.Empty(t, even.got)
		assert.Equal(t, []int{1, 3, 5}, all.got)
		assert.Equal(t, []int{4, 2}, from.demands())
		push(p, 2, 4, 5, 6)
		w.settle()
		assert.Equal(t, []int{2, 4, 6}, even.got)
		assert.Equal(t, []int{1, 3, 5, 2, 4, 5, 6}, all.got)
	})
}

// byParity sends even numbers to partition 0 and odd ones to partition 1.
func byParity() stage.Option {
	return stage.Dispatch(dispatcher.Partition(2, func(n int) int { return n % 2 }))
}

func TestOracleG15EventsWaitForTheConsumerOfTheirPartition(t *testing.T) {
	inWorld(t, func(w *world) {
		from, even, odd := &source{}, &sink{}, &sink{}
		p := w.producer(from, byParity())
		w.consumer(even, stage.From(p, stage.MaxDemand(4), stage.MinDemand(0), stage.Partition(0)))
		w.settle()
		push(p, 2, 4, 6, 8, 10, 12, 1, 3)
		w.settle()
		assert.Equal(t, []string{"events [2 4 6 8]", "events [10 12]"}, even.only("events"))
		assert.Equal(t, 2, w.buffered(p), "1 and 3 are in the dispatcher")

		require.NoError(t, stage.SyncInfo(background, p, "behind 3"))
		w.settle()
		assert.Empty(t, from.only("info"))
		w.consumer(odd, stage.From(p, stage.Partition(1)))
		w.settle()
		assert.Equal(t, []int{1, 3}, odd.got)
		assert.Equal(t, []string{"info behind 3"}, from.only("info"))
	})
}

func TestOracleG16QueueOfAPartitionWhoseConsumerDies(t *testing.T) {
	for _, c := range []struct {
		name    string
		opts    []stage.Option
		demands []int
		next    []int
	}{
		{"mended: the next consumer gets it", nil, []int{2, 4, 10}, []int{6, 8, 10, 12}},
		{"exact: it is dropped and asked again", []stage.Option{stage.Exact()}, []int{2, 4, 4, 10}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				from, stuck, next := &source{}, w.probe(), w.probe()
				p := w.producer(from, append(c.opts, byParity())...)
				stuck.asking(p.PID(), 2, stage.Partition(0))
				w.probe().asking(p.PID(), 4, stage.Partition(1))
				w.settle()
				push(p, 2, 4, 6, 8, 10, 12)
				w.settle()
				stuck.exit(process.Killed)
				w.settle()
				next.asking(p.PID(), 10, stage.Partition(0))
				w.settle()
				assert.Equal(t, c.demands, from.demands())
				if c.next == nil {
					assert.Empty(t, next.take())
				} else {
					assert.Equal(t, []string{"events [6 8 10 12]"}, next.take())
				}
			})
		})
	}
}

// noneUpTo discards the numbers up to last, and sends the others to "all".
func noneUpTo(last int) stage.Option {
	return stage.Dispatch(dispatcher.PartitionBy([]string{"all"}, func(n int) (int, string, bool) { return n, "all", n > last }))
}

func TestOracleG17DiscardedDemandIsAskedAgain(t *testing.T) {
	for _, c := range []struct {
		name    string
		opts    []stage.Option
		demands []int
		got     []int
	}{
		{"mended", nil, []int{10, 10, 5, 5, 5, 5, 5, 5}, upTo(16, 40)},
		{"exact: stands still", []stage.Option{stage.Exact()}, []int{10}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				from, to := counting(40), &sink{}
				p := w.producer(from, append(c.opts, noneUpTo(15))...)
				w.consumer(to, stage.From(p, stage.MaxDemand(10), stage.Partition("all")))
				w.settle()
				assert.Equal(t, c.demands, from.demands())
				assert.Equal(t, c.got, to.got)
			})
		})
	}
}
