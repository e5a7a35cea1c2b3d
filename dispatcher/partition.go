package dispatcher

import (
	"fmt"
	"log/slog"
	"reflect"
	"strconv"
	"strings"
)

// Partition makes a dispatcher that sends each event to the consumer of the
// partition that hash returns, 0 to count-1. It is
// GenStage.PartitionDispatcher with a number of partitions. [HashValue] is a
// hash for events that are comparable. Count is 1 or more; hash may be nil if
// it is 1. It is called once for each event, in order; its panic is the
// stage's.
//
// A consumer names its partition, an int, in Options.Partition. A partition
// has one consumer; without one, its events wait in the dispatcher, and the
// next consumer gets them. Upstream is asked for the sum of all demand, and
// cannot know whose it is: if events are spread unevenly, those of a busy
// partition wait in the dispatcher too, at most as many as the other
// partitions have asked for in vain. [Queuer] tells their number. An info waits
// behind the queues of all partitions.
//
// A subscription to a partition that is missing, unknown or taken is refused
// with a [SubscribeError]. Events with an unknown partition are discarded, with
// one error in the log for each Dispatch.
//
// With Config.Exact both are panics of the stage ([SubscribeError] and
// [HashError]), the events of a partition are dropped when its consumer leaves,
// discarded events are not asked for again, and an info also waits for a
// partition whose demand is used up to the last event.
func Partition[T any](count int, hash func(T) int) Factory[T] {
	return func(cfg Config) (Dispatcher[T], error) {
		if err := checkPartitions(count, strconv.Itoa(count), hash == nil); err != nil {
			return nil, err
		}
		p := newPartition[T](cfg, Indexes(count))
		if hash != nil {
			p.route = byIndex(hash)
		}
		return p, nil
	}
}

// PartitionBy is [Partition] with named partitions and a hash that can change
// and discard events. Names are one or more, all different. Partitions are
// served in ascending order of names that are numbers or strings, of others in
// the order given. Hash may be nil if there is one name.
func PartitionBy[T any, K comparable](names []K, hash Hash[T, K]) Factory[T] {
	return func(cfg Config) (Dispatcher[T], error) {
		if err := checkPartitions(len(names), "none", hash == nil); err != nil {
			return nil, err
		}
		sorted := ascending(names)
		index := make(map[K]int, len(sorted))
		for i, name := range sorted {
			if _, twice := index[name]; twice {
				return nil, &OptionError{Option: "partitions", Value: listNames(names), Allowed: "each name once"}
			}
			index[name] = i
		}
		p := newPartition[T](cfg, sorted)
		if hash != nil {
			p.route = byName(index, hash)
		}
		return p, nil
	}
}

func checkPartitions(count int, given string, noHash bool) error {
	if count < 1 {
		return &OptionError{Option: "partitions", Value: given, Allowed: "1 or more", Kind: ErrNoPartitions}
	}
	if noHash && count > 1 {
		return &OptionError{
			Option:  "hash",
			Value:   "nil",
			Allowed: fmt.Sprintf("a function, since there are %d partitions", count),
			Kind:    ErrHashRequired,
		}
	}
	return nil
}

// slot is one partition.
type slot[T any] struct {
	consumer Consumer[T] // nil without one
	open     int         // what the consumer asked for; above 0 the queue is empty
	queue    queue[T]
	backedUp bool // its demand was used up; see waits
}

type partition[T any] struct {
	exact   bool
	log     *slog.Logger
	route   router[T]
	slots   []slot[T]
	indexes map[any]int // by name
	allowed string      // all names, for error texts
	owners  map[Consumer[T]]*slot[T]

	waiting int // demand asked upstream and not yet filled
	pending int // demand of gone consumers that upstream still owes
	queued  int // events in all queues

	// Used during one dispatch.
	routes  []int32 // where each event goes: an index in slots, or discard
	counts  []int   // how many events go to each slot
	scratch []T     // the events as they came
	lost    lost
}

func newPartition[T any, K comparable](cfg Config, names []K) *partition[T] {
	p := &partition[T]{
		route:   toFirst[T],
		exact:   cfg.Exact,
		log:     cfg.logger(),
		slots:   make([]slot[T], len(names)),
		counts:  make([]int, len(names)),
		indexes: make(map[any]int, len(names)),
		owners:  make(map[Consumer[T]]*slot[T], len(names)),
	}
	for i, name := range names {
		p.indexes[name] = i
	}
	p.allowed = listNames(names)
	return p
}

// listNames writes the names for a person.
func listNames[K any](names []K) string {
	const most = 16
	var text strings.Builder
	for i, name := range names {
		if i > 0 {
			text.WriteString(", ")
		}
		if i == most {
			fmt.Fprintf(&text, "... (%d in all)", len(names))
			break
		}
		fmt.Fprintf(&text, "%#v", name)
	}
	return text.String()
}

func (p *partition[T]) Subscribe(c Consumer[T], opts Options) (int, error) {
	s, kind := p.free(opts.Partition)
	if kind != nil {
		err := &SubscribeError{Process: c.Process(), Kind: kind, Value: opts.Partition, Allowed: p.allowed}
		if p.exact {
			panic(err)
		}
		return 0, err
	}
	s.consumer = c
	p.owners[c] = s
	return 0, nil
}

// free finds the partition of that name if it has no consumer.
func (p *partition[T]) free(name any) (*slot[T], error) {
	if name == nil {
		return nil, ErrPartitionMissing
	}
	if !reflect.ValueOf(name).Comparable() {
		return nil, ErrPartitionUnknown
	}
	i, ok := p.indexes[name]
	if !ok {
		return nil, ErrPartitionUnknown
	}
	s := &p.slots[i]
	if s.consumer != nil {
		return nil, ErrPartitionTaken
	}
	return s, nil
}

// Cancel keeps the queue of the partition for its next consumer, except with
// Config.Exact.
func (p *partition[T]) Cancel(c Consumer[T]) int {
	s := p.owners[c]
	if s == nil {
		return 0
	}
	delete(p.owners, c)
	p.pending += s.open
	s.consumer, s.open = nil, 0
	if !p.exact {
		return 0
	}
	s.backedUp = false
	dropped := s.queue.clear()
	p.queued -= dropped
	p.waiting += dropped
	return dropped
}

// Ask serves from the queue, and asks upstream for the full number all the
// same. So at all times
//
//	queued = sum of open demand + pending - waiting
//
// and what is queued never exceeds the demand that is open elsewhere.
func (p *partition[T]) Ask(c Consumer[T], n int) int {
	s := p.owners[c]
	if s == nil {
		return 0
	}
	p.serve(s, n)
	owed := min(p.pending, n)
	p.pending -= owed
	p.waiting += n - owed
	return n - owed
}

// serve sends from the queue, one message up to each notice, and leaves open
// what the queue does not cover.
func (p *partition[T]) serve(s *slot[T], n int) {
	for n > 0 {
		s.queue.popNotices()
		events := s.queue.next(n)
		if len(events) == 0 {
			break
		}
		n -= len(events)
		p.queued -= len(events)
		s.consumer.SendCopy(events)
		s.queue.drop(len(events))
	}
	if n > 0 {
		s.open += n
		s.backedUp = false
	} else if !p.exact {
		s.queue.popNotices()
	}
}

func (p *partition[T]) Capacity() int { return p.waiting }

// Passing says that a stage may recycle its slices: queues keep copies.
func (*partition[T]) Passing() {}

// Queued is the number of events in the queues of all partitions.
func (p *partition[T]) Queued() int { return p.queued }

func (p *partition[T]) Info(deliver func()) {
	n := &notice{deliver: deliver}
	for i := range p.slots {
		if s := &p.slots[i]; p.waits(s) {
			s.queue.pushNotice(n)
		}
	}
	if n.queues == 0 {
		deliver()
	}
}

// waits says whether an info has to wait for the partition: in GenStage also
// if its demand is used up exactly and nothing is queued.
func (p *partition[T]) waits(s *slot[T]) bool {
	if p.exact {
		return s.backedUp
	}
	return s.queue.len() > 0
}
