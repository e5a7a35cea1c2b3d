package stage_test

import (
	"context"
	"fmt"

	"github.com/stagecraft-go/stagecraft/stage"
)

// Queue is a producer that has events only when somebody brings them. Demand
// that it cannot meet it remembers, for it is not asked again; events that
// nobody wants yet stay in its own queue, where it can look at them, and not in
// the buffer of the stage.
type Queue struct {
	waiting []string
	demand  int
}

// HandleDemand adds to the demand.
func (q *Queue) HandleDemand(ctx *stage.Context[string], demand int) error {
	q.demand += demand
	return q.serve(ctx)
}

// HandleCall takes an event and answers how many wait.
func (q *Queue) HandleCall(ctx *stage.Context[string], event string, _ stage.Caller[int]) (int, error) {
	q.waiting = append(q.waiting, event)
	err := q.serve(ctx)
	return len(q.waiting), err
}

func (q *Queue) serve(ctx *stage.Context[string]) error {
	n := min(q.demand, len(q.waiting))
	ctx.EmitAll(q.waiting[:n])
	q.waiting = q.waiting[n:]
	q.demand -= n
	return nil
}

// A producer whose events come from outside.
func ExampleDemandHandler() {
	ctx := context.Background()
	queue, _ := stage.StartProducer(ctx, &Queue{})
	for _, event := range []string{"one", "two", "three"} {
		waiting, _ := stage.Call[int](ctx, queue, event)
		fmt.Println(waiting, "waiting")
	}
	for event := range stage.Stream(ctx, stage.From(queue, stage.MaxDemand(2))) {
		fmt.Println("got", event)
		if event == "three" {
			break
		}
	}
	queue.Stop(ctx, nil)
	// Output:
	// 1 waiting
	// 2 waiting
	// 3 waiting
	// got one
	// got two
	// got three
}
