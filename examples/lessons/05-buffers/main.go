// Lesson 5: events that nobody has asked for. The text is docs/lessons/05-buffers.md.
//
//	go run ./examples/lessons/05-buffers
package main

import (
	"context"
	"fmt"

	"github.com/stagecraft-go/stagecraft/examples/lessons/internal/lesson"
	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/stage"
)

// inbox is a producer that emits what it is given, asked for or not.
type inbox struct{}

func (inbox) HandleDemand(*stage.Context[int], int) error { return nil }

func (inbox) HandleCast(ctx *stage.Context[int], event int) error {
	ctx.Emit(event)
	return nil
}

// HandleDiscarded gets what the buffer drops.
func (inbox) HandleDiscarded(_ *stage.Context[int], events []int) {
	fmt.Println("  dropped", events)
}

// FormatDiscarded says that no warning need be logged.
func (inbox) FormatDiscarded(int) bool { return false }

type closing struct{}

// HandleInfo ends the inbox.
func (inbox) HandleInfo(*stage.Context[int], closing) error { return process.Normal }

// show sends 1 to 5 into an inbox whose buffer holds three events, before
// anybody has asked for one.
func show(keep stage.Keep) {
	ctx := context.Background()
	system := process.NewSystem()
	defer system.Shutdown(ctx)
	box := lesson.Must(stage.StartProducer(ctx, inbox{},
		stage.BufferSize(3), stage.BufferKeep(keep), stage.In(system)))

	fmt.Println("keep", keep)
	for event := range 5 {
		stage.Cast(box, event+1)
	}
	fmt.Println("  buffered", lesson.Must(box.EstimateBuffered(ctx)))
	stage.AsyncInfo(box, closing{}) // goes behind what is buffered
	var got []int
	for event, err := range stage.Stream(ctx, stage.From(box)) {
		got = append(got, lesson.Must(event, err))
	}
	fmt.Println("  delivered", got)
}

func main() {
	show(stage.KeepLast)
	show(stage.KeepFirst)
}
