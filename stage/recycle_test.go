package stage_test

import (
	"fmt"
	"runtime"
	"slices"
	"testing"
	"weak"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/dispatcher"
	"github.com/stagecraft-go/stagecraft/stage"
)

// keeper keeps the slices that it gets, with copies to compare them with.
type keeper struct {
	got  []int
	kept [][2][]int
}

func (k *keeper) HandleEvents(_ *stage.Context[stage.None], events []int, _ stage.Subscription) error {
	k.got = append(k.got, events...)
	k.kept = append(k.kept, [2][]int{events, slices.Clone(events)})
	return nil
}

func (k *keeper) check(t *testing.T) {
	t.Helper()
	for _, pair := range k.kept {
		require.Equal(t, pair[1], pair[0], "a slice that was kept has changed")
	}
}

// reader looks at events while it may, and is done with them.
type reader struct{ got []int }

func (r *reader) HandleEvents(_ *stage.Context[stage.None], events []int, _ stage.Subscription) error {
	r.got = append(r.got, events...)
	return nil
}

func TestWhoDoesNotRecycleMayKeepItsSlices(t *testing.T) {
	for name, d := range map[string]dispatcher.Factory[int]{
		"demand":    dispatcher.Demand[int](),
		"broadcast": dispatcher.Broadcast[int](),
		"partition": dispatcher.Partition(4, func(n int) int { return n % 4 }),
	} {
		for recycling := range 5 {
			t.Run(fmt.Sprint(name, " ", recycling, " of 4 recycle"), func(t *testing.T) {
				inWorld(t, func(w *world) {
					const last = 5000
					p := w.producer(counting(last), stage.Dispatch(d), stage.Demand(stage.Accumulate))
					var readers []*reader
					var keepers []*keeper
					for i := range 4 {
						from := stage.From(p, stage.MaxDemand(7*i+4), stage.Partition(i))
						if i < recycling {
							r := &reader{}
							readers = append(readers, r)
							w.consumer(r, from, stage.Recycle())
						} else {
							k := &keeper{}
							keepers = append(keepers, k)
							w.consumer(k, from)
						}
					}
					p.SetDemand(stage.Forward)
					w.settle()
					var all []int
					for _, r := range readers {
						all = append(all, r.got...)
					}
					for _, k := range keepers {
						k.check(t)
						all = append(all, k.got...)
					}
					want := upTo(1, last)
					if name == "broadcast" {
						want = slices.Repeat(want, 4)
						slices.Sort(want)
					}
					slices.Sort(all)
					assert.Equal(t, want, all)
				})
			})
		}
	}
}

// inPlace changes its events where they are and passes the slice on, now and
// then with more events than fit into it.
type inPlace struct {
	add  int
	more bool
}

func (p inPlace) HandleEvents(ctx *stage.Context[int], events []int, _ stage.Subscription) error {
	for i := range events {
		events[i] += p.add
	}
	ctx.EmitOwned(events)
	if p.more && events[0]%3 == 0 {
		ctx.EmitAll(make([]int, 4*len(events))) // zeros
	}
	return nil
}

func TestSlicesMayBePassedOnInPlace(t *testing.T) {
	for _, recycle := range []bool{false, true} {
		for _, more := range []bool{false, true} {
			t.Run(fmt.Sprint("recycle ", recycle, " more ", more), func(t *testing.T) {
				inWorld(t, func(w *world) {
					const last = 5000
					var opts []stage.Option
					if recycle {
						opts = append(opts, stage.Recycle())
					}
					p := w.producer(counting(last), stage.Demand(stage.Accumulate))
					read, keep := &reader{}, &keeper{}
					var ends stage.Sources[int]
					for i := range 3 { // they share the lists of p
						first := w.relay(inPlace{1_000_000, more}, stage.From(p, stage.MaxDemand(10+i)), opts...)
						second := w.relay(inPlace{2_000_000, more}, stage.From(first, stage.MaxDemand(8)))
						third := w.relay(inPlace{3_000_000, more}, stage.From(second, stage.MaxDemand(6)), opts...)
						ends = ends.And(third, stage.MaxDemand(5))
					}
					w.consumer(read, ends, opts...)
					w.consumer(keep, ends)
					p.SetDemand(stage.Forward)
					w.settle()
					keep.check(t)
					all := slices.DeleteFunc(append(read.got, keep.got...), func(n int) bool { return n <= 6_000_000 && n%1_000_000 == 0 })
					slices.Sort(all)
					assert.Equal(t, upTo(6_000_001, 6_000_000+last), all)
				})
			})
		}
	}
}

func TestABroadcastListIsMarkedAsShared(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.producer(&source{}, stage.Dispatch(dispatcher.Broadcast[int]()))
		all, even := w.probe(), w.probe()
		all.asking(p.PID(), 3)
		even.asking(p.PID(), 3, stage.Selector(func(n int) bool { return n%2 == 0 }))
		w.settle()
		push(p, 1, 2, 3)
		w.settle()
		assert.Equal(t, []string{"shared [1 2 3]"}, all.take())
		assert.Equal(t, []string{"events [2]"}, even.take(), "a selection is its own")
	})
}

// payload is an event that can be found dead.
type payload struct{ bytes [64]byte }

func TestIdleStagesKeepNoEventAlive(t *testing.T) {
	for _, opts := range [][]stage.Option{nil, {stage.Recycle()}} {
		for name, d := range map[string]dispatcher.Factory[*payload]{
			"demand":    dispatcher.Demand[*payload](),
			"broadcast": dispatcher.Broadcast[*payload](),
			"partition": dispatcher.Partition(2, func(p *payload) int { return int(p.bytes[0]) % 2 }),
		} {
			t.Run(fmt.Sprint(name, " recycle ", len(opts) > 0), func(t *testing.T) {
				const last = 1000
				inWorld(t, func(w *world) {
					var born []weak.Pointer[payload]
					make := stage.ProducerFunc[*payload](func(ctx *stage.Context[*payload], demand int) error {
						for ; demand > 0 && len(born) < last; demand-- {
							event := &payload{}
							event.bytes[0] = byte(len(born))
							born = append(born, weak.Make(event))
							ctx.Emit(event)
						}
						return nil
					})
					p, err := stage.StartProducer(background, make, append(opts[:0:0], stage.In(w.sys), stage.Dispatch(d), stage.Demand(stage.Accumulate))...)
					require.NoError(t, err)
					w.Leave(p)
					for i := range 2 {
						pass := stage.EventsFunc[*payload, *payload](func(ctx *stage.Context[*payload], events []*payload, _ stage.Subscription) error {
							ctx.EmitAll(events)
							return nil
						})
						pc, err := stage.StartProducerConsumer(background, pass, stage.From(p, stage.Partition(i), stage.MaxDemand(30)), append(opts, stage.In(w.sys))...)
						require.NoError(t, err)
						w.Leave(pc)
						c, err := stage.StartConsumer(background, stage.ConsumerFunc[*payload](func(*stage.Context[stage.None], []*payload, stage.Subscription) error { return nil }), stage.From(pc, stage.MaxDemand(7)), append(opts, stage.In(w.sys))...)
						require.NoError(t, err)
						w.Leave(c)
					}
					p.SetDemand(stage.Forward)
					w.settle()
					runtime.GC()
					runtime.GC()
					require.Len(t, born, last)
					alive := 0
					for _, event := range born {
						if event.Value() != nil {
							alive++
						}
					}
					assert.Zero(t, alive, "of %d", last)
				})
			})
		}
	}
}
