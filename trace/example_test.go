package trace_test

import (
	"context"
	"fmt"
	"os"

	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/stage"
	"github.com/stagecraft-go/stagecraft/trace"
)

// Counter is a producer: it emits as many integers as are asked for.
type Counter struct{ next int }

func (c *Counter) HandleDemand(ctx *stage.Context[int], demand int) error {
	for range demand {
		ctx.Emit(c.next)
		c.next++
	}
	return nil
}

// Printer is a consumer. It stops after some batches.
type Printer struct{ batches int }

func (p *Printer) HandleEvents(_ *stage.Context[stage.None], events []int, _ stage.Subscription) error {
	p.batches--
	if p.batches == 0 {
		return process.Normal
	}
	return nil
}

// A printer that asks for 10 events at first, and for 5 whenever it has printed 5.
func Example() {
	ctx := context.Background()
	rec := trace.New(trace.Untimed()) // without times it prints the same in each run

	counter, err := stage.StartProducer(ctx, &Counter{}, rec.Watch("counter"))
	if err != nil {
		fmt.Println(err)
		return
	}
	printer, err := stage.StartConsumer(ctx, &Printer{batches: 3},
		stage.From(counter, stage.MaxDemand(10), stage.MinDemand(5)), rec.Watch("printer"))
	if err != nil {
		fmt.Println(err)
		return
	}
	<-printer.Done()
	counter.Stop(ctx, nil)

	rec.WriteText(os.Stdout)
	// Output:
	// who                what                      demand  buffer  in flight
	// printer → counter  subscribe, max 10, min 5
	// printer → counter  ask 10                        10       0         10
	// counter            HandleDemand(10)              10       0
	// counter → printer  10 events: 0 … 9               0       0         10
	// printer            HandleEvents(5): 0 … 4                            5
	// printer → counter  ask 5                          5       0         10
	// printer            HandleEvents(5): 5 … 9                            5
	// counter            HandleDemand(5)                5       0
	// printer → counter  ask 5                          5       0         10
	// counter → printer  5 events: 10 … 14              0       0         10
	// counter            HandleDemand(5)                5       0
	// printer            HandleEvents(5): 10 … 14                          5
	// counter → printer  5 events: 15 … 19 (lost)       0       0
	// printer            stops: normal
	// printer → counter  down: normal
	// counter            stops: normal
}

// A stage that runs already is watched for a while.
func ExampleRecorder_Attach() {
	ctx := context.Background()
	counter, _ := stage.StartProducer(ctx, &Counter{})
	rec := trace.New(trace.Untimed())

	detach, err := rec.Attach(ctx, counter, "counter")
	if err != nil {
		fmt.Println(err)
		return
	}
	printer, _ := stage.StartConsumer(ctx, &Printer{batches: 1}, stage.From(counter, stage.MaxDemand(1)))
	rec.Name(printer.PID(), "printer") // it is not watched
	<-printer.Done()
	detach()
	counter.Stop(ctx, nil)

	for _, e := range rec.Entries() {
		fmt.Printf("%s %v %d\n", e.From, e.Kind, e.N)
	}
	// Output:
	// printer subscribe 0
	// printer ask 1
	// counter handle_demand 1
	// counter events 1
	// printer down 0
}
