package broadway

import (
	"context"
	"sync/atomic"
)

// lot is messages that were emitted together.
type lot[In any] struct {
	home
	ledger  *ledger[In]
	entries []entry[In]
}

// home is what the records of a lot share, whatever the type of its messages.
type home struct {
	core    *core
	letters letters      // of the same lot
	born    int64        // nanoseconds since 1970; 0 unless somebody watches
	left    atomic.Int32 // not settled
	spoiled atomic.Bool  // somebody may still look at it: it is not used again
}

// letters are the messages of a lot, whatever their type.
type letters interface {
	// ticketOf is that of the message at pos.
	ticketOf(pos int32) ticket
	// again hands the message at pos, which is in the retrying place, to a
	// producer to be emitted once more.
	again(pos int32)
	// bury hands the message at pos to the dead letters, as its source made it.
	bury(ctx context.Context, pos int32, failure error) error
}

// settled notes that n of the records are done with.
func (h *home) settled(n int) {
	if h.left.Add(int32(-n)) == 0 {
		h.core.lots.done()
	}
}

// spoil keeps the memory from being used again: somebody may look at it after it
// is settled.
func (h *home) spoil() { h.spoiled.Store(true) }

// entry is a message as its source made it, and what became of it. The message
// is never changed: workers get copies.
type entry[In any] struct {
	record
	parcel[In]
}

func newLot[In any](l *ledger[In], n int) *lot[In] {
	t := &lot[In]{ledger: l, entries: make([]entry[In], n)}
	t.core, t.letters = l.core, t
	for i := range t.entries {
		t.entries[i].pos, t.entries[i].home = int32(i), &t.home
	}
	return t
}

// reset makes the lot ready for n messages.
func (t *lot[In]) reset(n int) {
	t.entries = t.entries[:n]
	for i := range t.entries {
		if e := &t.entries[i]; e.attempts.Load() > 0 { // a store costs much more
			e.attempts.Store(0)
		}
	}
}

// empty lets go of the messages: what is free must not keep data alive.
func (t *lot[In]) empty() {
	for i := range t.entries {
		t.entries[i].parcel = parcel[In]{}
	}
}

// fill puts messages into the lot, in the hands of a holder. It returns them as
// deliveries, behind those that are given.
func (t *lot[In]) fill(messages []Message[In], holder uint32, deliveries []delivery[In]) []delivery[In] {
	for i := range messages {
		e := &t.entries[i]
		e.parcel = wrap(&messages[i])
		epoch := (unpack(e.state.Load()).epoch + 1) & epochMask
		e.state.Store(state{waiting, epoch, holder}.pack())
		deliveries = append(deliveries, delivery[In]{e, epoch})
	}
	return deliveries
}

// ticketOf implements letters.
func (t *lot[In]) ticketOf(pos int32) ticket { return t.entries[pos].ticket }

// again implements letters.
func (t *lot[In]) again(pos int32) {
	e := &t.entries[pos]
	s := unpack(e.state.Load())
	if s.place != retrying {
		return
	}
	if epoch, ok := e.take(s, waiting); ok {
		t.ledger.giveBack([]delivery[In]{{e, epoch}})
	}
}

// bury implements letters.
func (t *lot[In]) bury(ctx context.Context, pos int32, failure error) error {
	return bury(ctx, t.ledger.deadLetter, &t.entries[pos], failure)
}
