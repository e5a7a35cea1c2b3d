// Lesson 8: batches, acknowledgements, and a stop that loses nothing. The text
// is docs/lessons/08-broadway.md.
//
//	go run ./examples/lessons/08-broadway
package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/stagecraft-go/stagecraft/broadway"
	"github.com/stagecraft-go/stagecraft/examples/lessons/internal/lesson"
	"github.com/stagecraft-go/stagecraft/process"
)

// shop is where orders come from. It hears what became of each.
type shop struct{}

func (shop) Ack(_ context.Context, successful, failed []broadway.Receipt[int]) error {
	for _, r := range successful {
		fmt.Println("  acknowledged", r.ID)
	}
	for _, r := range failed {
		fmt.Println("  failed", r.ID, r.Err)
	}
	return nil
}

// check handles orders, one by one.
func check(_ context.Context, m *broadway.Message[int]) (order int, err error) {
	if m.Data == 4 {
		return 0, errors.New("nobody sells this")
	}
	return m.Data, nil
}

// save handles a batch of them.
func save(_ context.Context, b *broadway.Batch[int]) ([]*broadway.Message[int], error) {
	time.Sleep(100 * time.Millisecond) // a write costs the same for one or many
	fmt.Printf("a batch of %d, by %s\n", len(b.Messages), b.Trigger)
	return b.Messages, nil
}

func main() {
	ctx := context.Background()
	system := process.NewSystem()
	defer system.Shutdown(ctx)
	orders := make(chan broadway.Message[int])
	pipeline := lesson.Must(broadway.Start(ctx, broadway.Config[int, int]{
		Producers:  []broadway.Producer[int]{{Source: broadway.FromChan(orders)}},
		Processors: broadway.Processors[int]{Concurrency: 1},
		Handler:    broadway.MessageFunc[int, int](check),
		Batchers: []broadway.Batcher[int]{
			{Handler: broadway.BatchFunc[int](save), Size: 3, Timeout: 500 * time.Millisecond},
		},
		System: system,
	}))
	for order := 1; order <= 7; order++ {
		orders <- broadway.NewMessage(order, shop{}, order)
		if order == 5 {
			time.Sleep(time.Second) // business is slow
		}
	}
	fmt.Println("stop")
	report := lesson.Must(pipeline.Stop(ctx))
	fmt.Println(report.Succeeded, "succeeded,", report.Failed, "failed,", report.Unfinished, "unfinished")
}
