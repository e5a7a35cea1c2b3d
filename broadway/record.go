package broadway

import "sync/atomic"

// record is what the pipeline knows of a message that is in it. Workers come and
// go; the record stays until the message is settled.
//
// Who has a message, and what is being done with it, is one word that is only
// changed by compare-and-swap. Its epoch grows when the message is taken away
// from a dead worker: whatever that worker, abandoned but not gone, still tries
// with it fails from then on.
type record struct {
	state    atomic.Uint64
	attempts atomic.Int32 // failed ones
	pos      int32        // in its lot
	home     *home        // of the lot
}

// place is what is being done with a message.
type place uint8

const (
	waiting  place = iota // in a producer
	sent                  // on its way to a processor
	handling              // in a chunk of a processor
	routed                // handled, in the buffer of the processor
	batched               // sent to a batcher, or on to a batch processor
	inBatch               // in HandleBatch
	retrying              // will be tried again; nobody has it
	settling              // being acknowledged; never taken away
	settled
)

// state is the unpacked word of a record.
type state struct {
	place  place
	epoch  uint32 // 24 bits
	holder uint32 // the worker that has it, 0: nobody
}

const epochMask = 1<<24 - 1

func (s state) pack() uint64 {
	return uint64(s.place) | uint64(s.epoch&epochMask)<<8 | uint64(s.holder)<<32
}

func unpack(word uint64) state {
	return state{place(word), uint32(word>>8) & epochMask, uint32(word >> 32)}
}

// move takes a message from one place to another. It fails if the message has
// been taken away meanwhile.
func (r *record) move(epoch uint32, from place, holder uint32, to place, next uint32) bool {
	return r.state.CompareAndSwap(state{from, epoch, holder}.pack(), state{to, epoch, next}.pack())
}

// take takes a message away from a worker, and puts it into a place of nobody.
func (r *record) take(s state, to place) (epoch uint32, ok bool) {
	epoch = (s.epoch + 1) & epochMask
	return epoch, r.state.CompareAndSwap(s.pack(), state{place: to, epoch: epoch}.pack())
}

// settleAll ends the way of messages that are being settled. Those that came
// together mostly end together, and are counted at once.
func settleAll(endings []ending) {
	for i := 0; i < len(endings); {
		home, n := endings[i].record.home, 0
		for ; i < len(endings) && endings[i].record.home == home; i++ {
			endings[i].record.settle()
			n++
		}
		home.settled(n)
	}
}

// settle notes the end in the record. Its home has to hear of it, too.
func (r *record) settle() {
	r.state.Store(state{place: settled, epoch: unpack(r.state.Load()).epoch}.pack())
}
