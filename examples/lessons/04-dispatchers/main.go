// Lesson 4: who gets which event. The text is docs/lessons/04-dispatchers.md.
//
//	go run ./examples/lessons/04-dispatchers
package main

import (
	"context"
	"fmt"
	"slices"

	"github.com/stagecraft-go/stagecraft/dispatcher"
	"github.com/stagecraft-go/stagecraft/examples/lessons/internal/lesson"
	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/stage"
)

// collector is a consumer that keeps what it gets.
type collector struct{ got []int }

func (c *collector) HandleEvents(_ *stage.Context[stage.None], events []int, _ stage.Subscription) error {
	c.got = append(c.got, events...)
	return nil
}

// show sends the numbers 0 to 8 to three consumers.
func show(title string, factory dispatcher.Factory[int]) {
	ctx := context.Background()
	system := process.NewSystem()
	defer system.Shutdown(ctx)

	// Nothing is sent until all consumers are there.
	numbers := lesson.Must(stage.FromSeq(ctx, slices.Values([]int{0, 1, 2, 3, 4, 5, 6, 7, 8}),
		stage.Dispatch(factory), stage.Demand(stage.Accumulate), stage.In(system)))
	var collectors [3]collector
	var consumers [3]*stage.Consumer[int]
	for i := range consumers {
		consumers[i] = lesson.Must(stage.StartConsumer(ctx, &collectors[i],
			stage.From(numbers, stage.MaxDemand(3), stage.MinDemand(0), stage.Partition(i))))
	}
	numbers.SetDemand(stage.Forward)

	fmt.Println(title)
	for i, name := range []string{"A", "B", "C"} {
		<-consumers[i].Done() // the end of the producer is theirs
		fmt.Println(" ", name, collectors[i].got)
	}
}

func main() {
	show("Demand", dispatcher.Demand[int]())
	show("Broadcast", dispatcher.Broadcast[int]())
	show("Partition", dispatcher.Partition(3, func(e int) int { return e % 3 }))
}
