package stage_test

import (
	"context"
	"fmt"
	"slices"

	"github.com/stagecraft-go/stagecraft/dispatcher"
	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/stage"
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

// Printer is a consumer. It stops, in an orderly way, after some batches.
type Printer struct{ batches int }

func (p *Printer) HandleEvents(_ *stage.Context[stage.None], events []int, _ stage.Subscription) error {
	fmt.Println(events)
	p.batches--
	if p.batches == 0 {
		return process.Normal
	}
	return nil
}

// A consumer with max demand 10 and min demand 5 gets batches of 5, and asks for
// 5 more after each.
func Example() {
	ctx := context.Background()
	counter, err := stage.StartProducer(ctx, &Counter{})
	if err != nil {
		fmt.Println(err)
		return
	}
	printer, err := stage.StartConsumer(ctx, &Printer{batches: 3},
		stage.From(counter, stage.MaxDemand(10), stage.MinDemand(5)))
	if err != nil {
		fmt.Println(err)
		return
	}
	<-printer.Done()
	fmt.Println("printer:", printer.Err())
	counter.Stop(ctx, nil)
	// Output:
	// [0 1 2 3 4]
	// [5 6 7 8 9]
	// [10 11 12 13 14]
	// printer: normal
}

// A producer_consumer turns events into others. Stages are often functions.
func ExampleStartProducerConsumer() {
	ctx := context.Background()
	counter, _ := stage.StartProducer(ctx, &Counter{})
	squares, _ := stage.StartProducerConsumer(ctx,
		stage.EventsFunc[int, string](func(c *stage.Context[string], events []int, _ stage.Subscription) error {
			for _, n := range events {
				c.Emit(fmt.Sprintf("%d² = %d", n, n*n))
			}
			return nil
		}), stage.From(counter, stage.MaxDemand(4)))
	for text := range stage.Stream(ctx, stage.From(squares, stage.MaxDemand(2))) {
		fmt.Println(text)
		if text == "3² = 9" {
			break
		}
	}
	squares.Stop(ctx, nil)
	counter.Stop(ctx, nil)
	// Output:
	// 0² = 0
	// 1² = 1
	// 2² = 4
	// 3² = 9
}

// A sequence as a producer, and a stage as a sequence.
func ExampleFromSeq() {
	ctx := context.Background()
	words, _ := stage.FromSeq(ctx, slices.Values([]string{"ask", "and", "you", "shall", "receive"}),
		stage.Demand(stage.Accumulate)) // wait for the subscription
	for word, err := range stage.Stream(ctx, stage.From(words)) {
		if err != nil {
			fmt.Println(err)
		}
		fmt.Println(word)
	}
	fmt.Println("producer:", words.Err())
	// Output:
	// ask
	// and
	// you
	// shall
	// receive
	// producer: normal
}

// Each partition goes to one consumer.
func ExamplePartition() {
	ctx := context.Background()
	numbers, _ := stage.FromSeq(ctx, slices.Values([]int{1, 2, 3, 4, 5, 6}),
		stage.Demand(stage.Accumulate),
		stage.Dispatch(dispatcher.Partition(2, func(n int) int { return n % 2 })))
	odd, even := &collector{}, &collector{}
	a, _ := stage.StartConsumer(ctx, odd, stage.From(numbers, stage.Partition(1)))
	b, _ := stage.StartConsumer(ctx, even, stage.From(numbers, stage.Partition(0)))
	numbers.SetDemand(stage.Forward)
	<-a.Done()
	<-b.Done()
	fmt.Println("odd ", odd.events)
	fmt.Println("even", even.events)
	// Output:
	// odd  [1 3 5]
	// even [2 4 6]
}

// collector keeps what it gets: the slices are its own.
type collector struct{ events []int }

func (c *collector) HandleEvents(_ *stage.Context[stage.None], events []int, _ stage.Subscription) error {
	c.events = append(c.events, events...)
	return nil
}

// Everybody gets every event that they select, at the pace of the slowest.
func ExampleSelector() {
	ctx := context.Background()
	numbers, _ := stage.FromSeq(ctx, slices.Values([]int{1, 2, 3, 4, 5, 6}),
		stage.Demand(stage.Accumulate), stage.Dispatch(dispatcher.Broadcast[int]()))
	all, large := &collector{}, &collector{}
	a, _ := stage.StartConsumer(ctx, all, stage.From(numbers))
	b, _ := stage.StartConsumer(ctx, large,
		stage.From(numbers, stage.Selector(func(n int) bool { return n > 4 })))
	numbers.SetDemand(stage.Forward)
	<-a.Done()
	<-b.Done()
	fmt.Println("all  ", all.events)
	fmt.Println("large", large.events)
	// Output:
	// all   [1 2 3 4 5 6]
	// large [5 6]
}

// Inbox is a producer that is fed by calls and casts. What nobody has asked for
// yet waits in its buffer.
type Inbox struct{ accepted int }

// HandleDemand has nothing to emit: events come by themselves.
func (*Inbox) HandleDemand(*stage.Context[string], int) error { return nil }

// HandleCast takes a letter.
func (b *Inbox) HandleCast(ctx *stage.Context[string], letter string) error {
	b.accepted++
	ctx.Emit(letter)
	return nil
}

type howMany struct{}

// HandleCall answers a question.
func (b *Inbox) HandleCall(*stage.Context[string], howMany, stage.Caller[int]) (int, error) {
	return b.accepted, nil
}

type closing struct{}

// HandleInfo ends the inbox.
func (*Inbox) HandleInfo(*stage.Context[string], closing) error { return process.Normal }

// Messages to a stage are typed. An info that is sent with AsyncInfo arrives
// behind the events that were buffered before it, so that a producer can end in
// order.
func ExampleCall() {
	ctx := context.Background()
	inbox, _ := stage.StartProducer(ctx, &Inbox{})
	stage.Cast(inbox, "first")
	stage.Cast(inbox, "second")
	n, err := stage.Call[int](ctx, inbox, howMany{})
	fmt.Println(n, "accepted,", err)
	buffered, _ := inbox.EstimateBuffered(ctx)
	fmt.Println(buffered, "buffered")

	stage.AsyncInfo(inbox, closing{})
	for letter := range stage.Stream(ctx, stage.From(inbox)) {
		fmt.Println(letter)
	}
	<-inbox.Done()
	fmt.Println("inbox:", inbox.Err())
	// Output:
	// 2 accepted, <nil>
	// 2 buffered
	// first
	// second
	// inbox: normal
}

// A mistake in a subscription is told to whoever made it.
func ExampleSyncSubscribe() {
	ctx := context.Background()
	counter, _ := stage.StartProducer(ctx, &Counter{})
	printer, _ := stage.StartConsumer(ctx, &Printer{batches: 1}, nil)

	_, err := stage.SyncSubscribe(ctx, printer, counter, stage.MaxDemand(10), stage.MinDemand(10))
	fmt.Println(err)
	_, err = stage.SyncSubscribe(ctx, printer, counter, stage.MaxDemand(2))
	fmt.Println(err)
	<-printer.Done()
	counter.Stop(ctx, nil)
	// Unordered output:
	// stage: option MinDemand is 10, allowed is 0 to 9 (MaxDemand-1)
	// <nil>
	// [0]
}
