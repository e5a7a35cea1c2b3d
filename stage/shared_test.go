package stage_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/stagecraft-go/stagecraft/dispatcher"
	"github.com/stagecraft-go/stagecraft/stage"
)

// lender emits parts of a slice that others have as well.
type lender struct{ rest []int }

func (l *lender) HandleDemand(ctx *stage.Context[int], demand int) error {
	n := min(demand, len(l.rest))
	ctx.EmitShared(l.rest[:n])
	l.rest = l.rest[n:]
	return nil
}

// lists keeps the lists that it gets.
type lists struct{ got [][]int }

func (l *lists) HandleEvents(_ *stage.Context[stage.None], events []int, _ stage.Subscription) error {
	l.got = append(l.got, events)
	return nil
}

// lie counts the lists that lie in a slice.
func (l *lists) lie(in []int) (n int) {
	at := make(map[*int]bool)
	for i := range in {
		at[&in[i]] = true
	}
	for _, list := range l.got {
		if at[&list[0]] {
			n++
		}
	}
	return n
}

func (l *lists) all() []int { return slices.Sorted(slices.Values(slices.Concat(l.got...))) }

// writer is a consumer that changes what it gets.
type writer struct{ got []int }

func (r *writer) HandleEvents(_ *stage.Context[stage.None], events []int, _ stage.Subscription) error {
	r.got = append(r.got, events...)
	clear(events)
	return nil
}

func TestASliceOfOthersIsOnlyForReaders(t *testing.T) {
	const last = 1000
	for name, c := range map[string]struct {
		dispatch dispatcher.Factory[int]
		each     int // events for each of two consumers, 0: some
		lent     bool
	}{
		"demand":    {dispatcher.Demand[int](), 0, true},
		"broadcast": {dispatcher.Broadcast[int](), last, true},
		"partition": {dispatcher.Partition(2, func(n int) int { return n % 2 }), last / 2, false},
		"a dispatcher that may keep slices": {func(cfg dispatcher.Config) (dispatcher.Dispatcher[int], error) {
			d, err := dispatcher.Demand[int]()(cfg)
			return keeping{d}, err
		}, 0, false},
	} {
		for _, recycle := range []bool{false, true} {
			t.Run(fmt.Sprint(name, " recycle ", recycle), func(t *testing.T) {
				inWorld(t, func(w *world) {
					mine := upTo(1, last)
					p := w.producer(&lender{mine}, stage.Dispatch(c.dispatch), stage.Demand(stage.Accumulate))
					var careless []stage.Option
					if recycle {
						careless = append(careless, stage.Recycle())
					}
					reads, writes := &lists{}, &writer{}
					w.consumer(reads, stage.From(p, stage.MaxDemand(10), stage.Partition(0)), stage.ReadOnly())
					w.consumer(writes, stage.From(p, stage.MaxDemand(10), stage.Partition(1)), careless...)
					p.SetDemand(stage.Forward)
					w.settle()

					assert.Equal(t, upTo(1, last), mine, "nobody has written to it")
					if c.each > 0 {
						assert.Len(t, reads.all(), c.each)
						assert.Len(t, writes.got, c.each)
					} else {
						all := append(reads.all(), writes.got...)
						slices.Sort(all)
						assert.Equal(t, upTo(1, last), all)
					}
					if c.lent {
						assert.Equal(t, len(reads.got), reads.lie(mine), "it is not copied for who only reads")
					} else {
						assert.Zero(t, reads.lie(mine))
					}
				})
			})
		}
	}
}

// A producer_consumer may change what it gets and pass it on, unless it only
// reads: then it may pass it on to those who only read as well. The lists of a
// source of its own are used again meanwhile.
func TestASliceOfOthersOnItsWay(t *testing.T) {
	const last = 1000
	share := stage.EventsFunc[int, int](func(ctx *stage.Context[int], events []int, _ stage.Subscription) error {
		ctx.EmitShared(events)
		return nil
	})
	for _, recycle := range []bool{false, true} {
		for _, lent := range []bool{false, true} {
			t.Run(fmt.Sprint("recycle ", recycle, " lent ", lent), func(t *testing.T) {
				inWorld(t, func(w *world) {
					var opts []stage.Option
					if recycle {
						opts = append(opts, stage.Recycle())
					}
					mine := upTo(1, last)
					var source stage.DemandHandler[int] = counting(last)
					if lent {
						source = &lender{mine}
					}
					p := w.producer(source, stage.Demand(stage.Accumulate))
					passes := w.relay(share, stage.From(p, stage.MaxDemand(10)), append(opts, stage.ReadOnly())...)
					changes := w.relay(inPlace{last, false}, stage.From(p, stage.MaxDemand(10)), opts...)
					reads, writes, changed := &lists{}, &writer{}, &reader{}
					w.consumer(reads, stage.From(passes, stage.MaxDemand(10)), stage.ReadOnly())
					w.consumer(writes, stage.From(passes, stage.MaxDemand(10)), opts...)
					w.consumer(changed, stage.From(changes, stage.MaxDemand(10)), opts...)
					p.SetDemand(stage.Forward)
					w.settle()

					assert.Equal(t, upTo(1, last), mine)
					assert.NotEmpty(t, reads.got)
					assert.NotEmpty(t, writes.got)
					assert.NotEmpty(t, changed.got)
					if lent {
						assert.Equal(t, len(reads.got), reads.lie(mine))
					}
					all := append(reads.all(), writes.got...)
					for _, event := range changed.got {
						all = append(all, event-last)
					}
					slices.Sort(all)
					assert.Equal(t, upTo(1, last), all)
				})
			})
		}
	}
}

// What comes after a slice of others is the stage's own again.
func TestASliceOfOthersIsTheOnlyOne(t *testing.T) {
	for name, before := range map[string]func(ctx *stage.Context[int]){
		"some": func(ctx *stage.Context[int]) { ctx.EmitShared([]int{1, 2, 3}) },
		"none": func(ctx *stage.Context[int]) { ctx.EmitShared(nil) },
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				p, got, own := w.producer(&source{}), &lists{}, upTo(4, 6)
				w.consumer(got, stage.From(p))
				do(p, func(ctx *stage.Context[int]) error { before(ctx); return nil })
				do(p, func(ctx *stage.Context[int]) error { ctx.EmitOwned(own); return nil })
				w.settle()
				assert.Equal(t, 1, got.lie(own), "it is not copied")
			})
		})
	}
}

// giver emits a slice when it hears that its buffer drops events.
type giver struct {
	source
	give func(ctx *stage.Context[int])
}

func (g *giver) HandleDiscarded(ctx *stage.Context[int], _ []int) { g.give(ctx) }

// What HandleDiscarded emits has nothing to do with what is being emitted.
func TestWhatIsEmittedWhileEventsAreDiscarded(t *testing.T) {
	mine := upTo(101, 103)
	for name, give := range map[string]func(ctx *stage.Context[int]){
		"copied": func(ctx *stage.Context[int]) { ctx.EmitAll(mine) },
		"owned":  func(ctx *stage.Context[int]) { ctx.EmitOwned(slices.Clone(mine)) },
		"shared": func(ctx *stage.Context[int]) { ctx.EmitShared(mine) },
	} {
		for _, recycle := range []bool{false, true} {
			t.Run(fmt.Sprint(name, " recycle ", recycle), func(t *testing.T) {
				inWorld(t, func(w *world) {
					var opts []stage.Option
					if recycle {
						opts = append(opts, stage.Recycle())
					}
					given := 0
					p := w.producer(&giver{give: func(ctx *stage.Context[int]) {
						if given++; given == 1 {
							give(ctx)
						}
					}}, stage.BufferSize(3))
					writes := &writer{}
					w.consumer(writes, stage.From(p, stage.MaxDemand(10), stage.MinDemand(0)), opts...)
					w.settle()
					push(p, upTo(1, 15)...) // 11 and 12 are dropped
					w.settle()
					push(p) // what was given goes with the next callback
					w.settle()
					assert.Equal(t, upTo(101, 103), mine)
					assert.Equal(t, slices.Concat(upTo(1, 10), upTo(13, 15), mine), writes.got)
				})
			})
		}
	}
}

// Nor does it let go of the slice that is on its way to the buffer.
func TestWhatIsDiscardedWhileItIsEmitted(t *testing.T) {
	for name, give := range map[string]func(ctx *stage.Context[int]){
		"copied": func(ctx *stage.Context[int]) { ctx.EmitAll(upTo(101, 103)) },
		"owned":  func(ctx *stage.Context[int]) { ctx.EmitOwned(upTo(101, 103)) },
		"shared": func(ctx *stage.Context[int]) { ctx.EmitShared(upTo(101, 103)) },
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				given := 0
				p := w.producer(&giver{give: func(ctx *stage.Context[int]) {
					if given++; given == 1 {
						give(ctx)
					}
				}}, stage.BufferSize(4))
				idle := &sink{script: script[stage.None]{onSubscribe: manual[stage.None]}}
				w.consumer(idle, stage.From(p), stage.Recycle())
				w.settle()
				push(p, upTo(1, 5)...) // 1 is dropped
				w.settle()
				got := &reader{}
				w.consumer(got, stage.From(p))
				w.settle()
				assert.Equal(t, append([]int{5}, upTo(101, 103)...), got.got, "it drops 2, 3 and 4 for them")
			})
		})
	}
}

// What is held back or buffered, and what is emitted with more, is a copy.
func TestASliceOfOthersIsCopiedWhenItWaits(t *testing.T) {
	for name, emit := range map[string]func(ctx *stage.Context[int], mine []int){
		"behind another event": func(ctx *stage.Context[int], mine []int) { ctx.Emit(0); ctx.EmitShared(mine) },
		"before another event": func(ctx *stage.Context[int], mine []int) { ctx.EmitShared(mine); ctx.Emit(4) },
		"alone":                func(ctx *stage.Context[int], mine []int) { ctx.EmitShared(mine) },
	} {
		for _, mode := range []stage.DemandMode{stage.Accumulate, stage.Forward} {
			t.Run(fmt.Sprint(name, " ", mode), func(t *testing.T) {
				inWorld(t, func(w *world) {
					mine := append(make([]int, 0, 10), 1, 2, 3)
					p := w.producer(&source{}, stage.Demand(mode))
					do(p, func(ctx *stage.Context[int]) error { emit(ctx, mine); return nil })
					w.settle()
					reads := &lists{}
					w.consumer(reads, stage.From(p), stage.ReadOnly())
					p.SetDemand(stage.Forward)
					w.settle()
					assert.Subset(t, reads.all(), mine)
					assert.Zero(t, reads.lie(mine))
					assert.Equal(t, []int{0, 0, 0}, mine[3:6], "behind it nobody has written")
				})
			})
		}
	}
}
