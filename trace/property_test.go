package trace_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/stage"
	"github.com/stagecraft-go/stagecraft/trace"
)

// chain is a random line of stages, and what each of them was given.
type chain struct {
	events int // that the source has
	excess int // that it emits beyond each demand
	hops   []hop
}

// hop is a stage that passes on what it gets, each event some times.
type hop struct{ max, min, times int }

func newChain(r *rand.Rand) chain {
	c := chain{events: 1 + r.IntN(200), excess: r.IntN(4)}
	for range 1 + r.IntN(4) {
		h := hop{max: 1 + r.IntN(20), times: r.IntN(3)}
		h.min = r.IntN(h.max)
		c.hops = append(c.hops, h)
	}
	return c
}

// diary is what the callbacks of one stage were called with.
type diary struct {
	events  []int
	batches []int // sizes
}

// generous emits more than it is asked for, as long as it has events.
type generous struct {
	diary
	chain *chain
	next  int
}

func (g *generous) HandleDemand(ctx *stage.Context[int], demand int) error {
	g.batches = append(g.batches, demand)
	for range min(demand+g.chain.excess, g.chain.events-g.next) {
		ctx.Emit(g.next)
		g.next++
	}
	return nil
}

// keeper is a consumer that keeps what it gets.
type keeper struct{ diary }

func (k *keeper) HandleEvents(_ *stage.Context[stage.None], events []int, _ stage.Subscription) error {
	k.take(events)
	return nil
}

func (d *diary) take(events []int) {
	d.events = append(d.events, events...)
	d.batches = append(d.batches, len(events))
}

// run runs a chain until nothing moves, and returns what each stage was given.
func (c chain) run(w *world, watch func(name string) []stage.Option) []*diary {
	g := &generous{chain: &c}
	diaries := []*diary{&g.diary}
	from := func(s stage.Source[int], h hop) stage.Sources[int] {
		return stage.From(s, stage.MaxDemand(h.max), stage.MinDemand(h.min))
	}
	var last stage.Source[int] = w.producer(g, watch("0")...)
	for i, h := range c.hops[:len(c.hops)-1] {
		d := new(diary)
		diaries = append(diaries, d)
		last = w.relay(func(ctx *stage.Context[int], events []int, _ stage.Subscription) error {
			d.take(events)
			for _, e := range events {
				for range h.times {
					ctx.Emit(e)
				}
			}
			return nil
		}, from(last, h), watch(fmt.Sprint(i+1))...)
	}
	k := new(keeper)
	w.consumer(k, from(last, c.hops[len(c.hops)-1]), watch(fmt.Sprint(len(c.hops)))...)
	w.settle()
	return append(diaries, &k.diary)
}

// Each stage is given the same events in the same order, whether it is watched
// or not. Between a single pair, where nothing depends on who is faster, demands
// and batches are the same too.
func TestWatchingChangesNothing(t *testing.T) {
	for seed := range uint64(100) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			chain := newChain(rand.New(rand.NewPCG(seed, 1)))
			var unwatched, watched []*diary
			inWorld(t, func(w *world) {
				unwatched = chain.run(w, func(string) []stage.Option { return nil })
			})
			inWorld(t, func(w *world) {
				watched = chain.run(w, func(name string) []stage.Option { return []stage.Option{w.rec.Watch(name)} })
				for i := range watched {
					require.Equal(w, unwatched[i].events, watched[i].events, "stage %d of %+v", i, chain)
				}
				if len(watched) == 2 {
					require.Equal(w, unwatched, watched, "%+v", chain)
				}
				checkTruth(w, watched)
			})
		})
	}
}

// checkTruth compares a timeline with what the stages were given.
func checkTruth(w *world, diaries []*diary) {
	w.Helper()
	batches := make(map[string][]int) // by stage
	open := make(map[int]int)         // asked for and not sent, by subscription
	sent := make(map[string]int)      // by receiver
	for _, e := range w.rec.Entries() {
		switch e.Kind {
		case stage.ObservedHandleDemand, stage.ObservedHandleEvents:
			batches[e.From] = append(batches[e.From], e.N)
		case stage.ObservedAsk:
			open[e.Subscription] += e.N
		case stage.ObservedEvents:
			open[e.Subscription] -= e.N
			sent[e.To] += e.N
			// More may be asked for than the producer knows of yet.
			require.GreaterOrEqual(w, open[e.Subscription], e.Demand, "%+v", e)
			require.GreaterOrEqual(w, e.Demand, 0)
			require.Equal(w, trace.Taken, e.Receipt)
		}
	}
	for i, d := range diaries {
		name := fmt.Sprint(i)
		require.Equal(w, d.batches, batches[name], "callbacks of stage %d", i)
		if i == len(diaries)-1 {
			assert.Equal(w, len(d.events), sent[name])
		}
	}
}
