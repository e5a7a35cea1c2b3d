// Lesson 2: a counter and a printer. The text is docs/lessons/02-counter-printer.md.
//
//	go run ./examples/lessons/02-counter-printer
package main

import (
	"context"
	"fmt"
	"time"

	"github.com/stagecraft-go/stagecraft/examples/lessons/internal/lesson"
	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/stage"
)

// counter is a producer: it emits as many numbers as it is asked for.
type counter struct{ next int }

func (c *counter) HandleDemand(ctx *stage.Context[int], demand int) error {
	for range demand {
		ctx.Emit(c.next)
		c.next++
	}
	return nil
}

// printer is a consumer. It takes a second for each batch, and has enough after
// four of them.
type printer struct{ batches int }

func (p *printer) HandleEvents(_ *stage.Context[stage.None], events []int, _ stage.Subscription) error {
	time.Sleep(time.Second)
	fmt.Printf("[%d, %d, %d, ..., %d]\n", events[0], events[1], events[2], events[len(events)-1])
	p.batches++
	if p.batches == 4 {
		return process.Normal // nothing left to do
	}
	return nil
}

func main() {
	ctx := context.Background()
	system := process.NewSystem() // the world that stages live in
	defer system.Shutdown(ctx)    // ends those that still live

	numbers := lesson.Must(stage.StartProducer(ctx, &counter{}, stage.In(system)))
	prints := lesson.Must(stage.StartConsumer(ctx, &printer{}, stage.From(numbers)))
	<-prints.Done()
}
