// Lesson 1: a fast source and a slow sink. The text is docs/lessons/01-push.md.
//
//	go run ./examples/lessons/01-push
package main

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/stagecraft-go/stagecraft/examples/lessons/internal/lesson"
	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/stage"
)

type event [10_000]byte

var waiting atomic.Int64 // events that were made and are not yet handled

// handle is slow.
func handle(*event) {
	time.Sleep(time.Millisecond)
	waiting.Add(-1)
}

// push is plain Go: the source sends ten events each millisecond, for a second.
func push() {
	queue := make(chan *event, 100_000) // room for all that may come
	end := time.Now().Add(time.Second)
	go func() { // the source
		defer close(queue)
		for ; time.Now().Before(end); time.Sleep(time.Millisecond) {
			for range 10 {
				waiting.Add(1)
				queue <- new(event)
			}
		}
	}()
	for e := range queue { // the sink
		if time.Now().Before(end) {
			handle(e)
		}
	}
}

// source is a stage that emits what it is asked for.
func source(ctx *stage.Context[*event], demand int) error {
	for range demand {
		waiting.Add(1)
		ctx.Emit(new(event))
	}
	return nil
}

// sink is a stage that handles what it gets.
func sink(_ *stage.Context[stage.None], events []*event, _ stage.Subscription) error {
	for _, e := range events {
		handle(e)
	}
	return nil
}

func main() {
	go lesson.Watch("pushing", &waiting)
	push()
	waiting.Store(0)

	ctx := context.Background()
	system := process.NewSystem() // the world that stages live in
	defer system.Shutdown(ctx)
	producer := lesson.Must(stage.StartProducer(ctx, stage.ProducerFunc[*event](source), stage.In(system)))
	lesson.Must(stage.StartConsumer(ctx, stage.ConsumerFunc[*event](sink),
		stage.From(producer, stage.MaxDemand(100))))
	lesson.Watch("asking ", &waiting)
}
