package stage_test

import (
	"context"
	"errors"
	"iter"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/stage"
)

func (w *world) stream(from stage.Sources[int], opts ...stage.Option) iter.Seq2[int, error] {
	return stage.Stream(background, from, w.options(opts)...)
}

// collect ranges over a stream to its end. The error must be the last element.
func collect(t *testing.T, stream iter.Seq2[int, error]) (events []int, failure error) {
	t.Helper()
	for event, err := range stream {
		require.NoError(t, failure, "nothing follows an error")
		if err != nil {
			failure = err
			assert.Zero(t, event)
			continue
		}
		events = append(events, event)
	}
	return events, failure
}

func TestAStreamEndsWithItsSources(t *testing.T) {
	inWorld(t, func(w *world) {
		one := w.fromSeq(slices.Values(upTo(1, 100)))
		two := w.fromSeq(slices.Values(upTo(101, 150)))
		three := w.fromSeq(slices.Values([]int(nil)))
		got, err := collect(t, w.stream(stage.From(one, stage.MaxDemand(7)).And(two, stage.MaxDemand(1)).And(three)))
		require.NoError(t, err)
		assert.ElementsMatch(t, upTo(1, 150), got)
		w.settle()
		assert.Zero(t, w.sys.Count(), "the process of the stream is gone, too")
		assert.Empty(t, w.log.Take())
	})
}

func TestAStreamOfNothingEnds(t *testing.T) {
	inWorld(t, func(w *world) {
		for name, from := range map[string]stage.Sources[int]{
			"no sources":                           nil,
			"a temporary source that is not there": stage.From(stage.ByName[int](w.sys, "nobody"), stage.OnCancel(stage.Temporary)),
		} {
			got, err := collect(t, w.stream(from))
			assert.NoError(t, err, name)
			assert.Empty(t, got, name)
		}
	})
}

func TestAStreamAsksWhenTheElementBehindABatchIsWanted(t *testing.T) {
	inWorld(t, func(w *world) {
		from := w.probe()
		next, stop := iter.Pull2(w.stream(stage.From(from.source(), stage.MaxDemand(4))))
		defer stop()
		pull := func() int {
			n, err, ok := next()
			require.NoError(t, err)
			require.True(t, ok)
			w.settle()
			return n
		}
		feed := make(chan int)
		go func() { feed <- pull() }()
		w.settle()
		assert.Equal(t, []string{"subscribe", "ask 4"}, withoutMode(from.take()))
		from.sendEvents(0, 1, 2, 3, 4)
		assert.Equal(t, 1, <-feed)
		assert.Equal(t, 2, pull())
		assert.Empty(t, from.take(), "2 were taken, and the third is not wanted yet")
		assert.Equal(t, 3, pull())
		assert.Equal(t, []string{"ask 2"}, from.take())
		assert.Equal(t, 4, pull())
		assert.Empty(t, from.take())
		go from.sendCanceled(0, process.Normal)
		_, _, ok := next()
		w.settle()
		assert.False(t, ok)
		assert.Equal(t, []string{"ask 2"}, from.take())
	})
}

// withoutMode leaves out the messages that set the demand mode.
func withoutMode(lines []string) []string {
	return slices.DeleteFunc(lines, func(line string) bool { return line == "*stage.SetDemand &{forward}" })
}

func TestLeavingAStreamEarlyCancelsAndWaits(t *testing.T) {
	inWorld(t, func(w *world) {
		one, two := counting(1000), counting(1000)
		p1, p2 := w.producer(one), w.producer(two)
		for n, err := range w.stream(stage.From(p1, stage.MaxDemand(10)).And(p2)) {
			require.NoError(t, err)
			if n == 7 {
				break
			}
		}
		// No settling: the producers know already.
		for _, p := range []*stage.Producer[int]{p1, p2} {
			require.NoError(t, p.Process().Inspect(background, func() {}))
		}
		assert.Equal(t, []string{"cancel normal"}, one.only("cancel"))
		assert.Equal(t, []string{"cancel normal"}, two.only("cancel"))
		assert.Equal(t, 2, w.sys.Count())
	})
}

func TestAPanicInTheLoopLeavesTheStream(t *testing.T) {
	inWorld(t, func(w *world) {
		from := counting(10)
		p := w.producer(from)
		assert.Panics(t, func() {
			for range w.stream(stage.From(p)) {
				panic("boom")
			}
		})
		w.settle()
		assert.Equal(t, []string{"cancel normal"}, from.only("cancel"))
		assert.Equal(t, 1, w.sys.Count())
	})
}

func TestEachRangeOverAStreamSubscribesAnew(t *testing.T) {
	inWorld(t, func(w *world) {
		from := counting(1000)
		stream := w.stream(stage.From(w.producer(from), stage.MaxDemand(1)))
		w.settle()
		assert.Empty(t, from.take(), "nothing happens before the range")
		for want := 1; want <= 3; want++ {
			for n := range stream {
				assert.Equal(t, want, n)
				break
			}
		}
		w.settle()
		assert.Len(t, from.only("subscribe"), 3)
	})
}

// What the end of a producer means to a stream.
func TestCancelModesOfAStream(t *testing.T) {
	oops := errors.New("oops")
	for _, c := range []struct {
		mode   []stage.SubscribeOption
		reason error
		fails  bool
	}{
		{nil, process.Normal, false},
		{nil, process.ShutdownWith(oops), false},
		{nil, oops, true},
		{[]stage.SubscribeOption{stage.OnCancel(stage.Transient)}, process.Shutdown, false},
		{[]stage.SubscribeOption{stage.OnCancel(stage.Permanent)}, process.Normal, true},
		{[]stage.SubscribeOption{stage.OnCancel(stage.Permanent)}, oops, true},
		{[]stage.SubscribeOption{stage.OnCancel(stage.Temporary)}, oops, false},
	} {
		for kind, end := range endings {
			t.Run(kind+" "+c.reason.Error(), func(t *testing.T) {
				inWorld(t, func(w *world) {
					from, other := w.probe(), counting(3)
					p := w.producer(other)
					var script sync.WaitGroup
					script.Go(func() {
						w.settle()
						from.sendEvents(0, 10)
						end(from, c.reason)
						w.settle()
						p.Process().Exit(process.Shutdown)
					})
					got, err := collect(t, w.stream(stage.From(from.source(), c.mode...).And(p)))
					script.Wait()
					w.settle()
					assert.Contains(t, got, 10)
					if c.fails {
						assert.ErrorIs(t, err, c.reason)
						assert.ErrorContains(t, err, "stage: stream: ")
						assert.Equal(t, []string{"cancel normal"}, other.only("cancel"), "the others are told")
					} else {
						assert.NoError(t, err)
					}
				})
			})
		}
	}
}

func TestWithExactAStreamIsPermanent(t *testing.T) {
	inWorld(t, func(w *world) {
		got, err := collect(t, w.stream(stage.From(w.fromSeq(slices.Values(upTo(1, 3)))), stage.Exact()))
		assert.Equal(t, upTo(1, 3), got)
		assert.ErrorIs(t, err, process.Normal)
	})
}

func TestAStreamFromNobodyFails(t *testing.T) {
	for _, name := range []string{"name", "nil handle", "nil pid", "dead stage", "dead actor"} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				other := counting(1)
				p := w.producer(other)
				_, err := collect(t, w.stream(stage.From(p).And(missing(w)[name])))
				assert.ErrorIs(t, err, process.NoProc)
				w.settle()
				assert.Len(t, other.only("subscribe"), 1)
				assert.Len(t, append(other.only("cancel"), other.only("down")...), 1, "the other source is left")
			})
		})
	}
}

func TestBadOptionsOfAStream(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.producer(counting(1))
		for name, stream := range map[string]iter.Seq2[int, error]{
			"MaxDemand":             w.stream(stage.From(p, stage.MaxDemand(0))),
			"BufferSize":            w.stream(stage.From(p), stage.BufferSize(1)),
			"Demand":                w.stream(stage.From(p), stage.Demand(7)),
			"Dispatch":              w.stream(stage.From(p), byParity()),
			"In":                    stage.Stream(background, stage.From(p), stage.In(nil)),
			"StopAfterLastConsumer": w.stream(stage.From(p), stage.StopAfterLastConsumer()),
		} {
			_, err := collect(t, stream)
			var bad *stage.OptionError
			require.ErrorAs(t, err, &bad, name)
			assert.Equal(t, name, bad.Option)
		}
		_, err := collect(t, w.stream(stage.From[int](nil)))
		assert.ErrorIs(t, err, stage.ErrNoSource)
		assert.EqualError(t, err, "stage: stream: stage: no source to subscribe to")
	})
}

func TestAStreamEndsWithItsContext(t *testing.T) {
	inWorld(t, func(w *world) {
		from := counting(3)
		ctx, cancel := context.WithCancelCause(background)
		defer cancel(nil)
		var got []int
		var failure error
		for n, err := range stage.Stream(ctx, stage.From(w.producer(from)), stage.In(w.sys)) {
			if err != nil {
				failure = err
				continue
			}
			if got = append(got, n); n == 3 {
				cancel(assert.AnError)
			}
		}
		assert.Equal(t, upTo(1, 3), got)
		assert.ErrorIs(t, failure, assert.AnError)
		w.settle()
		assert.Len(t, append(from.only("cancel"), from.only("down")...), 1)
		assert.Equal(t, 1, w.sys.Count())
	})
}

func TestAStreamEndsWithItsContextThoughEventsKeepComing(t *testing.T) {
	inWorld(t, func(w *world) {
		ctx, cancel := context.WithCancel(background)
		defer cancel()
		endless := w.fromSeq((&pulled{}).seq)
		count := 0
		for n, err := range stage.Stream(ctx, stage.From(endless, stage.MaxDemand(10)), stage.In(w.sys)) {
			if err != nil {
				assert.ErrorIs(t, err, context.Canceled)
				break
			}
			if n == 20 {
				cancel()
			}
			count = n
			w.settle() // the next events are here already
			if !assert.Less(t, n, 1000) {
				break
			}
		}
		assert.Less(t, count, 40)
	})
}

func TestAStreamWithAContextThatHasEnded(t *testing.T) {
	inWorld(t, func(w *world) {
		ctx, cancel := context.WithCancelCause(background)
		cancel(assert.AnError)
		_, err := collect(t, stage.Stream(ctx, stage.From(w.producer(counting(3))), stage.In(w.sys)))
		assert.ErrorIs(t, err, assert.AnError)
	})
}

func TestSubscriptionsCanBeAddedToANamedStream(t *testing.T) {
	inWorld(t, func(w *world) {
		first := w.fromSeq(slices.Values(upTo(1, 3)))
		reader := stage.ByName[int](w.sys, "reader")
		second, third := w.fromSeq(slices.Values(upTo(4, 6)), stage.Demand(stage.Accumulate)), w.fromSeq(slices.Values(upTo(7, 9)))
		var got []int
		for n, err := range w.stream(stage.From(first), stage.Name("reader")) {
			require.NoError(t, err)
			switch got = append(got, n); n {
			case 1:
				require.NoError(t, stage.AsyncSubscribe(reader, second, stage.MaxDemand(2)))
			case 2:
				sub, err := stage.SyncSubscribe(background, reader, third)
				require.NoError(t, err)
				assert.Equal(t, third.PID(), sub.Peer())
				_, err = stage.SyncSubscribe(background, reader, third, stage.MaxDemand(-1))
				assert.Error(t, err)
				_, err = stage.SyncSubscribe(background, reader, stage.ByName[int](w.sys, "nobody"))
				assert.ErrorIs(t, err, process.NoProc)
			}
		}
		slices.Sort(got)
		assert.Equal(t, upTo(1, 9), got)
	})
}

func TestLeavingAStreamCancelsWhatItHasNotSeenYet(t *testing.T) {
	inWorld(t, func(w *world) {
		first, second := counting(5), counting(5)
		p1, p2 := w.producer(first), w.producer(second)
		for range w.stream(stage.From(p1), stage.Name("reader")) {
			require.NoError(t, stage.AsyncSubscribe(stage.ByName[int](w.sys, "reader"), p2))
			w.settle()
			break
		}
		w.settle()
		assert.Equal(t, []string{"cancel normal"}, first.only("cancel"))
		assert.Len(t, append(second.only("cancel"), second.only("down")...), 1)
		assert.Equal(t, 2, w.sys.Count())
	})
}

func TestAStreamSetsTheDemandModeOfItsSources(t *testing.T) {
	inWorld(t, func(w *world) {
		held := func(last int) *stage.Producer[int] {
			return w.fromSeq(slices.Values(upTo(1, last)), stage.Demand(stage.Accumulate))
		}
		got, err := collect(t, w.stream(stage.From(held(4)).And(held(5))))
		require.NoError(t, err)
		assert.Len(t, got, 9)

		// The real source is behind a producer_consumer.
		p := held(6)
		pc := w.relay(&filter{}, stage.From(p))
		got, err = collect(t, w.stream(stage.From(pc), stage.DemandOf(p.PID())))
		require.NoError(t, err)
		assert.Equal(t, upTo(1, 6), got)
		assert.Empty(t, w.log.Take())

		// None at all.
		p = held(6)
		go func() {
			w.settle()
			mode, err := p.DemandMode(background)
			assert.NoError(t, err)
			assert.Equal(t, stage.Accumulate, mode)
			p.SetDemand(stage.Forward)
		}()
		got, err = collect(t, w.stream(stage.From(p), stage.DemandOf()))
		require.NoError(t, err)
		assert.Equal(t, upTo(1, 6), got)

		running := w.producer(&source{})
		for range w.stream(stage.From(w.fromSeq(slices.Values([]int{1}))).And(running), stage.Demand(stage.Accumulate), stage.DemandOf(running.PID())) {
			break
		}
		mode, err := running.DemandMode(background)
		require.NoError(t, err)
		assert.Equal(t, stage.Accumulate, mode)
	})
}

func TestAStreamWhoseProcessIsKilledFails(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.producer(counting(2))
		go func() {
			w.settle()
			reader, ok := w.sys.Whereis("reader")
			assert.True(t, ok)
			reader.Kill()
		}()
		got, err := collect(t, w.stream(stage.From(p), stage.Name("reader")))
		assert.Equal(t, []int{1, 2}, got)
		assert.ErrorIs(t, err, process.Killed)
	})
}

func TestAStreamRefusesWhatItDidNotAskFor(t *testing.T) {
	inWorld(t, func(w *world) {
		from, stranger := w.probe(), w.probe()
		go func() {
			w.settle()
			stranger.send(from.subscriber(0), stranger.events(process.NewRef(), []int{7}))
			stranger.send(from.subscriber(0), stranger.canceled(process.NewRef(), nil))
			stranger.send(from.subscriber(0), "hello")
			from.sendEvents(0, 1, 2, 3)
			from.sendCanceled(0, nil)
		}()
		got, err := collect(t, w.stream(stage.From(from.source(), stage.MaxDemand(2)), stage.Name("reader")))
		require.NoError(t, err)
		w.settle()
		assert.Equal(t, upTo(1, 3), got)
		assert.Equal(t, []string{"cancel unknown subscription"}, stranger.take())
		assert.Equal(t, []string{"ERROR more events received than asked for events=1"}, w.log.Take())
	})
}

func TestAStreamCanBeTraced(t *testing.T) {
	inWorld(t, func(w *world) {
		var d diary
		p := w.fromSeq(slices.Values(upTo(1, 3)))
		_, err := collect(t, w.stream(stage.From(p, stage.MaxDemand(2)), d.sends()))
		require.NoError(t, err)
		assert.Equal(t, []string{"-> subscribe", "-> ask 2", "-> *stage.SetDemand &{forward}", "-> ask 1", "-> ask 1", "-> ask 1"}, d.take())
	})
}
