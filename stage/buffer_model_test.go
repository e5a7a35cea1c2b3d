package stage

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// plainBuffer is a buffer as one would explain it: one list, in which infos
// stand between the events.
type plainBuffer struct {
	size  int
	keep  Keep
	items []any // int is an event, string an info
}

func (p *plainBuffer) count() (n int) {
	for _, item := range p.items {
		if _, ok := item.(int); ok {
			n++
		}
	}
	return n
}

// popInfos takes the infos in front.
func (p *plainBuffer) popInfos() (due []string) {
	for len(p.items) > 0 {
		info, ok := p.items[0].(string)
		if !ok {
			break
		}
		due = append(due, info)
		p.items = p.items[1:]
	}
	return due
}

func (p *plainBuffer) store(events []int) (dropped int, due []string) {
	for _, event := range events {
		if p.keep == KeepFirst && p.count() >= p.size {
			dropped++
			continue
		}
		p.items = append(p.items, event)
		if p.count() > p.size {
			p.items = p.items[1:]
			dropped++
			due = append(due, p.popInfos()...)
		}
	}
	return dropped, due
}

// take is up to the next info, with the infos behind it.
func (p *plainBuffer) take(n int) (events []int, due []string) {
	for ; n > 0 && len(p.items) > 0; n-- {
		event, ok := p.items[0].(int)
		if !ok {
			break
		}
		events = append(events, event)
		p.items = p.items[1:]
	}
	return events, p.popInfos()
}

func TestBufferIsThePlainBuffer(t *testing.T) {
	for seed := range uint64(300) {
		t.Run(fmt.Sprint("seed=", seed), func(t *testing.T) {
			compareBuffers(t, rand.New(rand.NewPCG(seed, 1)))
		})
	}
}

func compareBuffers(t *testing.T, r *rand.Rand) {
	size, keep := r.IntN(12), Keep(1+r.IntN(2))
	if r.IntN(3) == 0 {
		size = Infinite
	}
	real, plain := newBuffer[int](size, keep, false), plainBuffer{size: size, keep: keep}
	var delivered []string
	run := func(due []func()) []string {
		delivered = nil
		for _, deliver := range due {
			deliver()
		}
		return delivered
	}
	next := 0
	for range 400 {
		switch r.IntN(4) {
		case 0, 1:
			events := make([]int, r.IntN(6))
			for i := range events {
				next++
				events[i] = next
			}
			dropped, due := real.store(events)
			wantDropped, wantDue := plain.store(events)
			require.Equal(t, wantDropped, dropped)
			require.Equal(t, wantDue, run(due))
		case 2:
			n := r.IntN(8)
			if n == 0 {
				continue
			}
			var events []int
			if room := real.next(n); room > 0 {
				events = make([]int, room)
			}
			due := real.take(events)
			wantEvents, wantDue := plain.take(n)
			require.Equal(t, wantEvents, events)
			require.Equal(t, wantDue, run(due))
		case 3:
			info := fmt.Sprint("info ", next)
			stored := real.storeInfo(func() { delivered = append(delivered, info) })
			require.Equal(t, plain.count() > 0, stored)
			if stored {
				plain.items = append(plain.items, info)
			}
		}
		require.Equal(t, plain.count(), real.estimate())
		require.Equal(t, plain.count() == 0, real.empty())
	}
}

func TestRingIsAQueue(t *testing.T) {
	for seed := range uint64(100) {
		r := rand.New(rand.NewPCG(seed, 2))
		var real ring[*int]
		var plain []*int
		for range 300 {
			switch n := r.IntN(40); r.IntN(5) {
			case 0:
				real.push(&n)
				plain = append(plain, &n)
			case 1:
				items := make([]*int, n)
				for i := range items {
					items[i] = new(int)
				}
				real.pushAll(items)
				plain = append(plain, items...)
			case 2:
				n = min(n, len(plain))
				into := make([]*int, n)
				real.popInto(into)
				requireSame(t, plain[:n], into)
				plain = plain[n:]
			case 3:
				n = min(n, len(plain))
				real.drop(n)
				plain = plain[n:]
			case 4:
				if len(plain) > 0 {
					requireSame(t, plain[:1], []*int{real.pop()})
					plain = plain[1:]
				}
			}
			require.Equal(t, len(plain), real.count)
			held := 0
			for _, item := range real.items {
				if item != nil {
					held++
				}
			}
			require.Equal(t, len(plain), held, "the ring keeps what has left it alive, seed %d", seed)
		}
	}
}

func requireSame(t *testing.T, want, got []*int) {
	t.Helper()
	require.Len(t, got, len(want))
	for i := range want {
		require.Same(t, want[i], got[i])
	}
}

func TestRingGivesMemoryBack(t *testing.T) {
	var r ring[*int]
	for _, size := range []int{10 * largeRing, largeRing, smallRing + 1} {
		r.pushAll(slices.Repeat([]*int{new(int)}, size))
		r.drop(size)
		require.Empty(t, r.items)
	}
	lent := newRing[*int](largeRing)
	require.Len(t, lent, largeRing)
	for _, item := range lent {
		require.Nil(t, item, "what is lent must not keep items alive")
	}
	r.pushAll(make([]*int, smallRing))
	r.popInto(make([]*int, smallRing))
	require.Len(t, r.items, smallRing)
}
