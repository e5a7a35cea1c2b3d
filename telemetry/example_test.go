package telemetry_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/stagecraft-go/stagecraft/telemetry"
)

// A handler for one kind of event.
func Example() {
	var hub telemetry.Hub // a program would use telemetry.Default()
	detach, err := hub.Attach("slow-messages", telemetry.On(
		func(_ context.Context, e telemetry.MessageStop) {
			if e.Took > time.Second {
				fmt.Println("slow message:", e.Pipeline, e.Component.Name, e.Took)
			}
		}))
	if err != nil {
		panic(err)
	}
	defer detach()

	// This is the pipeline's part.
	processor := telemetry.Component{Pipeline: "orders", Kind: telemetry.Processor, Name: "Processor_default_0", Key: "default"}
	if hub.Active() {
		hub.Emit(context.Background(), telemetry.MessageStop{Component: processor, Attempt: 1, Took: time.Millisecond})
		hub.Emit(context.Background(), telemetry.MessageStop{Component: processor, Attempt: 1, Took: 3 * time.Second})
	}
	// Output: slow message: orders Processor_default_0 3s
}

type tenant struct{}

// A handler that gives the user's callback a value which it finds in the message.
func ExampleHandlerFunc() {
	var hub telemetry.Hub
	_, err := hub.Attach("tenant", telemetry.HandlerFunc(
		func(ctx context.Context, e telemetry.Event) context.Context {
			if e, ok := e.(telemetry.MessageStart); ok {
				return context.WithValue(ctx, tenant{}, e.Message.Get("tenant"))
			}
			return ctx
		}))
	if err != nil {
		panic(err)
	}

	ctx := hub.Emit(context.Background(), telemetry.MessageStart{Message: message{"tenant": "acme"}})
	fmt.Println("the callback sees", ctx.Value(tenant{}))
	// Output: the callback sees acme
}

// message is the metadata of a message.
type message map[string]string

func (m message) Get(key string) string { return m[key] }

func (m message) Set(key, value string) { m[key] = value }

func (m message) Keys() (keys []string) {
	for key := range m {
		keys = append(keys, key)
	}
	return keys
}

// A name is attached once.
func ExampleHub_Attach() {
	var hub telemetry.Hub
	count := telemetry.On(func(context.Context, telemetry.Retry) {})
	_, _ = hub.Attach("retries", count)
	_, err := hub.Attach("retries", count)
	fmt.Println(err, errors.Is(err, telemetry.ErrNameTaken))
	// Output: telemetry: Attach "retries": the name is taken true
}
