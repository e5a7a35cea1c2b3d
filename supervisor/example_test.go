package supervisor_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/stage"
	"github.com/stagecraft-go/stagecraft/supervisor"
)

// A function under supervision is started again when it fails.
func Example() {
	ctx := context.Background()
	tries, ready := 0, make(chan struct{})
	sup, err := supervisor.Start(ctx, []supervisor.Spec{
		supervisor.Func("worker", func(ctx context.Context) error {
			tries++
			if tries < 3 {
				return errors.New("not yet")
			}
			close(ready)
			<-ctx.Done()
			return nil
		}),
	}, supervisor.In(quiet))
	if err != nil {
		panic(err)
	}
	<-ready
	tree, _ := sup.Tree(ctx)
	fmt.Print(tree)
	fmt.Println(sup.Stop(ctx, nil))
	// Output:
	// supervisor  supervisor  running
	// └─ worker   worker      running  restarts: 2, last: not yet
	// <nil>
}

// A tree: the pool is restarted when the connection is, but not the other way
// round.
func ExampleTree() {
	ctx := context.Background()
	idle := func(ctx context.Context) error { <-ctx.Done(); return nil }
	sup, err := supervisor.Start(ctx, []supervisor.Spec{
		supervisor.Func("metrics", idle),
		supervisor.Tree("backend",
			[]supervisor.Option{supervisor.Strategy(supervisor.RestForOne), supervisor.Intensity(5, time.Minute)},
			supervisor.Func("connection", idle),
			supervisor.DynamicTree("pool", supervisor.MaxChildren(100)),
		),
	}, supervisor.Name("app"), supervisor.In(quiet))
	if err != nil {
		panic(err)
	}
	tree, _ := sup.Tree(ctx)
	fmt.Print(tree)
	_ = sup.Stop(ctx, process.Shutdown)
	// Output:
	// app               supervisor  running
	// ├─ metrics        worker      running
	// └─ backend        supervisor  running
	//    ├─ connection  worker      running
	//    └─ pool        supervisor  running
}

// Children that are started while the program runs.
func ExampleDynamic() {
	ctx := context.Background()
	pool, _ := supervisor.StartDynamic(ctx, supervisor.MaxChildren(1), supervisor.In(quiet))
	session := supervisor.Func("session", func(ctx context.Context) error { <-ctx.Done(); return nil })
	session.Restart = supervisor.Temporary
	child, _ := pool.StartChild(ctx, session)
	_, err := pool.StartChild(ctx, session)
	fmt.Println(err)
	fmt.Println(pool.TerminateChild(ctx, child), child.Process().Err())
	_ = pool.Stop(ctx, nil)
	// Output:
	// supervisor: too many children
	// <nil> shutdown
}

// One goroutine for each event, and never more than two at a time.
func ExampleStartConsumerSupervisor() {
	ctx := context.Background()
	numbers, _ := stage.FromSeq(ctx, func(yield func(int) bool) {
		for n := 1; n <= 3 && yield(n); n++ {
		}
	}, stage.In(quiet))
	squares := make(chan int)
	_, err := supervisor.StartConsumerSupervisor(ctx,
		supervisor.Each(func(_ context.Context, n int) error {
			squares <- n * n
			return nil
		}),
		stage.From[int](numbers, stage.MaxDemand(2), stage.MinDemand(1)), supervisor.In(quiet))
	if err != nil {
		panic(err)
	}
	fmt.Println(<-squares + <-squares + <-squares)
	// Output: 14
}

// Events for metrics, and a restart that waits a little longer each time.
func ExampleOnEvent() {
	ctx := context.Background()
	flaky := supervisor.Func("flaky", func(context.Context) error { return errors.New("no route") })
	flaky.Backoff = supervisor.Backoff{Initial: time.Millisecond, Max: time.Second, Jitter: 0.1}
	sup, _ := supervisor.Start(ctx, []supervisor.Spec{flaky},
		supervisor.Intensity(2, time.Minute), supervisor.In(quiet),
		supervisor.OnEvent(func(e supervisor.Event) { fmt.Println(e.Kind, e.ID, e.Reason) }))
	<-sup.Done()
	fmt.Println(sup.Err())
	// Output:
	// child_started flaky <nil>
	// child_terminated flaky no route
	// child_restarting flaky no route
	// child_started flaky <nil>
	// child_terminated flaky no route
	// child_restarting flaky no route
	// child_started flaky <nil>
	// child_terminated flaky no route
	// shutdown flaky supervisor: too many restarts
	// shutdown
}
