// Lesson 3: each message between two stages. The text is
// docs/lessons/03-demand.md.
//
//	go run ./examples/lessons/03-demand
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/stagecraft-go/stagecraft/examples/lessons/internal/lesson"
	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/stage"
	"github.com/stagecraft-go/stagecraft/trace"
)

type counter struct{ next int }

func (c *counter) HandleDemand(ctx *stage.Context[int], demand int) error {
	for range demand {
		ctx.Emit(c.next)
		c.next++
	}
	return nil
}

// printer has enough after some batches. It prints nothing: the trace does.
type printer struct{ batches int }

func (p *printer) HandleEvents(*stage.Context[stage.None], []int, stage.Subscription) error {
	p.batches--
	if p.batches == 0 {
		return process.Normal
	}
	return nil
}

// show prints what a counter and a printer do and say to each other.
func show(minDemand, batches int) {
	ctx := context.Background()
	system := process.NewSystem()
	defer system.Shutdown(ctx)
	record := trace.New(trace.Untimed())

	numbers := lesson.Must(stage.StartProducer(ctx, &counter{}, stage.In(system), record.Watch("counter")))
	prints := lesson.Must(stage.StartConsumer(ctx, &printer{batches},
		stage.From(numbers, stage.MaxDemand(10), stage.MinDemand(minDemand)), record.Watch("printer")))
	<-prints.Done()
	numbers.Stop(ctx, nil)

	fmt.Println("max 10, min", minDemand)
	record.WriteText(os.Stdout)
}

func main() {
	show(0, 2)
	show(5, 3)
}
