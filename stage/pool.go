package stage

import (
	"math"
	"math/bits"
	"sync"
	"sync/atomic"
	"unsafe"
)

// pool recycles what carries events of one type between stages. There is one
// for each type in a program.
type pool[T any] struct {
	messages sync.Pool
	blocks   [blockSizes]sync.Pool // by size: those of i have room for 2^i events or more
	rings    sync.Pool             // of *[largeRing]T, cleared
	slabs    slabs[T]
}

// blockSizes is the number of sizes of blocks that are kept: up to 32768 events.
// Without sizes a stage that emits few events would get the large block of one
// that emits many, which then has to make another one.
const blockSizes = 16

// allPools holds the pools by a nil pointer to their event type.
var allPools sync.Map

func poolOf[T any]() *pool[T] {
	known, ok := allPools.Load((*T)(nil))
	if !ok {
		p := new(pool[T])
		p.slabs.init()
		known, _ = allPools.LoadOrStore((*T)(nil), p)
	}
	return known.(*pool[T])
}

// message is an empty Events message.
func (p *pool[T]) message() *Events[T] {
	if m, ok := p.messages.Get().(*Events[T]); ok {
		return m
	}
	return &Events[T]{pool: p}
}

// put takes a message back that nobody will read again. A nil pool is where
// the messages of plain actors come from; it leaves them alone.
func (p *pool[T]) put(m *Events[T]) {
	if p != nil {
		m.Events, m.block, m.stamp = nil, nil, stamp{}
		p.messages.Put(m)
	}
}

// block is an array of events that goes back to the pool when all stages that
// hold a part of it have released it. Stages that did not opt in to recycling
// never release, and then the garbage collector takes the block. A nil block
// is valid and does nothing.
type block[T any] struct {
	data    []T
	used    int // events in it: there is nothing behind them
	holders atomic.Int32
	pool    *pool[T]
}

// block is a block with room for at least n events, held once.
func (p *pool[T]) block(n int) *block[T] {
	size := bits.Len(uint(max(n, 1) - 1))
	if size < blockSizes {
		if b, ok := p.blocks[size].Get().(*block[T]); ok {
			b.holders.Store(1)
			return b
		}
		n = 1 << size
	}
	b := &block[T]{data: make([]T, 0, n), pool: p}
	b.holders.Store(1)
	return b
}

func (b *block[T]) retain() *block[T] {
	b.holders.Add(1)
	return b
}

func (b *block[T]) release() {
	if b == nil || b.holders.Add(-1) > 0 {
		return
	}
	clear(b.data[:b.used]) // pooled memory must not keep events alive
	b.used = 0
	if size := bits.Len(uint(cap(b.data))) - 1; size < blockSizes {
		b.pool.blocks[size].Put(b)
	}
}

// filled notes the events that were put into a block that nobody else holds. If
// they have outgrown it they become its data.
func (b *block[T]) filled(events []T) {
	if b == nil || b.holders.Load() > 1 {
		return
	}
	if cap(events) > cap(b.data) {
		b.data = events[:0]
	}
	b.used = len(events)
}

// contains tells whether events is a part of the block.
func (b *block[T]) contains(events []T) bool {
	if b == nil || len(events) == 0 {
		return false
	}
	from := uintptr(unsafe.Pointer(unsafe.SliceData(b.data)))
	to := from + uintptr(cap(b.data))*unsafe.Sizeof(events[0])
	at := uintptr(unsafe.Pointer(unsafe.SliceData(events)))
	return from <= at && at < to
}

// counts are how many events a stage has emitted, to make room for the next. There
// are many stages: so they are small.
type counts struct {
	last     int32 // in the last callback that emitted
	lately   int32 // the most of the last few
	informed int32 // in the last HandleInfo
}

func (c *counts) emit(n int) {
	c.last = int32(min(n, math.MaxInt32))
	c.lately = max(c.last, c.lately-(c.lately+7)/8)
}

func (c *counts) inform(n int) { c.informed = int32(min(n, math.MaxInt32)) }

// leastRoom is made for events before they are emitted, even if the last
// callback emitted none.
const leastRoom = 64

// prepare makes room for the n events that a callback is likely to emit, but
// not for many more than the last one did emit, nor for fewer.
func (s *producing[Out]) prepare(n int) {
	if s.pool == nil { // a consumer, whose events are dropped
		return
	}
	if cap(s.ctx.out) > 0 || s.handsOver {
		s.handsOver = false
		return
	}
	last := int(s.counts.last)
	if s.recycling > 0 && s.passing { // what is too large is not lost
		last = int(s.counts.lately)
	}
	s.ctx.out, s.prepared = s.array(max(last, min(n, 2*last+leastRoom)))
}

// array is an empty slice with room for n events, and its home if somebody
// gives it back.
func (s *producing[Out]) array(n int) ([]Out, *block[Out]) {
	if s.recycling == 0 || !s.passing {
		return s.pool.slabs.array(n), nil
	}
	b := s.pool.block(n)
	return b.data[:0], b
}

// handOver notes that the emitted slice is not the one that was prepared.
func (s *producing[Out]) handOver(events []Out) {
	s.handsOver = true
	var home *block[Out]
	if s.incoming.contains(events) {
		home = s.incoming.retain()
		if !s.passing {
			home = nil // a dispatcher may keep the slice: it is never released
		}
	}
	s.prepared.release()
	s.prepared = home
}
