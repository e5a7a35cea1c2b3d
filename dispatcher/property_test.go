package dispatcher_test

import (
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"testing"

	. "github.com/stagecraft-go/stagecraft/dispatcher"
	"github.com/stagecraft-go/stagecraft/internal/testworld"
)

// subject is a dispatcher with its model and what is random about it.
type subject struct {
	name    string
	factory Factory[int]
	model   Factory[int]
	// options makes subscription options out of a random byte.
	options func(b byte, exact bool) Options
	// once says that each event goes to one consumer.
	once bool
}

var subjects = []subject{
	{
		name:    "Demand",
		factory: Demand[int](),
		model:   func(cfg Config) (Dispatcher[int], error) { return newDemandModel(cfg), nil },
		options: func(byte, bool) Options { return Options{} },
		once:    true,
	},
	{
		name:    "Broadcast",
		factory: Broadcast[int](),
		model:   func(cfg Config) (Dispatcher[int], error) { return newBroadcastModel(cfg), nil },
		options: func(b byte, exact bool) Options {
			kinds := []any{nil, nil, selectors["even"], selectors["none"], "bad", selectors["panics"]}
			if exact {
				kinds = kinds[:5] // a panic in a selector ends the stage
			}
			return Options{Selector: kinds[int(b)%len(kinds)]}
		},
	},
	partitionSubject("Partition", someDiscarded),
	partitionSubject("PartitionUneven", uneven),
}

func partitionSubject(name string, hash Hash[int, int]) subject {
	return subject{
		name:    name,
		factory: PartitionBy(Indexes(3), hash),
		model:   newPartitionModel(3, hash),
		options: func(b byte, _ bool) Options {
			return Options{Partition: []any{0, 1, 2, 0, 1, 2, 3, nil}[b%8]}
		},
		once: true,
	}
}

func someDiscarded(n int) (int, int, bool) { return n, n % 3, n%5 != 0 }

func uneven(n int) (int, int, bool) {
	if n%8 == 0 {
		return n, 1 + n%2, true
	}
	return n, 0, true
}

// TestProperties runs random operations on dispatcher and model.
func TestProperties(t *testing.T) {
	seeds := 4
	if testworld.Race { // a dispatcher has one goroutine
		seeds = 1
	}
	for _, s := range subjects {
		for _, exact := range both {
			t.Run(fmt.Sprintf("%s/exact=%v", s.name, exact), func(t *testing.T) {
				for seed := range uint64(seeds) {
					r := rand.New(rand.NewPCG(seed, 1))
					p := newPair(t, s, exact)
					for range 10_000 {
						p.step(byte(r.Uint32()), byte(r.Uint32()))
					}
				}
			})
		}
	}
}

func fuzz(f *testing.F, name string) {
	s := subjects[slices.IndexFunc(subjects, func(s subject) bool { return s.name == name })]
	f.Add(false, []byte{0, 0, 0, 1, 10, 9, 40, 5, 80, 3})
	f.Add(true, []byte{0, 0, 0, 1, 10, 9, 40, 5, 80, 3})
	f.Fuzz(func(t *testing.T, exact bool, data []byte) {
		p := newPair(t, s, exact)
		for op := range slices.Chunk(data, 2) {
			p.step(op[0], op[len(op)-1])
		}
	})
}

func FuzzDemand(f *testing.F)    { fuzz(f, "Demand") }
func FuzzBroadcast(f *testing.F) { fuzz(f, "Broadcast") }
func FuzzPartition(f *testing.F) { fuzz(f, "Partition") }

// pair is a dispatcher and its model, which have to do the same.
type pair struct {
	t       testing.TB
	subject subject
	exact   bool
	real    Dispatcher[int]
	model   Dispatcher[int]

	realDid, modelDid []string
	live              []*twin
	mail              []func()      // what the dispatcher put into the mailbox
	buffer            []int         // leftover
	next              int           // event, subscription and info
	seen              map[int]*twin // who got an event, if it goes to one only
}

// twin is one consumer, which the two dispatchers see as two.
type twin struct {
	real, model *half
	credit      int // what it may still get
	last        int // event
	gone        bool
}

type half struct {
	name, process string
	did           *[]string
	twin          *twin
	pair          *pair // nil on the side of the model
}

func (h *half) Process() string { return h.process }

func (h *half) Send(events []int) {
	*h.did = append(*h.did, fmt.Sprint(h.name, " gets ", events))
	h.check(events)
	if h.pair != nil {
		// A consumer may do with its slice what it likes.
		clear(events[:cap(events)])
	}
}

// SendCopy leaves the slice alone: it is the dispatcher's.
func (h *half) SendCopy(events []int) {
	*h.did = append(*h.did, fmt.Sprint(h.name, " gets ", events))
	h.check(events)
}

func (h *half) SendShared(events []int) {
	*h.did = append(*h.did, fmt.Sprint(h.name, " gets ", events))
	h.check(events)
}

func (h *half) AskAgain(n int) {
	*h.did = append(*h.did, fmt.Sprint(h.name, " asks again ", n))
	if p := h.pair; p != nil {
		h.twin.credit -= n
		p.mail = append(p.mail, func() { p.ask(h.twin, n) })
	}
}

func (h *half) Cancel(reason error) {
	*h.did = append(*h.did, fmt.Sprint(h.name, " is cancelled ", reason))
	if p := h.pair; p != nil {
		p.mail = append(p.mail, func() { p.cancel(h.twin) })
	}
}

// check holds what the real dispatcher sends against the promises.
func (h *half) check(events []int) {
	if h.pair == nil {
		return
	}
	t := h.twin
	t.credit -= len(events)
	if t.credit < 0 || t.gone {
		h.pair.t.Fatalf("%s gets %v: not asked for", h.name, events)
	}
	for _, event := range events {
		if event <= t.last {
			h.pair.t.Fatalf("%s gets %v after %d: out of order", h.name, events, t.last)
		}
		t.last = event
		if before := h.pair.seen[event]; before != nil {
			h.pair.t.Fatalf("%s gets %d, which %s had", h.name, event, before.real.name)
		}
		if h.pair.subject.once {
			h.pair.seen[event] = t
		}
	}
}

func newPair(t testing.TB, s subject, exact bool) *pair {
	p := &pair{t: t, subject: s, exact: exact, seen: map[int]*twin{}}
	p.real = p.make(s.factory, &p.realDid)
	if _, ok := p.real.(Passing); !ok {
		t.Fatal("not Passing")
	}
	p.model = p.make(s.model, &p.modelDid)
	return p
}

func (p *pair) make(factory Factory[int], did *[]string) Dispatcher[int] {
	log := logTo(func(line string) { *did = append(*did, line) })
	d, err := factory(Config{Exact: p.exact, Logger: slog.New(log)})
	if err != nil {
		p.t.Fatal(err)
	}
	return d
}

// step does one operation and compares.
func (p *pair) step(op, arg byte) {
	p.realDid, p.modelDid = p.realDid[:0], p.modelDid[:0]
	switch op %= 100; {
	case op < 8:
		p.subscribe(arg)
	case op < 14 && len(p.live) > 0:
		p.cancel(p.live[int(arg)%len(p.live)])
	case op < 50 && len(p.live) > 0:
		p.ask(p.live[int(arg)%len(p.live)], int(arg/8)%16)
	case op < 80:
		p.dispatch(int(arg) % 24)
	case op < 88:
		p.info()
	case len(p.mail) > 0:
		message := p.mail[0]
		p.mail = p.mail[1:]
		message()
	}
	p.compare()
}

func (p *pair) compare() {
	p.t.Helper()
	if !slices.Equal(p.realDid, p.modelDid) {
		p.t.Fatalf("did different things\n got: %q\nwant: %q", p.realDid, p.modelDid)
	}
	if got, want := p.real.Capacity(), p.model.Capacity(); got != want {
		p.t.Fatalf("capacity %d, want %d", got, want)
	}
	if m, ok := p.model.(*partitionModel); ok {
		queued, open, pending, waiting := Balance(p.real)
		if queued != open+pending-waiting {
			p.t.Fatalf("queued %d, open %d, pending %d, waiting %d", queued, open, pending, waiting)
		}
		if want := m.Queued(); queued != want {
			p.t.Fatalf("queued %d, want %d", queued, want)
		}
	}
}

func (p *pair) same(what string, got, want any) {
	p.t.Helper()
	if fmt.Sprint(got) != fmt.Sprint(want) {
		p.t.Fatalf("%s: got %v, want %v\ndid %q", what, got, want, p.realDid)
	}
}

func (p *pair) subscribe(arg byte) {
	if len(p.live) >= 6 {
		return
	}
	p.next++
	name, process := fmt.Sprint("s", p.next), fmt.Sprint("p", arg%8)
	t := &twin{}
	t.real = &half{name, process, &p.realDid, t, p}
	t.model = &half{name, process, &p.modelDid, t, nil}
	opts := p.subject.options(arg/8, p.exact)
	got := refusal(func() error { _, err := p.real.Subscribe(t.real, opts); return err })
	want := refusal(func() error { _, err := p.model.Subscribe(t.model, opts); return err })
	p.same("subscribe", got, want)
	if got == "" {
		p.live = append(p.live, t)
	}
}

// refusal names the kind of the error or panic, if any.
func refusal(f func() error) (kind string) {
	defer func() {
		if v := recover(); v != nil {
			kind = "panic: " + kindOf(v)
		}
	}()
	if err := f(); err != nil {
		return kindOf(err)
	}
	return ""
}

func (p *pair) cancel(t *twin) {
	if t.gone {
		return
	}
	p.same("cancel", p.real.Cancel(t.real), p.model.Cancel(t.model))
	t.gone = true
	p.live = slices.DeleteFunc(p.live, func(l *twin) bool { return l == t })
}

func (p *pair) ask(t *twin, n int) {
	if t.gone {
		return
	}
	t.credit += n
	p.same("ask", p.real.Ask(t.real, n), p.model.Ask(t.model, n))
}

func (p *pair) info() {
	p.next++
	line := fmt.Sprint("info ", p.next)
	p.real.Info(func() { p.realDid = append(p.realDid, line) })
	p.model.Info(func() { p.modelDid = append(p.modelDid, line) })
}

// dispatch offers the leftover again with n new events behind it.
func (p *pair) dispatch(n int) {
	events := p.buffer
	for range n {
		p.next++
		events = append(events, p.next)
	}
	if len(events) == 0 {
		return
	}
	sentBefore, queuedBefore, capacity := len(p.seen), p.queued(), p.real.Capacity()
	given := slices.Clone(events)
	left, discarded := p.real.Dispatch(given)
	left = slices.Clone(left)
	clear(given) // since the dispatcher says that it keeps no slice
	wantLeft, wantDiscarded := p.model.Dispatch(slices.Clone(events))
	p.same("leftover", left, wantLeft)
	p.same("discarded", discarded, wantDiscarded)
	placed := len(p.seen) - sentBefore + p.queued() - queuedBefore
	if !p.subject.once {
		placed = len(events) - len(left)
	}
	p.conserved(len(events)-len(left), discarded, placed)
	if placed > capacity || len(left) > 0 && placed != capacity {
		p.t.Fatalf("placed %d, left %d, capacity was %d", placed, len(left), capacity)
	}
	p.buffer = left
	if len(p.buffer) > 60 {
		p.buffer = p.buffer[30:] // as a full buffer does
	}
}

func (p *pair) queued() int {
	if q, ok := p.real.(Queuer); ok {
		return q.Queued()
	}
	return 0
}

// conserved checks that what was taken is somewhere.
func (p *pair) conserved(taken, discarded, placed int) {
	p.t.Helper()
	if p.subject.once && !p.exact && taken != placed+discarded {
		p.t.Fatalf("took %d, placed %d, discarded %d", taken, placed, discarded)
	}
}
