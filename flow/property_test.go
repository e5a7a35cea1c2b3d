package flow_test

import (
	"fmt"
	"iter"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/dispatcher"
	"github.com/stagecraft-go/stagecraft/flow"
)

// A program is a flow together with what it must result in, worked out on a
// plain list.
type program struct {
	rng    *rand.Rand
	stages int // of all layers, but for those that can have only one
	flow   flow.Flow[int]
	want   []int
	text   []string // the operations
	// fresh says that the layer has only just begun, reduced that it can take
	// no operation any more, and ordered that the model knows the order.
	fresh, reduced, ordered bool
}

// TestRandomProgramsAgreeWithAPlainModel runs random chains of operations.
func TestRandomProgramsAgreeWithAPlainModel(t *testing.T) {
	programs := 1000
	if raceDetector || testing.Short() {
		programs = 100
	}
	for _, stages := range []int{1, 2, 3, 8} {
		t.Run(fmt.Sprint(stages, " stages"), func(t *testing.T) {
			w := outside(t)
			for seed := range programs {
				p := newProgram(rand.New(rand.NewPCG(uint64(seed), uint64(stages))), stages, 12)
				got, err := p.flow.Collect(background, w.in)
				require.NoError(t, err, "seed %d: %s", seed, p)
				want := p.want
				if !p.ordered {
					want = sorted(want)
					got = sorted(got)
				}
				require.True(t, slices.Equal(want, got), "seed %d: %s\nwant %v\n got %v", seed, p, want, got)
			}
		})
	}
}

func sorted(l []int) []int { return slices.Sorted(slices.Values(l)) }

func (p *program) String() string { return strings.Join(p.text, ", ") }

func (p *program) note(format string, args ...any) {
	p.text = append(p.text, fmt.Sprintf(format, args...))
}

func newProgram(rng *rand.Rand, stages, length int) *program {
	p := &program{rng: rng, stages: stages}
	p.source()
	for range rng.IntN(length + 1) {
		p.operation()
	}
	return p
}

// options are random options of a layer that begins.
func (p *program) options() []flow.Option {
	p.ordered = p.ordered && p.stages == 1
	return append(p.demand(), flow.Stages(p.stages))
}

// demand are options of a layer that has one stage in any case.
func (p *program) demand() []flow.Option {
	switch p.rng.IntN(4) {
	case 0:
		return nil
	case 1:
		return []flow.Option{flow.MaxDemand(1 + p.rng.IntN(100))}
	}
	most := 1 + p.rng.IntN(50)
	return []flow.Option{flow.MaxDemand(most), flow.MinDemand(p.rng.IntN(most))}
}

func (p *program) source() {
	for range p.rng.IntN(500) {
		p.want = append(p.want, p.rng.IntN(200)-100)
	}
	p.fresh, p.ordered = true, true
	items, opts := p.want, p.options()
	switch p.rng.IntN(4) {
	case 0:
		p.note("FromSlice of %d", len(items))
		p.flow = flow.FromSlice(items, opts...)
	case 1:
		p.note("FromSeq of %d", len(items))
		p.flow = flow.FromSeq(slices.Values(items), opts...)
	case 2:
		p.note("FromChan of %d", len(items))
		ch := make(chan int, len(items))
		for _, n := range items {
			ch <- n
		}
		close(ch)
		p.flow = flow.FromChan(ch, opts...)
	case 3:
		p.note("Lines of %d", len(items))
		var text strings.Builder
		for _, n := range items {
			fmt.Fprintln(&text, n)
		}
		p.flow = flow.TryMap(flow.Lines(strings.NewReader(text.String()), opts...), strconv.Atoi)
		p.fresh = false
	}
}

// operation adds one.
func (p *program) operation() {
	steps := []func(){p.layer, p.distinct, p.counts, p.groups, p.total, p.runningTotal, p.fixedWindows, p.sessions, p.top, p.join, p.union}
	if !p.reduced {
		mappers := []func(){p.mapEvents, p.filter, p.reject, p.flatMap, p.flatMapYield, p.tap, p.emitAndReduce}
		if p.fresh {
			mappers = append(mappers, p.mapBatch, p.window)
		}
		if p.rng.IntN(3) > 0 {
			steps = mappers
		}
	}
	if len(p.want) > 2000 {
		steps = []func(){p.distinct}
	}
	steps[p.rng.IntN(len(steps))]()
}

// mapped changes the list, and says that the layer has begun.
func (p *program) mapped(f flow.Flow[int], want func(yield func(int) bool)) {
	p.flow, p.want, p.fresh = f, slices.Collect(want), false
}

// each is the list with each event replaced by some.
func (p *program) each(fn func(int) []int) iter.Seq[int] {
	list := p.want
	return func(yield func(int) bool) {
		for _, n := range list {
			for _, result := range fn(n) {
				if !yield(result) {
					return
				}
			}
		}
	}
}

func only(keep bool, n int) []int {
	if keep {
		return []int{n}
	}
	return nil
}

func (p *program) mapEvents() {
	k := p.rng.IntN(5) - 2
	p.note("Map %d*n+1", k)
	fn := func(n int) int { return (k*n + 1) % 1000 }
	p.mapped(flow.Map(p.flow, fn), p.each(func(n int) []int { return []int{fn(n)} }))
}

func (p *program) filter() {
	k := 2 + p.rng.IntN(5)
	p.note("Filter n%%%d", k)
	keep := func(n int) bool { return n%k != 0 }
	p.mapped(p.flow.Filter(keep), p.each(func(n int) []int { return only(keep(n), n) }))
}

func (p *program) reject() {
	k := 2 + p.rng.IntN(5)
	p.note("Reject n%%%d", k)
	drop := func(n int) bool { return n%k == 1 }
	p.mapped(p.flow.Reject(drop), p.each(func(n int) []int { return only(!drop(n), n) }))
}

func (p *program) flatMap() {
	k := 1 + p.rng.IntN(3)
	p.note("FlatMap %d", k)
	fn := func(n int) []int { return upTo(n, n+(n%k+k)%k) }
	p.mapped(flow.FlatMap(p.flow, func(n int) iter.Seq[int] { return slices.Values(fn(n)) }), p.each(fn))
}

func (p *program) flatMapYield() {
	k := 1 + p.rng.IntN(3)
	p.note("FlatMapYield %d", k)
	fn := func(n int) []int { return upTo(n, n+(n%k+k)%k) }
	p.mapped(flow.FlatMapYield(p.flow, func(n int, yield func(int) bool) { slices.Values(fn(n))(yield) }), p.each(fn))
}

func (p *program) tap() {
	p.note("Tap")
	p.mapped(p.flow.Tap(func(int) {}), slices.Values(p.want))
}

func (p *program) mapBatch() {
	p.note("MapBatch")
	fn := func(n int) int { return 7 - n }
	p.flow = flow.MapBatch(p.flow, func(l []int) []int {
		for i, n := range l {
			l[i] = fn(n)
		}
		return l
	})
	p.want = slices.Collect(p.each(func(n int) []int { return []int{fn(n)} }))
}

// window adds one that changes nothing for mappers.
func (p *program) window() {
	windows := map[string]flow.Window[int]{
		"Count": flow.Count[int](1 + p.rng.IntN(20)), "Every": flow.Global[int]().Every(1 + p.rng.IntN(20)),
		"Global": flow.Global[int](),
	}
	names := []string{"Count", "Every", "Global"}
	name := names[p.rng.IntN(3)]
	p.note("Window %s", name)
	p.flow, p.fresh = p.flow.Window(windows[name]), false
	p.mapEvents() // a reduce would see the windows
	p.layer()
}

func (p *program) emitAndReduce() {
	p.note("EmitAndReduce")
	fn := func(n int) []int { return []int{n, n + 1} }
	f := flow.EmitAndReduce(p.flow, zero, func(a, n int, emit func(int)) int {
		emit(n)
		emit(n + 1)
		return a
	}).Nothing()
	p.mapped(f, p.each(fn))
	p.reduced = true
}

// layer begins one.
func (p *program) layer() {
	opts := p.options()
	switch p.rng.IntN(5) {
	case 0:
		p.note("Shuffle")
		p.flow = p.flow.Shuffle(opts...)
	case 1:
		p.note("Partition")
		p.flow = flow.Partition(p.flow, opts...)
	case 2:
		p.note("PartitionTo")
		stages := p.stages
		p.flow = p.flow.PartitionTo(func(n int) int { return (n%stages + stages) % stages }, opts...)
	case 3:
		p.note("PartitionKeep")
		stages := p.stages
		p.flow = p.flow.PartitionKeep(func(n int) (int, int, bool) { return n + 1, (n%stages + stages) % stages, n%5 != 0 }, opts...)
		p.want = slices.Collect(p.each(func(n int) []int { return only(n%5 != 0, n+1) }))
	case 4:
		p.note("Merge")
		p.flow = p.flow.Merge(dispatcher.Broadcast[int](), opts...)
		copies := p.stages
		p.want = slices.Collect(p.each(func(n int) []int { return slices.Repeat([]int{n}, copies) }))
	}
	p.fresh, p.reduced = true, false
}

func (p *program) key(k int) func(int) int { return func(n int) int { return (n%k + k) % k } }

// distinct keeps each value once, of all stages.
func (p *program) distinct() {
	p.note("Partition, Uniq")
	f := flow.Uniq(flow.Partition(p.flow, p.options()...))
	var kept []int
	for _, n := range p.want {
		if !slices.Contains(kept, n) {
			kept = append(kept, n)
		}
	}
	p.reduced = false
	p.mapped(f, slices.Values(kept))
}

// counts counts the events of each key.
func (p *program) counts() {
	k := 1 + p.rng.IntN(20)
	p.note("PartitionBy %d, Reduce, Entries, Shuffle, MapValues, TryMap", k)
	key := p.key(k)
	numbers := flow.Reduce(flow.PartitionBy(p.flow, key, p.options()...), newCounts,
		func(c counts, n int) counts { c[strconv.Itoa(key(n))]++; return c })
	twice := flow.MapValues(flow.Entries(numbers).Shuffle(p.options()...), func(n int) int { return 2 * n })
	f := flow.TryMap(twice, func(e entry) (int, error) {
		key, err := strconv.Atoi(e.Key)
		return key*1000 + e.Value, err
	})
	p.byKey(f, key, func(key int, group []int) []int { return []int{key*1000 + 2*len(group)} })
}

// groups groups the events by key, and keeps the first of each.
func (p *program) groups() {
	k := 1 + p.rng.IntN(20)
	p.note("PartitionBy %d, GroupBy, OnTrigger, Partition, UniqBy", k)
	key := p.key(k)
	groups := flow.GroupBy(flow.PartitionBy(p.flow, key, p.options()...), func(n int) string { return strconv.Itoa(key(n)) })
	f := flow.OnTrigger(groups, func(m map[string][]int, _ flow.Firing) (sizes []int, _ map[string][]int) {
		for _, group := range m {
			size := key(group[0])*1000 + len(group)
			sizes = append(sizes, size, size)
		}
		return sizes, m
	})
	f = flow.UniqBy(flow.Partition(f, p.options()...), func(n int) int { return n / 1000 })
	p.byKey(f, key, func(key int, group []int) []int { return []int{key*1000 + len(group)} })
}

// byKey is the model of what makes events of groups.
func (p *program) byKey(f flow.Flow[int], key func(int) int, fn func(key int, group []int) []int) {
	groups := map[int][]int{}
	for _, n := range p.want {
		groups[key(n)] = append(groups[key(n)], n)
	}
	var want []int
	for key, group := range groups {
		want = append(want, fn(key, group)...)
	}
	p.reduced, p.ordered = false, false // maps have no order
	p.mapped(f, slices.Values(want))
}

// total is one sum of all.
func (p *program) total() {
	p.note("Shuffle, Reduce, State, Departition")
	sums := sum(p.flow.Shuffle(p.options()...)).State()
	p.single(flow.Departition(sums, zero, add, func(n int, _ flow.WindowID) int { return n % 1000 }, p.demand()...))
}

// runningTotal is the same in small steps.
func (p *program) runningTotal() {
	k := 1 + p.rng.IntN(10)
	p.note("Shuffle, Every %d, OnTrigger, Departition", k)
	parts := flow.OnTrigger(sum(p.flow.Shuffle(p.options()...).Window(flow.Global[int]().Every(k))),
		func(n int, _ flow.Firing) ([]int, int) { return []int{n}, 0 })
	p.single(flow.Departition(parts, zero, add, func(n int, _ flow.WindowID) int { return n % 1000 }, p.demand()...))
}

func (p *program) single(f flow.Flow[int]) {
	p.reduced, p.ordered = false, true
	p.mapped(f, slices.Values([]int{total(p.want) % 1000}))
	p.fresh = true
}

// fixedWindows adds up by event time: a number is its own time. Nothing is late,
// neither if the watermark stays behind nor if late events are waited for.
func (p *program) fixedWindows() {
	length := 1 + p.rng.IntN(50)
	window := flow.Fixed(time.Duration(length)*ms, at)
	if p.rng.IntN(2) == 0 {
		window = window.OutOfOrder(time.Hour)
	} else {
		window = window.AllowLateness(time.Hour)
	}
	p.note("Shuffle, Fixed %d, OnTrigger, Departition", length)
	parts := flow.OnTrigger(sum(p.flow.Shuffle(p.options()...).Window(window)), func(n int, _ flow.Firing) ([]int, int) { return []int{n}, 0 })
	f := flow.Departition(parts, zero, add, func(n int, id flow.WindowID) int {
		return (31*int(id.Start().UnixMilli()) + n) % 1000
	}, p.demand()...)
	p.byKey(f, func(n int) int { return n - ((n%length)+length)%length }, func(start int, group []int) []int {
		return []int{(31*start + total(group)) % 1000}
	})
	p.fresh = true
}

func total(numbers []int) (total int) {
	for _, n := range numbers {
		total += n
	}
	return total
}

// sessions adds up the bursts of each key.
func (p *program) sessions() {
	k, gap := 1+p.rng.IntN(5), 1+p.rng.IntN(20)
	p.note("PartitionBy %d, Session %d, OnTrigger, Shuffle", k, gap)
	key := p.key(k)
	window := flow.Session(time.Duration(gap)*ms, at, key).OutOfOrder(time.Hour)
	bursts := sum(flow.PartitionBy(p.flow, key, p.options()...).Window(window))
	f := flow.OnTrigger(bursts, func(n int, by flow.Firing) ([]int, int) {
		return []int{(31*int(by.Window.Start().UnixMilli()) + n) % 1000}, n
	}).Shuffle(p.options()...)
	p.byKey(f, key, func(_ int, group []int) (results []int) {
		group = sorted(group)
		for len(group) > 0 {
			n := 1
			for n < len(group) && group[n]-group[n-1] <= gap {
				n++
			}
			results = append(results, (31*group[0]+total(group[:n]))%1000)
			group = group[n:]
		}
		return results
	})
	p.fresh = true
}

// top are the least events, in order.
func (p *program) top() {
	n := 1 + p.rng.IntN(300)
	p.note("TakeSort %d, FlatMap", n)
	f := flow.FlatMap(flow.TakeSort(p.flow, n, func(a, b int) int { return a - b }, p.demand()...), slices.Values)
	want := sorted(p.want)
	p.reduced, p.ordered = false, true
	p.mapped(f, slices.Values(want[:min(n, len(want))]))
}

// join joins with another program.
func (p *program) join() {
	other := newProgram(p.rng, p.stages, 2)
	mode := flow.JoinMode(1 + p.rng.IntN(4))
	k := 20 + p.rng.IntN(200)
	p.note("Join %d %d (%s), Map", mode, k, other)
	key := p.key(k)
	rows := flow.Join(mode, p.flow, other.flow, key, key, p.options()...)
	f := flow.Map(rows, func(r flow.Row[int, int]) int { return sideBySide(r.Left, r.Right, r.HasLeft, r.HasRight) })
	var want []int
	for _, left := range p.want {
		alone := true
		for _, right := range other.want {
			if key(left) == key(right) {
				want, alone = append(want, sideBySide(left, right, true, true)), false
			}
		}
		if alone && (mode == flow.LeftOuter || mode == flow.FullOuter) {
			want = append(want, sideBySide(left, 0, true, false))
		}
	}
	if mode == flow.RightOuter || mode == flow.FullOuter {
		for _, right := range other.want {
			if !slices.ContainsFunc(p.want, func(left int) bool { return key(left) == key(right) }) {
				want = append(want, sideBySide(0, right, false, true))
			}
		}
	}
	p.reduced, p.ordered = false, false
	p.mapped(f, slices.Values(want))
}

// sideBySide makes one number of a row.
func sideBySide(left, right int, hasLeft, hasRight bool) int {
	n := left%100*3 + right%100*5
	if hasLeft {
		n += 1000
	}
	if hasRight {
		n += 2000
	}
	return n
}

// union adds another program.
func (p *program) union() {
	other := newProgram(p.rng, p.stages, 3)
	p.note("Union (%s)", other)
	p.mapped(flow.Union(p.flow, other.flow).With(p.options()...), slices.Values(append(slices.Clone(p.want), other.want...)))
	p.fresh, p.reduced, p.ordered = true, false, false
}
