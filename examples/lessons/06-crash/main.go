// Lesson 6: crashes, and what they cost. The text is docs/lessons/06-crash.md.
//
//	go run ./examples/lessons/06-crash
package main

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/stagecraft-go/stagecraft/examples/lessons/internal/lesson"
	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/stage"
	"github.com/stagecraft-go/stagecraft/supervisor"
)

type counter struct{ next int }

func (c *counter) HandleDemand(ctx *stage.Context[int], demand int) error {
	for range demand {
		ctx.Emit(c.next)
		c.next++
	}
	return nil
}

// printer takes its time for a batch, and cannot stand the number 7.
type printer struct{}

func (printer) HandleEvents(_ *stage.Context[stage.None], events []int, _ stage.Subscription) error {
	time.Sleep(200 * time.Millisecond)
	if slices.Contains(events, 7) {
		panic("a seven")
	}
	fmt.Println(events)
	return nil
}

// tell prints what the supervisor sees.
func tell(e supervisor.Event) {
	switch e.Kind {
	case supervisor.ChildStarted:
		fmt.Println("    the", e.ID, "starts")
	case supervisor.ChildTerminated, supervisor.ChildStopped:
		fmt.Println("    the", e.ID, "has ended:", e.Reason)
	}
}

func main() {
	ctx := context.Background()
	// A crash is logged with its stack. Here it is the point.
	system := process.NewSystem(process.WithLogger(slog.New(slog.DiscardHandler)))
	defer system.Shutdown(ctx)
	tree := lesson.Must(supervisor.Start(ctx, []supervisor.Spec{
		supervisor.Stage("counter", func(ctx context.Context) (supervisor.Child, error) {
			return stage.StartProducer(ctx, &counter{}, stage.Name("counter"))
		}),
		supervisor.Stage("printer", func(ctx context.Context) (supervisor.Child, error) {
			return stage.StartConsumer(ctx, printer{}, stage.From(stage.ByName[int](system, "counter"),
				stage.MaxDemand(4), stage.OnCancel(stage.Temporary)))
		}),
	}, supervisor.Strategy(supervisor.RestForOne), supervisor.OnEvent(tell), supervisor.In(system)))

	time.Sleep(1300 * time.Millisecond)
	victim, _ := system.Whereis("counter")
	victim.Kill()
	time.Sleep(600 * time.Millisecond)
	tree.Stop(ctx, process.Shutdown)
}
