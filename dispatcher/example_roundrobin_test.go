package dispatcher_test

import (
	"fmt"

	"github.com/stagecraft-go/stagecraft/dispatcher"
)

// RoundRobin makes a dispatcher that serves the consumers in turn, one event
// each, and passes over those that have not asked.
func RoundRobin[T any]() dispatcher.Factory[T] {
	return func(dispatcher.Config) (dispatcher.Dispatcher[T], error) {
		return &roundRobin[T]{seats: make(map[dispatcher.Consumer[T]]*seat[T])}, nil
	}
}

type roundRobin[T any] struct {
	round   []*seat[T]
	next    int // in round
	seats   map[dispatcher.Consumer[T]]*seat[T]
	open    int // demand of all consumers
	pending int // demand of gone consumers that upstream still owes
}

type seat[T any] struct {
	consumer dispatcher.Consumer[T]
	open     int
	batch    []T // of the dispatch in progress
}

func (r *roundRobin[T]) Subscribe(c dispatcher.Consumer[T], _ dispatcher.Options) (int, error) {
	s := &seat[T]{consumer: c}
	r.seats[c] = s
	r.round = append(r.round, s)
	return 0, nil
}

func (r *roundRobin[T]) Cancel(c dispatcher.Consumer[T]) int {
	gone := r.seats[c]
	delete(r.seats, c)
	r.open -= gone.open
	r.pending += gone.open
	for i, s := range r.round {
		if s == gone {
			r.round = append(r.round[:i], r.round[i+1:]...)
			break
		}
	}
	return 0
}

func (r *roundRobin[T]) Ask(c dispatcher.Consumer[T], n int) int {
	r.seats[c].open += n
	r.open += n
	owed := min(r.pending, n)
	r.pending -= owed
	return n - owed
}

func (r *roundRobin[T]) Dispatch(events []T) ([]T, int) {
	n := min(r.open, len(events))
	r.open -= n
	for _, event := range events[:n] {
		s := r.take()
		s.open--
		s.batch = append(s.batch, event)
	}
	for _, s := range r.round {
		if len(s.batch) > 0 {
			s.consumer.Send(s.batch)
			s.batch = nil
		}
	}
	left := events[n:]
	r.pending = max(r.pending-len(left), 0)
	return left, 0
}

// take finds the next consumer that has asked. There is one.
func (r *roundRobin[T]) take() *seat[T] {
	for {
		s := r.round[r.next%len(r.round)]
		r.next++
		if s.open > 0 {
			return s
		}
	}
}

func (r *roundRobin[T]) Capacity() int { return r.open }

func (*roundRobin[T]) Info(deliver func()) { deliver() }

// A dispatcher of one's own. In a program, the stage makes these calls:
//
//	stage.StartProducer(ctx, behaviour, stage.Dispatch(RoundRobin[int]()))
func Example_roundRobin() {
	d, _ := RoundRobin[int]()(dispatcher.Config{})

	a, b := &printer[int]{name: "a"}, &printer[int]{name: "b"}
	d.Subscribe(a, dispatcher.Options{})
	d.Subscribe(b, dispatcher.Options{})
	d.Ask(a, 2)
	d.Ask(b, 5)

	left, _ := d.Dispatch([]int{1, 2, 3, 4, 5, 6, 7, 8})
	fmt.Println("left", left)
	// Output:
	// a gets [1 3]
	// b gets [2 4 5 6 7]
	// left [8]
}
