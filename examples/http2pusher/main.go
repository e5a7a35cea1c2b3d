// Http2pusher sends push notifications to a service that speaks HTTP/2, with a
// bounded number of requests in flight.
//
//	go run ./examples/http2pusher [-n notifications] [-flying requests] [-latency duration]
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"iter"
	"time"

	"github.com/stagecraft-go/stagecraft/examples/internal/program"
	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/stage"
)

// mostFlying is what the client takes for the limit of a connection until the
// service has said what it is. With more it would open another connection.
const mostFlying = 100

func main() { program.Main("http2pusher", run) }

func run(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("http2pusher", flag.ContinueOnError)
	n := flags.Int("n", 2000, "how many `notifications`")
	flying := flags.Int("flying", 50, "`requests` that may be in flight")
	latency := flags.Duration("latency", 5*time.Millisecond, "how long the service takes for a request")
	if err := program.Parse(flags, args); err != nil {
		return err
	}
	if *flying < 1 || *flying > mostFlying {
		return fmt.Errorf("flying is %d, allowed is 1 to %d", *flying, mostFlying)
	}
	service, err := startService(*latency)
	if err != nil {
		return err
	}
	defer service.close()
	client := newClient(service.address)
	defer client.close()

	report, err := push(ctx, notifications(*n), client, *flying)
	if err != nil {
		return err
	}
	if ctx.Err() != nil {
		fmt.Fprintln(out, "Interrupted. Those in flight were waited for.")
	}
	return report.print(out, *flying, service)
}

// push sends notifications until there are no more. The end of ctx ends the
// source, and those in flight are waited for.
func push(ctx context.Context, all iter.Seq[notification], client *client, flying int) (*report, error) {
	system, shutdown := program.NewSystem()
	defer shutdown()
	life := context.WithoutCancel(ctx)
	source, err := stage.FromSeq(life, all, stage.In(system))
	if err != nil {
		return nil, err
	}
	p := &pusher{send: client.send, report: &report{}}
	pusher, err := stage.StartConsumer(life, p,
		stage.From(source, stage.MaxDemand(flying), stage.OnCancel(stage.Temporary)))
	if err != nil {
		return nil, err
	}
	select {
	case <-pusher.Done():
	case <-ctx.Done():
		if err := source.Stop(life, process.Normal); err != nil {
			return nil, err
		}
		<-pusher.Done()
	}
	if err := pusher.Err(); !process.Orderly(err) {
		return nil, err
	}
	return p.report, nil
}

func notifications(n int) iter.Seq[notification] {
	return func(yield func(notification) bool) {
		for device := 1; device <= n && yield(notification{device, "Goal!"}); device++ {
		}
	}
}
