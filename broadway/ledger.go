package broadway

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/stagecraft-go/stagecraft/internal/guard"
)

// ledger holds the messages that one producer has emitted until they are
// settled. It outlives the processes of the producer: that is why a crash loses
// nothing.
type ledger[In any] struct {
	core       *core
	deadLetter func(ctx context.Context, letter DeadLetter[In]) error // nil: none
	wake       func()                                                 // tells the producer that there is something to emit again

	mu      sync.Mutex
	lots    []*lot[In]     // with messages that are not settled, or have been lately
	crowded int            // length of lots at which it is swept
	free    []*lot[In]     // to be used again
	back    []delivery[In] // to be emitted again

	returned atomic.Int64 // length of back
}

// delivery is a message on its way to a processor: the event type of producers.
type delivery[In any] struct {
	entry *entry[In]
	epoch uint32
}

// String is for those who watch the stages.
func (d delivery[In]) String() string {
	var m Message[In]
	d.entry.unwrap(&m)
	return m.String()
}

// enter adds messages to the ledger, in the hands of a producer. It returns them
// as deliveries, behind those that are given.
func (l *ledger[In]) enter(messages []Message[In], holder uint32, born int64, deliveries []delivery[In]) []delivery[In] {
	lot := l.open(len(messages))
	lot.born = born
	return lot.fill(messages, holder, deliveries)
}

// refuse fails messages that nobody will handle. Why is asked for each, by its
// index.
func (l *ledger[In]) refuse(ctx context.Context, messages []Message[In], why func(i int) error) {
	if len(messages) == 0 {
		return
	}
	refused := l.enter(messages, 0, 0, nil)
	reasons := make(map[*record]error, len(refused))
	for i, d := range refused {
		reasons[&d.entry.record] = why(i)
	}
	l.fail(ctx, refused, 0, func(r *record) error { return reasons[r] })
}

// stopping is the reason for all when the pipeline stops.
func stopping(int) error { return ErrStopping }

// fail fails messages that a producer has.
func (l *ledger[In]) fail(ctx context.Context, deliveries []delivery[In], holder uint32, reason func(*record) error) {
	var lost []*record
	for _, d := range deliveries {
		if d.entry.move(d.epoch, waiting, holder, retrying, 0) {
			lost = append(lost, &d.entry.record)
		}
	}
	l.core.failWaiting(ctx, lost, reason)
}

// leastCrowd is the number of lots that are not worth a sweep.
const leastCrowd = 64

// sweep removes the lots that are settled.
func (l *ledger[In]) sweep() {
	rest := l.lots[:0]
	for _, lot := range l.lots {
		if lot.left.Load() > 0 {
			rest = append(rest, lot)
		} else if len(l.free) < l.crowded && !lot.spoiled.Load() {
			lot.empty()
			l.free = append(l.free, lot)
		}
	}
	clear(l.lots[len(rest):])
	l.lots = rest
	l.crowded = 2*len(rest) + leastCrowd
}

// open adds a lot for n messages. Until they are in it, nobody holds its
// records. One that is used again goes on with the epochs of its records, so
// that nobody takes a new message for an old one.
func (l *ledger[In]) open(n int) *lot[In] {
	l.core.lots.add()
	l.core.totals.received.Add(int64(n))
	l.mu.Lock()
	defer l.mu.Unlock()
	t := l.reuse(n)
	t.left.Store(int32(n))
	l.lots = append(l.lots, t)
	if len(l.lots) > l.crowded {
		l.sweep()
	}
	return t
}

// reuse needs the lock.
func (l *ledger[In]) reuse(n int) (t *lot[In]) {
	if last := len(l.free) - 1; last >= 0 {
		t = l.free[last]
		l.free[last] = nil
		l.free = l.free[:last]
	}
	if t == nil || cap(t.entries) < n {
		return newLot(l, n)
	}
	t.reset(n)
	return t
}

// giveBack hands messages to the producer to be emitted again.
func (l *ledger[In]) giveBack(again []delivery[In]) {
	if len(again) == 0 {
		return
	}
	l.mu.Lock()
	l.back = append(l.back, again...)
	l.returned.Store(int64(len(l.back)))
	l.mu.Unlock()
	l.wake()
}

// collect takes up to n messages that are to be emitted again into the hands of
// a producer.
func (l *ledger[In]) collect(holder uint32, n int) (again []delivery[In]) {
	for len(again) < n {
		some := l.takeBack(n - len(again))
		if len(some) == 0 {
			break
		}
		for _, d := range some {
			if d.entry.move(d.epoch, waiting, 0, waiting, holder) {
				again = append(again, d)
			}
		}
	}
	return again
}

func (l *ledger[In]) takeBack(n int) (some []delivery[In]) {
	l.mu.Lock()
	defer l.mu.Unlock()
	n = min(n, len(l.back))
	some = slices.Clone(l.back[:n])
	rest := copy(l.back, l.back[n:])
	clear(l.back[rest:])
	if l.back = l.back[:rest]; rest == 0 {
		l.back = nil // it may have been large
	}
	l.returned.Store(int64(rest))
	return some
}

// all calls f with every message that is not settled.
func (l *ledger[In]) all(f func(e *entry[In], s state)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, lot := range l.lots {
		for i := range lot.entries {
			e := &lot.entries[i]
			if s := unpack(e.state.Load()); s.place != settled {
				f(e, s)
			}
		}
	}
}

// reclaim takes messages away from dead workers. Those that nobody had begun to
// handle are emitted again. The others are returned: they are nobody's now, and
// to be settled as failed.
func (l *ledger[In]) reclaim(dead func(holder uint32) bool) (crashed []*record, redelivered int) {
	var again []delivery[In]
	l.all(func(e *entry[In], s state) {
		if s.holder == 0 || s.place >= retrying || !dead(s.holder) {
			return
		}
		to := waiting
		if s.place == handling || s.place == inBatch {
			to = retrying
		}
		e.home.spoil() // the dead may still look at it
		switch epoch, ok := e.take(s, to); {
		case !ok: // it has moved on meanwhile
		case to == waiting:
			again = append(again, delivery[In]{e, epoch})
		default:
			crashed = append(crashed, &e.record)
		}
	})
	l.giveBack(again)
	return crashed, len(again)
}

// upstream tells whether messages may still come to batchers.
func (l *ledger[In]) upstream() (some bool) {
	l.all(func(_ *entry[In], s state) { some = some || s.place < batched })
	return some
}

// recall takes back what is on its way to processors, and what a dead producer
// holds, to be emitted again.
func (l *ledger[In]) recall(dead func(holder uint32) bool) (redelivered int) {
	var again []delivery[In]
	l.all(func(e *entry[In], s state) {
		if s.place != sent && (s.place != waiting || s.holder == 0 || !dead(s.holder)) {
			return
		}
		e.home.spoil() // the dead may still look at it
		if epoch, ok := e.take(s, waiting); ok {
			again = append(again, delivery[In]{e, epoch})
		}
	})
	l.giveBack(again)
	return len(again)
}

// takeAll takes all messages away from whoever has them.
func (l *ledger[In]) takeAll() (all []*record) {
	l.all(func(e *entry[In], s state) {
		if s.place < settling {
			e.home.spoil()
			if _, ok := e.take(s, retrying); ok {
				all = append(all, &e.record)
			}
		}
	})
	return all
}

// unfinished counts the messages that are left.
func (l *ledger[In]) unfinished() (n int) {
	l.all(func(*entry[In], state) { n++ })
	return n
}

// DeadLetter is a message that has failed for good.
type DeadLetter[T any] struct {
	// Message is as its source made it. It is acknowledged when it has been
	// taken.
	Message Message[T]
	// Err is the last failure.
	Err error
	// Attempts is how often it was tried.
	Attempts int
}

// bury calls the handler of dead letters.
func bury[In any](ctx context.Context, handle func(context.Context, DeadLetter[In]) error, e *entry[In], failure error) (err error) {
	defer guard.Recover(&err)
	var m Message[In]
	e.unwrap(&m)
	m.record, m.ticket = nil, nil
	return handle(ctx, DeadLetter[In]{m, failure, int(e.attempts.Load()) + 1})
}
