package process_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/stagecraft-go/stagecraft/process"
)

// Counter counts what it is sent, and tells when asked.
type Counter struct{ n int }

func (c *Counter) Init(*process.Self) error       { return nil }
func (c *Counter) Terminate(*process.Self, error) {}

func (c *Counter) Handle(_ *process.Self, msg any) error {
	switch m := msg.(type) {
	case int:
		c.n += m
	case *process.Call[string, int]:
		m.Send(c.n)
	default:
		return fmt.Errorf("what is %v?", msg)
	}
	return nil
}

func Example() {
	ctx := context.Background()
	sys := process.NewSystem()
	defer sys.Shutdown(ctx)

	counter, err := sys.Start(ctx, &Counter{}, process.WithName("counter"))
	if err != nil {
		panic(err)
	}
	counter.Send(20)
	counter.Send(22)
	n, err := process.Ask[int](ctx, counter, "how many?")
	fmt.Println(n, err)

	fmt.Println(counter.Stop(ctx, nil), counter.Err())
	_, err = process.Ask[int](ctx, counter, "how many?")
	fmt.Println(errors.Is(err, process.NoProc))
	// Output:
	// 42 <nil>
	// <nil> normal
	// true
}

// watcher prints how the process that it monitors ends.
type watcher struct {
	target *process.Process
	seen   chan struct{}
}

func (w *watcher) Init(self *process.Self) error {
	self.Monitor(w.target.PID())
	return nil
}

func (w *watcher) Handle(_ *process.Self, msg any) error {
	fmt.Println("down:", msg.(*process.Down).Reason)
	close(w.seen)
	return process.Normal
}

func (w *watcher) Terminate(*process.Self, error) {}

func ExampleSelf_Monitor() {
	ctx := context.Background()
	sys := process.NewSystem()
	defer sys.Shutdown(ctx)

	counter, _ := sys.Start(ctx, &Counter{})
	seen := make(chan struct{})
	if _, err := sys.Start(ctx, &watcher{target: counter, seen: seen}); err != nil {
		panic(err)
	}
	counter.Exit(process.Shutdown)
	<-seen
	// Output: down: shutdown
}
