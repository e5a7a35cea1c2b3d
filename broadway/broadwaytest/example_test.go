package broadwaytest_test

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/stagecraft-go/stagecraft/broadway"
	"github.com/stagecraft-go/stagecraft/broadway/broadwaytest"
	"github.com/stagecraft-go/stagecraft/stage"
)

// parse is the pipeline under test: it makes numbers of texts.
func parse(_ context.Context, m *broadway.Message[string]) (int, error) { return strconv.Atoi(m.Data) }

func insert(_ context.Context, b *broadway.Batch[int]) ([]*broadway.Message[int], error) {
	return b.Messages, nil
}

func parser(source broadway.Source[string]) broadway.Config[string, int] {
	return broadway.Config[string, int]{
		Producers: []broadway.Producer[string]{{Source: source}},
		Handler:   broadway.MessageFunc[string, int](parse),
		Batchers:  []broadway.Batcher[int]{{Handler: broadway.BatchFunc[int](insert), Size: 10}},
	}
}

// In a test, broadwaytest.Start starts the pipeline, and stops it at the end.
func ExampleTryMessage() {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	p, err := broadway.Start(ctx, parser(broadwaytest.Idle[string]()))
	if err != nil {
		panic(err)
	}
	defer p.Stop(ctx)

	receipt, err := broadwaytest.TryMessage(ctx, p, "42")
	if err != nil {
		panic(err) // it was not acknowledged
	}
	n, _ := broadway.DataOf[int](receipt)
	fmt.Println(receipt.Outcome, n)

	receipt, err = broadwaytest.TryMessage(ctx, p, "many")
	if err != nil {
		panic(err)
	}
	fmt.Println(receipt.Outcome, receipt.Err)
	// Output:
	// succeeded 42
	// failed strconv.Atoi: parsing "many": invalid syntax
}

// What belongs together, in a batch that waits for others.
func ExampleTryBatch() {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	config := parser(broadwaytest.Idle[string]())
	config.Batchers[0].Timeout = 50 * time.Millisecond
	p, err := broadway.Start(ctx, config)
	if err != nil {
		panic(err)
	}
	defer p.Stop(ctx)

	receipts, err := broadwaytest.TryBatch(ctx, p, []string{"1", "two", "3"})
	if err != nil {
		panic(err)
	}
	for _, r := range receipts {
		fmt.Println(r.ID, r.Outcome)
	}
	// Output:
	// 0 succeeded
	// 1 failed
	// 2 succeeded
}

// A queue sends again what has failed, and gives up in the end.
func ExampleQueue() {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	queue := broadwaytest.NewQueue[string](broadwaytest.QueueOptions{
		MaxReceives: 3, OnFailure: broadwaytest.Release(0),
	})
	queue.Send("1", "2", "three")
	queue.Close() // nothing more will be sent: the pipeline ends when the queue is empty
	p, err := broadway.Start(ctx, broadway.Config[string, stage.None]{
		Producers: []broadway.Producer[string]{{Source: queue.Source()}},
		Handler: broadway.MessageFunc[string, stage.None](func(ctx context.Context, m *broadway.Message[string]) (stage.None, error) {
			_, err := parse(ctx, m)
			return stage.None{}, err
		}),
	})
	if err != nil {
		panic(err)
	}
	report, err := p.Wait(ctx)
	fmt.Println(report.Succeeded, "succeeded,", report.Failed, "failed:", err)
	for _, letter := range queue.DeadLetters() {
		fmt.Println(letter.Data, "was received", letter.Receives, "times")
	}
	// Output:
	// 2 succeeded, 3 failed: <nil>
	// three was received 3 times
}

// A handler that needs longer than its lease makes it longer.
func ExampleQueue_ChangeVisibility() {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	queue := broadwaytest.NewQueue[string](broadwaytest.QueueOptions{Visibility: 50 * time.Millisecond})
	queue.Send("slow")
	p, err := broadway.Start(ctx, broadway.Config[string, stage.None]{
		Producers: []broadway.Producer[string]{{Source: queue.Source()}},
		Handler: broadway.MessageFunc[string, stage.None](func(_ context.Context, m *broadway.Message[string]) (stage.None, error) {
			if err := queue.ChangeVisibility(broadwaytest.HandleOf(m), 5*time.Second); err != nil {
				return stage.None{}, err
			}
			time.Sleep(100 * time.Millisecond)
			return stage.None{}, nil
		}),
	})
	if err != nil {
		panic(err)
	}
	defer p.Stop(ctx)
	fmt.Println(queue.AwaitEmpty(ctx))
	fmt.Println("received", queue.Stats().Received, "time")
	// Output:
	// <nil>
	// received 1 time
}

// The error says which acknowledgements have not come.
func ExampleMissingError() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
	defer cancel()
	var recorder broadwaytest.Recorder[string]
	_, err := recorder.Await(ctx, "order 7")
	var missing *broadwaytest.MissingError
	fmt.Println(errors.As(err, &missing), err)
	// Output: true broadwaytest: 1 of 1 messages were not acknowledged (order 7): context deadline exceeded
}
