package stage

import (
	"fmt"
	"slices"

	"github.com/stagecraft-go/stagecraft/process"
)

// inlet is what a stage knows of the type of the events that it takes. It makes
// the rest of the receiving side independent of that type.
type inlet interface {
	fmt.Stringer
	// list tells whether a message is a complete list of events of that type.
	list(msg any) (list, bool)
	// eventType is a nil pointer to it.
	eventType() any
	// system is where the sources live, nil if that is not known.
	system() *process.System
	// upstreams are the subscriptions to make at the start.
	upstreams() []upstream
	// handle gives the events of a list from one index to another to the
	// behaviour. With own they must be nobody else's.
	handle(m list, from, to int, own bool, sub Subscription) error
}

// list is an Events message of whatever type.
type list interface {
	origin() (from *process.PID, ref *process.Ref)
	complete() bool
	size() int
	// home is the *block that the events lie in.
	home() any
	// done gives back what carried the events, and with recycle their block.
	done(recycle bool)
	// describe is an observation of the events from one index to another.
	describe(kind ObservationKind, from, to int) Observation
	stamped() *stamp
}

func (m *Events[T]) origin() (*process.PID, *process.Ref) { return m.From, m.Ref }
func (m *Events[T]) complete() bool                       { return m != nil && m.From != nil }
func (m *Events[T]) size() int                            { return len(m.Events) }
func (m *Events[T]) home() any                            { return m.block }

func (m *Events[T]) done(recycle bool) {
	if recycle {
		m.block.release()
	}
	m.pool.put(m)
}

// receiver is the inlet of consumers and producer_consumers.
type receiver[In any] struct {
	from   Sources[In]
	events func(events []In, from Subscription) error
}

func (r *receiver[In]) list(msg any) (list, bool) {
	m, ok := msg.(*Events[In])
	return m, ok && m.complete()
}

func (r *receiver[In]) eventType() any { return (*In)(nil) }

func (r *receiver[In]) String() string { return fmt.Sprintf("%T", *new(In)) }

func (r *receiver[In]) system() *process.System { return r.from.system() }

// upstreams forgets the sources, which are needed once.
func (r *receiver[In]) upstreams() (all []upstream) {
	for _, up := range r.from {
		all = append(all, up.erased())
	}
	r.from = nil
	return all
}

func (r *receiver[In]) handle(m list, from, to int, own bool, sub Subscription) error {
	list := m.(*Events[In])
	batch := list.Events[from:to:to]
	if own && list.Shared {
		batch = slices.Clone(batch)
	}
	return r.events(batch, sub)
}

// closed is the inlet of a producer.
type closed struct{}

func (closed) list(any) (list, bool)                           { return nil, false }
func (closed) eventType() any                                  { return (*None)(nil) }
func (closed) String() string                                  { return "stage.None" }
func (closed) system() *process.System                         { return nil }
func (closed) upstreams() []upstream                           { return nil }
func (closed) handle(list, int, int, bool, Subscription) error { return nil }
